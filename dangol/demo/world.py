"""What the lives of all demonstration customers share while the past is made up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import local_date
from dangol.demo.opinions import Opinions
from dangol.demo.people import DAYS, Person
from dangol.demo.rows import Row, Rows
from dangol.demo.wallets import Mint


@dataclass(frozen=True, slots=True)
class Gift:
    """Points that somebody is given because of what a friend did."""

    at: datetime
    amount: int
    reason: str
    key: str
    order_id: str


@dataclass(slots=True)
class World:
    """The shop as of `now`; `orders` and `cases` are numbered when everybody has lived."""

    rows: Rows
    rules: dict[str, Any]
    now: datetime
    today: date
    mint: Mint
    opinions: Opinions
    orders: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    gifts: dict[str, list[Gift]] = field(default_factory=lambda: defaultdict(list))
    apologies: Counter[str] = field(default_factory=Counter)

    def day(self, at: datetime) -> date:
        """A moment's day in the shop."""
        return local_date(at, self.rules["shop"]["timezone"])

    def number(self) -> None:
        """Give orders and cases the numbers that customers read, month by month in the order they came."""
        self._count(self.orders, "DG", "placed_at")
        self._count(self.cases, "C", "opened_at")

    def _count(self, rows: Iterable[Row], prefix: str, moment: str) -> None:
        of_month: Counter[str] = Counter()
        for row in sorted(rows, key=lambda row: (row[moment], row["id"])):
            month = f"{prefix}{self.day(row[moment]):%y%m}"
            of_month[month] += 1
            row["number"] = f"{month}{of_month[month]:04d}"


def begin(rules: dict[str, Any], now: datetime) -> World:
    """A world in which nothing has happened yet."""
    today = local_date(now, rules["shop"]["timezone"])
    rows = Rows(f"ids {today}")
    mint = Mint(rows, rules, today, today - timedelta(days=DAYS))
    return World(rows, rules, now, today, mint, Opinions())


@dataclass(frozen=True, slots=True)
class Member:
    """A person and their row as a customer."""

    person: Person
    row: Row
