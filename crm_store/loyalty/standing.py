"""What tier somebody's purchases give: a fold over days, without a store, so that it can be replayed at any time.

On a review day the tier is decided from the purchases of the months before it; a purchase that reaches a threshold lifts
at once. Whoever falls below is told so and keeps the tier for a grace period; the review at its end carries it out.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from core.clock import add_months
from crm_store.shop.queries import rule


@dataclass(frozen=True, slots=True)
class TierRules:
    """Tiers with the sum each begins at, rising; the window in months; the day of the review and the months of grace."""

    tiers: tuple[tuple[str, int], ...]
    months: int
    day: int
    grace_months: int

    @classmethod
    def read(cls, rules: dict[str, Any]) -> TierRules:
        """From the shop's rules: sections `tiers` and `tier_review`."""
        tiers = sorted(((code, int(tier["from"])) for code, tier in rule(rules, "tiers").items()), key=lambda t: t[1])
        months, day = int(rule(rules, "tier_review.months")), int(rule(rules, "tier_review.day"))
        return cls(tuple(tiers), months, day, int(rules["tier_review"].get("grace_months", 0)))

    def level(self, tier: str) -> int:
        """The place of a tier from below, 0 also for one that is no more."""
        return next((place for place, (code, _) in enumerate(self.tiers) if code == tier), 0)

    def reached(self, spent: int) -> str:
        """The highest tier that this much gives."""
        return [code for code, least in self.tiers if least <= spent or least == self.tiers[0][1]][-1]

    def review_day(self, year: int, month: int) -> date:
        """The day of that month's review; a short month's last day where there is no such day."""
        return date(year, month, min(self.day, calendar.monthrange(year, month)[1]))

    def review_after(self, day: date, months: int) -> date:
        """The review `months` after a review day."""
        later = add_months(day.replace(day=1), months)
        return self.review_day(later.year, later.month)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A confirmed purchase: the shop's day, and what of it counts, in minor units."""

    day: date
    worth: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A tier; with an announced downgrade, to which (`next_tier`) and on which day (`until`). `spent` is the window's sum."""

    tier: str
    next_tier: str | None = None
    until: date | None = None
    spent: int = 0


RulesOn = Callable[[date], TierRules]


def spent_in(purchases: Sequence[Purchase], rules: TierRules, last: date, *, review: bool = False) -> int:
    """What counts in the window that ends on `last`; a review takes place before that day's purchases."""
    first = add_months(last, -rules.months)
    last = last - timedelta(days=1) if review else last
    return sum(purchase.worth for purchase in purchases if first <= purchase.day <= last)


def standing(
    purchases: Sequence[Purchase], rules_on: RulesOn, today: date, start: tuple[date, str] | None = None
) -> Standing:
    """The standing at the end of `today`. `start` is a tier the shop gave on a day, else it begins at the lowest one."""
    ordered = sorted((purchase for purchase in purchases if purchase.day <= today), key=lambda purchase: purchase.day)
    first = start[0] if start else min((purchase.day for purchase in ordered), default=today)
    state = Standing(start[1] if start else rules_on(first).tiers[0][0])
    for day, review in _turning_points(ordered, rules_on, first, today):
        rules = rules_on(day)
        spent = spent_in(ordered, rules, day, review=review)
        state = _reviewed(state, rules, day, spent) if review else _lifted(state, rules, spent)
    spent = spent_in(ordered, rules_on(today), today)
    return Standing(state.tier, state.next_tier, state.until, spent)


def safe_until(purchases: Sequence[Purchase], rules: TierRules, now: Standing, today: date) -> date | None:
    """The first day on which the tier could be lost if nothing more were bought; None for the lowest tier."""
    if rules.level(now.tier) == 0:
        return None
    if now.until is not None:
        return now.until
    least = rules.tiers[rules.level(now.tier)][1]
    for day in _review_days(lambda _: rules, today):
        if spent_in(purchases, rules, day, review=True) < least:
            return rules.review_after(day, rules.grace_months)
    return None


def _review_days(rules_on: RulesOn, after: date) -> Iterator[date]:
    for ahead in count():
        month = add_months(after.replace(day=1), ahead)
        day = rules_on(month).review_day(month.year, month.month)
        if day > after:
            yield day


def _turning_points(
    purchases: Sequence[Purchase], rules_on: RulesOn, first: date, today: date
) -> list[tuple[date, bool]]:
    """Days with a purchase (False) and review days (True), in order; a review comes before its day's purchases."""
    points = {(purchase.day, False) for purchase in purchases if purchase.day >= first}
    for day in _review_days(rules_on, first):
        if day > today:
            break
        points.add((day, True))
    return sorted(points, key=lambda point: (point[0], not point[1]))


def _lifted(state: Standing, rules: TierRules, spent: int) -> Standing:
    reached = rules.reached(spent)
    return Standing(reached) if rules.level(reached) >= rules.level(state.tier) else state


def _reviewed(state: Standing, rules: TierRules, day: date, spent: int) -> Standing:
    reached = rules.reached(spent)
    if rules.level(reached) >= rules.level(state.tier) or rules.grace_months == 0:
        return Standing(reached)
    if state.until is None:
        return Standing(state.tier, reached, rules.review_after(day, rules.grace_months))
    return Standing(reached) if day >= state.until else Standing(state.tier, reached, state.until)
