"""When the demonstration's customers buy: habits, holidays, weekdays and hours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dangol.demo.people import DAYS, Clock, Habit, Person

# Days by which a past order has been delivered and confirmed: people of the pools have bought nothing since.
SETTLED = 21
# Days between two orders of somebody who keeps ordering.
_GAPS: dict[Habit, tuple[int, int]] = {
    "devoted": (9, 16),
    "regular": (20, 41),
    "lapsing": (24, 42),
    "won_back": (24, 42),
    "occasional": (65, 130),
    "gift_giver": (120, 220),
}
# Hours of the day (shop's time) and how many order then, by what suits them.
_HOURS: dict[Clock, dict[int, int]] = {
    "lunch": {8: 2, 9: 3, 10: 4, 11: 8, 12: 16, 13: 10, 14: 4, 15: 3, 18: 3, 20: 3, 21: 3},
    "evening": {9: 1, 12: 3, 13: 2, 17: 3, 18: 6, 19: 9, 20: 13, 21: 15, 22: 11, 23: 4},
    "night": {0: 5, 1: 3, 6: 1, 12: 2, 21: 6, 22: 12, 23: 14},
    "weekend": {9: 3, 10: 7, 11: 9, 12: 6, 13: 6, 14: 8, 15: 8, 16: 7, 17: 5, 19: 4, 20: 6, 21: 6},
}
# Monday to Sunday: most order on Sunday evening and Monday, least on Saturday.
_WEEKDAYS = (14, 11, 11, 10, 9, 7, 13)
_WEEKEND = (3, 1, 1, 1, 3, 14, 14)
# How often people order in a month beside the usual.
_BUSY = {1: 1.0, 2: 0.9, 5: 1.15, 8: 0.9, 9: 1.1, 11: 1.2, 12: 1.3}


@dataclass(frozen=True, slots=True)
class Occasion:
    """A day on which somebody orders, the hour, and whether they buy for somebody else."""

    day: date
    hour: int
    minute: int
    gift: bool = False


@cache
def shopping() -> dict[str, Any]:
    """How people shop: dangol/demo/shopping.yml."""
    text = (Path(__file__).parent / "shopping.yml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def occasions_of(person: Person, today: date) -> list[Occasion]:
    """When a person ordered, oldest first, up to today (of a pool: until everything is settled)."""
    chance = random.Random(f"days {person.ref}")
    newest = today - timedelta(days=SETTLED if person.pooled else 0)
    oldest = max(person.joined_on, today - timedelta(days=DAYS))
    usual = {day: False for day in _days(chance, person, today) if oldest <= day <= newest}
    gifts = {day: True for day in _gift_days(chance, person, today) if oldest <= day <= newest}
    clock = _HOURS[person.clock]
    return [
        Occasion(day, chance.choices(list(clock), list(clock.values()))[0], chance.randint(0, 59), gift)
        for day, gift in sorted({**usual, **gifts}.items())
    ]


def _days(chance: random.Random, person: Person, today: date) -> Iterator[date]:
    if person.habit == "one_timer":
        yield person.joined_on + timedelta(days=chance.randint(0, 2))
        return
    if person.habit == "newcomer":
        yield from (person.joined_on + timedelta(days=chance.randint(0, 40)) for _ in range(chance.randint(0, 3)))
        return
    least, most = _GAPS[person.habit]
    pause = _pause(chance, person.habit, today)
    if pause is not None and person.habit == "won_back":
        yield pause[1]
    first = today - timedelta(days=DAYS)
    day = first + timedelta(days=chance.randint(0, most))
    if person.joined_on > first:
        day = person.joined_on + timedelta(days=chance.randint(0, 3))
    while day <= today:
        if pause is None or not pause[0] < day < pause[1]:
            yield max(_suited(chance, person.clock, day), person.joined_on)
        gap = chance.randint(least, most) / _BUSY.get(day.month, 1.0)
        day += timedelta(days=max(3, round(gap)))


def _pause(chance: random.Random, habit: Habit, today: date) -> tuple[date, date] | None:
    """Between which days somebody did not come: who lapsed is still away."""
    if habit == "lapsing":
        return today - timedelta(days=chance.randint(112, 330)), date.max
    if habit == "won_back":
        back = chance.randint(SETTLED + 2, 80)
        return today - timedelta(days=back + chance.randint(105, 170)), today - timedelta(days=back)
    return None


def _suited(chance: random.Random, clock: Clock, day: date) -> date:
    """A day at most two away that suits better."""
    near = [day + timedelta(days=shift) for shift in (-2, -1, 0, 1, 2)]
    weights = _WEEKEND if clock == "weekend" else _WEEKDAYS
    return chance.choices(near, [weights[each.weekday()] for each in near])[0]


def _gift_days(chance: random.Random, person: Person, today: date) -> Iterator[date]:
    likely = {"gift_giver": 0.8, "devoted": 0.25, "regular": 0.15, "occasional": 0.08}.get(person.habit, 0.0)
    for year in (today.year - 2, today.year - 1, today.year):
        parents = date(year, 5, 8)
        christmas = date(year, 12, 24)
        for eve in (_holiday("seollal", year, "02-05"), parents, _holiday("chuseok", year, "09-20"), christmas):
            ahead = chance.randint(4, 14)
            if chance.random() < likely:
                yield eve - timedelta(days=ahead)


def _holiday(name: str, year: int, usual: str) -> date:
    return date.fromisoformat(f"{year}-{shopping()[name].get(year, usual)}")
