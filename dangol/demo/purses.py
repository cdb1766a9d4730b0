"""Points that the demonstration's customers earned and spent in the past, written in bulk as the ledger would have.

The ledger's use cases would take half a minute for two thousand entries; `tests/unit/test_demo_seed.py` holds what is
written here to the same sums.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import add_months, end_of_day, local_date
from core.ids import new_id
from crm_store.db import Base
from crm_store.idempotency import fingerprint
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from dangol.demo.history import PastOrder
from dangol.demo.staging import ACTOR

_SPENDERS = 0.35  # of customers who have enough


@dataclass(frozen=True, slots=True)
class Purse:
    """Whose points: a customer, their past orders, and the rules that say how many points an order gave."""

    customer_id: str
    ref: str
    past: list[PastOrder]
    now: datetime
    rules: dict[str, Any]

    @property
    def confirmed(self) -> list[tuple[PastOrder, datetime]]:
        """Purchases that count, and since when."""
        wait = timedelta(days=self.rules["points"]["confirm_days"])
        delivered = [(order, order.delivered_at + wait) for order in self.past if order.delivered_at]
        return [(order, at) for order, at in delivered if order.state == "delivered" and at <= self.now]

    @property
    def tier(self) -> str:
        """The tier by confirmed purchases of the last months."""
        since = self.now - timedelta(days=30 * self.rules["tier_review"]["months"])
        bought = sum(order.goods for order, at in self.confirmed if at >= since)
        reached = [code for code, tier in self.rules["tiers"].items() if bought >= tier["from"]]
        return str(reached[-1])


def fill(session: Session, purses: list[Purse], order_ids: Mapping[int, str]) -> None:
    """Write accounts, entries, lots and allocations. `order_ids` has the id of each order by `id()` of its PastOrder."""
    rows: dict[type[Base], list[dict[str, Any]]] = {PointsAccount: [], LedgerEntry: [], Lot: [], Allocation: []}
    for purse in purses:
        entries, lots = _earned(purse, order_ids)
        allocations = _spend(purse, entries, lots)
        balance = sum(lot["remaining"] for lot in lots)
        if lots:
            rows[PointsAccount].append({"customer_id": purse.customer_id, "balance": balance})
        rows[LedgerEntry] += entries
        rows[Lot] += lots
        rows[Allocation] += allocations
    for model, values in rows.items():
        session.execute(insert(model), values)


def _earned(purse: Purse, order_ids: Mapping[int, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An entry and a lot for each confirmed purchase, oldest first."""
    rate = purse.rules["tiers"][purse.tier]["rate_percent"]
    timezone, months = purse.rules["shop"]["timezone"], purse.rules["points"]["valid_months"]
    entries, lots = [], []
    for order, at in purse.confirmed:
        amount = order.goods * rate // 100
        order_id = order_ids[id(order)]
        entry = _entry(purse, "earn", amount, "purchase", at, order_id)
        expires_at = end_of_day(add_months(local_date(at, timezone), months), timezone)
        lot = {
            "id": new_id(), "customer_id": purse.customer_id, "entry_id": entry["id"], "amount": amount,
            "remaining": amount, "earned_at": at, "expires_at": expires_at,
        }  # fmt: skip
        entries.append(entry)
        lots.append(lot)
    return entries, lots


def _spend(purse: Purse, entries: list[dict[str, Any]], lots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Perhaps one spending a while ago, from the lots that expire first; adds its entry, lowers the lots."""
    chance = random.Random(f"spends {purse.ref}")
    at = purse.now - timedelta(days=chance.randint(20, 90), minutes=chance.randint(0, 900))
    usable = [lot for lot in lots if lot["earned_at"] < at]
    available = sum(lot["remaining"] for lot in usable)
    least = purse.rules["points"]["minimum_use"]
    if available < least or chance.random() > _SPENDERS:
        return []
    amount = left = chance.randint(least, available) // 100 * 100
    entry = _entry(purse, "spend", -amount, "order_discount", at, None)
    entries.append(entry)
    allocations = []
    for lot in usable:
        taken = min(left, lot["remaining"])
        if taken == 0:
            break
        lot["remaining"] -= taken
        left -= taken
        allocations.append({"entry_id": entry["id"], "lot_id": lot["id"], "amount": taken})
    return allocations


def _entry(purse: Purse, kind: str, amount: int, reason: str, at: datetime, order_id: str | None) -> dict[str, Any]:
    return {
        "id": new_id(), "customer_id": purse.customer_id, "kind": kind, "amount": amount, "reason": reason,
        "order_id": order_id, "reverses_id": None, "idempotency_key": f"demo:{kind}:{order_id or purse.ref}",
        "request_hash": fingerprint(
            kind, customer_id=purse.customer_id, amount=abs(amount), reason=reason, order_id=order_id
        ),
        "actor": ACTOR, "created_at": at,
    }  # fmt: skip
