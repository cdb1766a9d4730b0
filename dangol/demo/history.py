"""What the demonstration's customers bought over the last twelve months: regulars, one-timers, people who drift away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from core.clock import zone
from dangol.demo import catalogue
from dangol.demo.catalogue import Product
from dangol.demo.people import Habit, Person

# Days of history. A little less than points last, so that no lot of the history has expired on the day of seeding.
DAYS = 350
# Days after being placed by which a past order has been delivered and the purchase confirmed.
SETTLED = 12
# Hours of the day (shop's time) and how many order then.
_HOURS = {8: 2, 9: 3, 10: 4, 11: 4, 12: 6, 13: 5, 14: 4, 15: 4, 16: 4, 17: 4, 18: 5, 19: 6, 20: 8, 21: 10, 22: 9, 23: 5}
# Paid before this hour, an order leaves the same day.
_CUTOFF = 15
# Days between two orders of somebody who keeps ordering.
_RHYTHM = {"devoted": (8, 14), "regular": (24, 44), "lapsing": (28, 46), "occasional": (80, 150)}


@dataclass(frozen=True, slots=True)
class Line:
    """A product and how many of it."""

    product: Product
    quantity: int


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as it stands today; `total` includes the delivery fee, `goods` does not (both KRW)."""

    state: str
    lines: tuple[Line, ...]
    goods: int
    total: int
    placed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    expected_on: date | None
    tracking_number: str | None


def orders_of(person: Person, today: date, rules: dict[str, Any], *, open_ones: bool) -> list[PastOrder]:
    """A person's orders, oldest first; with `open_ones` the latest may still be on its way, else all are settled."""
    chance = random.Random(f"orders of {person.ref}")
    favourites = [_pick(chance, person, consumable=True) for _ in range(2)]
    newest = today - timedelta(days=0 if open_ones else SETTLED)
    days = [day for day in _days(chance, person.habit, today) if person.joined_on <= day <= newest]
    if open_ones and (not days or (today - days[-1]).days > 3):
        days.append(today - timedelta(days=chance.randint(0, 3)))
    repeats = person.habit in _RHYTHM
    return [_order(chance, day, today, _basket(chance, person, favourites if repeats else []), rules) for day in days]


def _days(chance: random.Random, habit: Habit, today: date) -> Iterator[date]:
    """Days of orders, oldest first."""
    if habit == "one_timer":
        yield today - timedelta(days=chance.randint(SETTLED, DAYS))
        return
    if habit == "newcomer":
        yield from sorted(today - timedelta(days=chance.randint(SETTLED, 40)) for _ in range(chance.randint(0, 2)))
        return
    last = chance.randint(110, 190) if habit == "lapsing" else 0
    least, most = _RHYTHM[habit]
    ago = DAYS - chance.randint(0, least)
    while ago >= last:
        yield today - timedelta(days=ago)
        ago -= chance.randint(least, most)


@cache
def _shelf(category: str, consumable: bool | None) -> tuple[Product, ...]:
    return tuple(
        product for product in catalogue.load().products
        if product.category == category and consumable in (None, product.consumable)
    )  # fmt: skip


def _pick(chance: random.Random, person: Person, *, consumable: bool | None = None) -> Product:
    """A product to a person's taste; dearer ones are bought more rarely."""
    category = chance.choices(list(person.tastes), list(person.tastes.values()))[0]
    shelf = _shelf(category, consumable)
    return chance.choices(shelf, [1 / (product.price + 8_000) for product in shelf])[0]


def _basket(chance: random.Random, person: Person, favourites: list[Product]) -> tuple[Line, ...]:
    chosen = {product.id: product for product in favourites if chance.random() < 0.55}
    for _ in range(chance.choices((0, 1, 2, 3), (3, 5, 3, 1))[0] or (0 if chosen else 1)):
        product = _pick(chance, person)
        chosen[product.id] = product
    return tuple(
        Line(product, chance.choices((1, 2, 3), (7, 2, 1))[0] if product.consumable else 1)
        for product in chosen.values()
    )


def charge(lines: tuple[Line, ...], rules: dict[str, Any]) -> tuple[int, int]:
    """What the goods cost, and what is paid with delivery, both KRW."""
    goods = sum(line.product.price * line.quantity for line in lines)
    shipping = rules["shipping"]
    return goods, goods + (0 if goods >= shipping["free_from"] else shipping["fee"])


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time of the shop's own zone, in UTC."""
    return datetime.combine(day, time(hour, minute), zone("Asia/Seoul")).astimezone(UTC)


def workday(day: date) -> date:
    """The day, or the Monday after it where it is on a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def tracking_number(chance: random.Random) -> str:
    """A parcel's number as the fictional courier writes it."""
    return f"{chance.randint(10**11, 10**12 - 1)}"


def _order(chance: random.Random, day: date, today: date, lines: tuple[Line, ...], rules: dict[str, Any]) -> PastOrder:
    hour = chance.choices(list(_HOURS), list(_HOURS.values()))[0]
    placed_at = moment(day, hour, chance.randint(0, 59))
    shipped_on = workday(day if hour < _CUTOFF else day + timedelta(days=1))
    delivered_on = workday(shipped_on + timedelta(days=chance.choice((1, 1, 2))))
    shipped_at = moment(shipped_on, 17, chance.randint(0, 59))
    delivered_at = moment(delivered_on, chance.randint(11, 19), chance.randint(0, 59))
    number = tracking_number(chance)
    fate = chance.choices(("delivered", "cancelled", "returned"), (92, 4, 4))[0]
    goods, total = charge(lines, rules)
    if day == today:
        # Ordered today: before now at whatever hour the seeding runs.
        placed_at = moment(today, 0)
    if delivered_on >= today and fate != "cancelled":
        fate = "shipped" if shipped_on < today else "preparing" if day < today else "paid"
    sent = fate in ("shipped", "delivered", "returned")
    return PastOrder(
        state=fate,
        lines=lines,
        goods=goods,
        total=total,
        placed_at=placed_at,
        shipped_at=shipped_at if sent else None,
        delivered_at=delivered_at if fate in ("delivered", "returned") else None,
        expected_on=None if fate == "cancelled" else delivered_on,
        tracking_number=number if sent else None,
    )
