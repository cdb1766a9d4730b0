"""Work out every customer's tier and balance again, from orders, rules and the ledger, and tell where the store differs.

By hand: `python -m crm_store.loyalty.replay [--repair-tiers]`. Balances are only told: the ledger is never rewritten.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
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
    # Entries of one moment: what was given comes before what was taken of it.
    entries.sort(key=lambda entry: (entry.created_at, entry.amount < 0, entry.id))
    moved = defaultdict(list)
    moves = select(Allocation).join(LedgerEntry, LedgerEntry.id == Allocation.entry_id)
    for move in session.scalars(moves.where(LedgerEntry.customer_id.in_(batch))):
        moved[move.entry_id].append(move)
    lots = {lot.entry_id: lot for lot in session.scalars(select(Lot).where(Lot.customer_id.in_(batch)))}
    played = _Played()
    for entry in entries:
        played.take(entry, lots.get(entry.id), moved[entry.id])
    for lot in lots.values():
        played.compare(lot.customer_id, f"lot {lot.id}", lot.remaining, played.left.get(lot.id))
    accounts = select(PointsAccount).where(PointsAccount.customer_id.in_(batch))
    stored = {account.customer_id: account.balance for account in session.scalars(accounts)}
    for customer_id in sorted(played.balances.keys() | stored.keys()):
        played.compare(customer_id, "balance", stored.get(customer_id, 0), played.balances[customer_id])
    return played.found


@dataclass(slots=True)
class _Played:
    """What the entries played so far give: points left by lot, balances by customer, faults."""

    left: dict[str, int] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: list[Difference] = field(default_factory=list)

    def take(self, entry: LedgerEntry, lot: Lot | None, moves: list[Allocation]) -> None:
        """Play one entry."""
        if entry.kind == "earn":
            self.compare(entry.customer_id, f"lot of {entry.id}", lot.amount if lot else None, entry.amount)
            if lot is not None:
                self.left[lot.id] = entry.amount
        else:
            self.compare(entry.customer_id, f"entry {entry.id}", entry.amount, -sum(move.amount for move in moves))
        for move in moves:
            self.left[move.lot_id] = self.left.get(move.lot_id, 0) - move.amount
        self.balances[entry.customer_id] += entry.amount
        if self.balances[entry.customer_id] < 0:
            self.compare(entry.customer_id, f"balance after {entry.id}", None, self.balances[entry.customer_id])

    def compare(self, customer_id: str, what: str, stored: object, replayed: object) -> None:
        """Note a difference if there is one."""
        if stored != replayed:
            self.found.append(Difference(customer_id, what, stored, replayed))


def main(arguments: list[str]) -> int:
    """Tell all differences of the configured store; 1 when there are some that were not repaired."""
    db.configure(load_settings().store_url)
    now = utc_now()
    with db.reading() as session:
        found = differences(session, now)
    for one in found:
        sys.stdout.write(f"{one.customer_id}  {one.what}: stored {one.stored}, replayed {one.replayed}\n")
    sys.stdout.write(f"{len(found)} differences\n")
    if "--repair-tiers" in arguments:
        for customer_id in [one.customer_id for one in found if one.what == "tier"]:
            with db.transaction() as session:
                review(session, customer_id, now, "replay")
        found = [one for one in found if one.what != "tier"]
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
