"""Points of a demonstration customer over the past, as the ledger's use cases would have written them."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from core.clock import add_months, end_of_day, local_date
from crm_store.idempotency import fingerprint
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from dangol.demo.rows import Row, Rows

ACTOR = "demo"


class Timeline:
    """What happens when, in a customer's life; what is scheduled for the same moment happens in the order scheduled."""

    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self._numbers = count()

    def at(self, moment: datetime, happens: Callable[[datetime], object]) -> None:
        """Schedule something."""
        heapq.heappush(self._due, (moment, next(self._numbers), happens))

    def run(self, until: datetime) -> None:
        """Let everything happen up to a moment, also what is scheduled meanwhile."""
        while self._due and self._due[0][0] <= until:
            moment, _, happens = heapq.heappop(self._due)
            happens(moment)


class Purse:
    """An account with its lots. Called in the order of time, as its customer's timeline does."""

    def __init__(self, rows: Rows, customer_id: str, rules: dict[str, Any], timeline: Timeline) -> None:
        self._rows, self._customer_id, self._timeline = rows, customer_id, timeline
        self._timezone, self._months = rules["shop"]["timezone"], rules["points"]["valid_months"]
        self._lots: list[Row] = []
        self._moves: dict[str, int] = {}
        self._taken: dict[str, list[tuple[Row, int]]] = {}
        self._account: Row | None = None

    @property
    def balance(self) -> int:
        """Points that can be spent."""
        return int(self._account["balance"]) if self._account else 0

    def earn(self, at: datetime, amount: int, reason: str, key: str, order_id: str | None = None) -> None:
        """Give points; they expire by themselves when their time has come."""
        if amount < 1:
            return
        asked = fingerprint(
            "earn", customer_id=self._customer_id, amount=amount, reason=reason, expires_at=None, order_id=order_id
        )
        if self._account is None:
            self._account = self._rows.add(PointsAccount, customer_id=self._customer_id, balance=0)
        entry = self._entry(at, "earn", amount, reason, key, asked, order_id)
        expires_at = end_of_day(add_months(local_date(at, self._timezone), self._months), self._timezone)
        lot = self._rows.add(
            Lot, id=self._rows.new_id(at), customer_id=self._customer_id, entry_id=entry["id"], amount=amount,
            remaining=amount, earned_at=at, expires_at=expires_at,
        )  # fmt: skip
        self._lots.append(lot)
        self._timeline.at(expires_at + timedelta(seconds=40), partial(self._expire, lot))

    def spend(self, at: datetime, amount: int, reason: str, key: str, order_id: str) -> Row:
        """Take points from the lots that expire first; there must be enough. The entry can be reversed."""
        asked = fingerprint("spend", customer_id=self._customer_id, amount=amount, reason=reason, order_id=order_id)
        entry = self._entry(at, "spend", -amount, reason, key, asked, order_id)
        left = amount
        for lot in sorted(self._lots, key=lambda lot: lot["expires_at"]):
            if left and lot["remaining"]:
                taken = min(left, lot["remaining"])
                left -= taken
                self._allocate(entry, lot, taken)
        return entry

    def reverse(self, at: datetime, entry: Row) -> None:
        """Give a spending back to its lots; one that expired meanwhile loses it again at the next expiry run."""
        asked = fingerprint("reverse", entry_id=entry["id"], reason="order_undone")
        undoing = self._entry(
            at,
            "reverse",
            -entry["amount"],
            "order_undone",
            f"undo:{entry['id']}",
            asked,
            entry["order_id"],
            entry["id"],
        )
        for lot, amount in self._taken[entry["id"]]:
            self._allocate(undoing, lot, -amount)
            if lot["expires_at"] <= at:
                self._timeline.at(at + timedelta(minutes=1), partial(self._expire, lot))

    def _expire(self, lot: Row, at: datetime) -> None:
        if lot["remaining"] == 0:
            return
        amount = lot["remaining"]
        key = f"expire:{lot['id']}:{self._moves.get(lot['id'], 0)}"
        asked = fingerprint("expire", lot_id=lot["id"], amount=amount)
        self._allocate(self._entry(at, "expire", -amount, "expired", key, asked), lot, amount)

    def _entry(
        self, at: datetime, kind: str, amount: int, reason: str, key: str, asked: str, order_id: str | None = None,
        reverses_id: str | None = None,
    ) -> Row:  # fmt: skip
        assert self._account is not None
        self._account["balance"] += amount
        return self._rows.add(
            LedgerEntry, id=self._rows.new_id(at), customer_id=self._customer_id, kind=kind, amount=amount,
            reason=reason, order_id=order_id, reverses_id=reverses_id, idempotency_key=key, request_hash=asked,
            actor="system" if kind == "expire" else ACTOR, created_at=at,
        )  # fmt: skip

    def _allocate(self, entry: Row, lot: Row, amount: int) -> None:
        lot["remaining"] -= amount
        self._moves[lot["id"]] = self._moves.get(lot["id"], 0) + 1
        self._taken.setdefault(entry["id"], []).append((lot, amount))
        self._rows.add(Allocation, entry_id=entry["id"], lot_id=lot["id"], amount=amount)
