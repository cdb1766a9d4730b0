"""Regular deliveries of the demonstration: who has one, and the orders it has brought."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crm_store.idempotency import fingerprint
from crm_store.regular_deliveries.models import RegularDelivery, RegularDeliveryRun
from dangol.demo import baskets
from dangol.demo.baskets import Piece
from dangol.demo.history import moment
from dangol.demo.people import Habit, Person
from dangol.demo.rhythm import shopping
from dangol.demo.rows import Row, Rows
from dangol.demo.world import World

_LIKELY: dict[Habit, float] = {"devoted": 0.3, "regular": 0.12, "occasional": 0.03}
_REASONS = {
    "ko": ("다 못 쓰고 쌓여서요", "잠깐 쉬고 싶어요", "다른 제품으로 바꿔 보려고요", "이사를 가요"),
    "en": ("I can't use it up fast enough", "Taking a break", "I want to try something else", "Moving house"),
}
_HOUR = 6


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is delivered, and when orders were placed for it."""

    rows: Rows
    row: Row
    piece: Piece
    due: list[datetime]

    def ordered(self, at: datetime, order_id: str) -> None:
        """Note that a due day brought an order."""
        self.rows.add(
            RegularDeliveryRun, delivery_id=self.row["id"], due_on=(at + timedelta(hours=9)).date(), state="ordered",
            order_id=order_id, created_at=at,
        )  # fmt: skip


def intervals(rules: dict[str, Any]) -> list[int]:
    """The weeks between two deliveries that the shop's rules name."""
    return [int(weeks) for weeks in re.findall(r"\d+", rules["subscription"]["intervals"]["ko"])]


def subscribe(world: World, person: Person, customer: Row) -> Subscription | None:
    """A person's regular delivery, perhaps ended; None for most, and for those whose is staged later."""
    chance = random.Random(f"regular {person.ref}")
    if person.pooled or chance.random() > _LIKELY.get(person.habit, 0):
        return None
    product = chance.choice(
        [each for each in baskets.by_id().values() if each.kind in shopping()["staples"] and each.stock]
    )
    piece = Piece(product, baskets.choose_variant(chance, person, product, in_stock=True), chance.choice((1, 1, 1, 2)))
    weeks = chance.choice(intervals(world.rules))
    earliest = max(person.joined_on, world.today - timedelta(days=400)) + timedelta(days=7)
    began = earliest + timedelta(days=chance.randint(0, max(1, (world.today - earliest).days - 20)))
    ended = chance.random() < 0.2
    last = world.today - timedelta(days=chance.randint(5, 120)) if ended else world.today
    due, day = [], began
    while day <= last:
        due.append(day)
        day += timedelta(weeks=weeks)
    return _write(world, person, customer, piece, weeks, due, day, last if ended else None, chance)


def _write(
    world: World, person: Person, customer: Row, piece: Piece, weeks: int, due: list[date], next_on: date,
    ended_on: date | None, chance: random.Random,
) -> Subscription | None:  # fmt: skip
    if not due:
        return None
    created_at = moment(due[0] - timedelta(days=1), 20, 10)
    row = world.rows.add(
        RegularDelivery, id=world.rows.new_id(created_at), customer_id=customer["id"], variant_id=piece.variant_id,
        product_id=piece.product.id, quantity=piece.quantity, interval_weeks=weeks, next_on=next_on, notified_for=None,
        state="ended" if ended_on else "active", address=person.address,
        reason=chance.choice(_REASONS[person.language]) if ended_on else None, idempotency_key=f"demo:regular:{person.ref}",
        request_hash=fingerprint("regular", customer_id=customer["id"], variant_id=piece.variant_id),
        created_at=created_at, ended_at=moment(ended_on, 21) if ended_on else None,
    )  # fmt: skip
    skipped = [day for day in due[1:] if chance.random() < 0.06]
    for day in skipped:
        world.rows.add(
            RegularDeliveryRun, delivery_id=row["id"], due_on=day, state="skipped", order_id=None,
            created_at=moment(day, _HOUR),
        )  # fmt: skip
    return Subscription(world.rows, row, piece, [moment(day, _HOUR) for day in due if day not in skipped])
