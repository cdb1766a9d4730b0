"""Work out every customer's tier and balance again, from orders, rules and the ledger, and tell where the store differs.

By hand: `python -m crm_store.loyalty.replay [--repair-tiers]`. Balances are only told: the ledger is never rewritten.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.settings import load_settings
from crm_store import db
from crm_store.customers.models import Customer
from crm_store.loyalty.tiers import review, standings
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount

BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What the store has and what the replay gives. `what`: tier, balance, "lot <id>", or an entry's fault."""

    customer_id: str
    what: str
    stored: object
    replayed: object


def differences(session: Session, now: datetime, customer_ids: Iterable[str] | None = None) -> list[Difference]:
    """Where tiers, balances and lots are not what orders, rules and the ledger give; of all customers unless some are named."""
    wanted = list(session.scalars(select(Customer.id).order_by(Customer.id)) if customer_ids is None else customer_ids)
    found: list[Difference] = []
    for begin in range(0, len(wanted), BATCH):
        batch = wanted[begin : begin + BATCH]
        found += _tiers(session, batch, now) + _ledger(session, batch)
    return found


def _tiers(session: Session, batch: list[str], now: datetime) -> list[Difference]:
    given = standings(session, batch, now)
    query = select(Customer.id, Customer.tier, Customer.tier_next, Customer.tier_until).where(Customer.id.in_(batch))
    return [
        Difference(row.id, "tier", stored, replayed)
        for row in session.execute(query)
        if (stored := (row.tier, row.tier_next, row.tier_until))
        != (replayed := (given[row.id].tier, given[row.id].next_tier, given[row.id].until))
    ]


def _ledger(session: Session, batch: list[str]) -> list[Difference]:
    """Play the entries one after another on empty accounts: earnings open lots, allocations take from them and give back."""
    entries = list(session.scalars(select(LedgerEntry).where(LedgerEntry.customer_id.in_(batch))))
    entries.sort(key=lambda entry: (entry.created_at, entry.id))
    moved = defaultdict(list)
    moves = select(Allocation).join(LedgerEntry, LedgerEntry.id == Allocation.entry_id)
    for move in session.scalars(moves.where(LedgerEntry.customer_id.in_(batch))):
        moved[move.entry_id].append(move)
    lots = {lot.entry_id: lot for lot in session.scalars(select(Lot).where(Lot.customer_id.in_(batch)))}
    left: dict[str, int] = {}
    balances: dict[str, int] = defaultdict(int)
    found: list[Difference] = []
    for entry in entries:
        taken = sum(move.amount for move in moved[entry.id])
        if entry.kind == "earn":
            left[lots[entry.id].id] = entry.amount
        elif taken != -entry.amount:
            found.append(Difference(entry.customer_id, f"entry {entry.id}", entry.amount, -taken))
        for move in moved[entry.id]:
            left[move.lot_id] = left.get(move.lot_id, 0) - move.amount
        balances[entry.customer_id] += entry.amount
        if balances[entry.customer_id] < 0:
            found.append(Difference(entry.customer_id, f"balance after {entry.id}", None, balances[entry.customer_id]))
    for lot in lots.values():
        if lot.remaining != left.get(lot.id):
            found.append(Difference(lot.customer_id, f"lot {lot.id}", lot.remaining, left.get(lot.id)))
    accounts = select(PointsAccount).where(PointsAccount.customer_id.in_(batch))
    stored = {account.customer_id: account.balance for account in session.scalars(accounts)}
    for customer_id in balances.keys() | stored.keys():
        if stored.get(customer_id, 0) != balances[customer_id]:
            found.append(Difference(customer_id, "balance", stored.get(customer_id, 0), balances[customer_id]))
    return found


def main(arguments: list[str]) -> int:
    """Tell all differences of the configured store; 1 when there are some that were not repaired."""
    db.configure(load_settings().store_url)
    now = utc_now()
    with db.reading() as session:
        found = differences(session, now)
    for one in found:
        print(f"{one.customer_id}  {one.what}: stored {one.stored}, replayed {one.replayed}")
    print(f"{len(found)} differences")
    if "--repair-tiers" in arguments:
        for customer_id in [one.customer_id for one in found if one.what == "tier"]:
            with db.transaction() as session:
                review(session, customer_id, now, "replay")
        found = [one for one in found if one.what != "tier"]
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
