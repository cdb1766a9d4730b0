"""A demonstration customer's tier over the past, with the history of its changes: what monthly reviews would have written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from crm_store.loyalty.models import TierChange
from crm_store.loyalty.standing import Purchase, Standing, TierRules, spent_in
from dangol.demo.history import moment
from dangol.demo.rows import Row, Rows


class Rank:
    """The standing of one customer, brought forward day by day; `customer` is their row, whose tier is kept up to date."""

    def __init__(self, rows: Rows, customer: Row, rules: dict[str, Any], first: date) -> None:
        self._rows, self._customer, self._rules = rows, customer, TierRules.read(rules)
        self._standing = Standing(self._rules.tiers[0][0])
        self._purchases: list[Purchase] = []
        self._next = self._rules.review_day(first.year, first.month)
        while self._next <= first:
            self._next = self._rules.review_after(self._next, 1)
        self._settle()

    @property
    def tier(self) -> str:
        """The tier as it stands."""
        return self._standing.tier

    def advance(self, today: date) -> None:
        """Hold the reviews up to and with this day."""
        rules = self._rules
        while self._next <= today:
            day, self._next = self._next, rules.review_after(self._next, 1)
            now = self._standing
            if rules.level(now.tier) == 0 and now.until is None:
                continue
            spent = spent_in(self._purchases, rules, day, review=True)
            reached = rules.reached(spent)
            found = now
            if rules.level(reached) >= rules.level(now.tier) or rules.grace_months == 0:
                found = Standing(reached)
            elif now.until is None:
                found = Standing(now.tier, reached, rules.review_after(day, rules.grace_months))
            else:
                found = Standing(reached) if day >= now.until else Standing(now.tier, reached, now.until)
            self._change(found, spent, moment(day, 0, 10), day)

    def buy(self, day: date, worth: int, at: datetime) -> None:
        """A purchase counts from now on."""
        self._purchases.append(Purchase(day, worth))
        spent = spent_in(self._purchases, self._rules, day)
        reached = self._rules.reached(spent)
        if self._rules.level(reached) >= self._rules.level(self._standing.tier):
            self._change(Standing(reached), spent, at, day)

    def _change(self, found: Standing, spent: int, at: datetime, day: date) -> None:
        before, self._standing = self._standing, found
        if (before.tier, before.next_tier, before.until) == (found.tier, found.next_tier, found.until):
            return
        kind, to_tier, effective_on = "kept", found.next_tier or found.tier, found.until or day
        if found.tier != before.tier:
            up = self._rules.level(found.tier) > self._rules.level(before.tier)
            kind, to_tier, effective_on = "upgraded" if up else "downgraded", found.tier, day
        self._rows.add(
            TierChange, id=self._rows.new_id(at), customer_id=self._customer["id"], kind=kind, from_tier=before.tier,
            to_tier=to_tier, spent=spent, effective_on=effective_on, actor="system", created_at=at,
        )  # fmt: skip
        self._settle()

    def _settle(self) -> None:
        now = self._standing
        self._customer.update(tier=now.tier, tier_next=now.next_tier, tier_until=now.until)
