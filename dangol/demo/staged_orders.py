"""The orders of a staged demonstration customer: on its way, cancellable, returnable, and one with a return under way."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from crm_store.idempotency import fingerprint
from crm_store.orders.fees import add_working_days, shipping_fee
from crm_store.orders.models import Order, OrderLine, Refund, Shipment
from crm_store.shop_requests.models import ShopRequest
from dangol.demo import baskets, catalogue, troubles
from dangol.demo.catalogue import Product
from dangol.demo.history import moment, scans, tracking_number
from dangol.demo.people import Person
from dangol.demo.rhythm import shopping
from dangol.demo.rows import Row, Rows

_DEAREST = 70_000
Chosen = tuple[Product, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """For whom and when; `rows` gathers what is written."""

    rows: Rows
    customer_id: str
    person: Person
    chance: random.Random
    rules: dict[str, Any]
    now: datetime
    today: date

    def choose(self, shelf: Callable[[], Sequence[Product]]) -> Chosen:
        """A product of a shelf, and the variant of it that suits the person and is in stock."""
        product = self.chance.choice(shelf())
        return product, baskets.choose_variant(self.chance, self.person, product, in_stock=True)

    def day(self, ago: int) -> date:
        """A day before today."""
        return self.today - timedelta(days=ago)


@cache
def on_sale() -> tuple[Product, ...]:
    """What is in stock and not dear."""
    return tuple(each for each in catalogue.load().products if each.stock > 0 and each.price < _DEAREST)


@cache
def with_options() -> tuple[Product, ...]:
    """Of these, what can be returned and exchanged: not used up, two variants or more in stock."""
    return tuple(
        each for each in on_sale()
        if not each.consumable and sum(fact.stock > 0 for fact in baskets.variants_of(each.id)) > 1
    )  # fmt: skip


@cache
def repeated() -> tuple[Product, ...]:
    """Of these, what is bought again and again."""
    return tuple(each for each in on_sale() if each.kind in shopping()["staples"])


def add_orders(stage: Stage) -> Row:
    """Add the orders; the open case, which has no number yet."""
    chance, day = stage.chance, stage.day
    case = _add_returning(stage)
    order = _add(
        stage, [stage.choose(with_options), stage.choose(on_sale)][: chance.randint(1, 2)],
        state="delivered", placed_at=moment(day(6), 20, chance.randint(0, 59)), shipped_at=moment(day(5), 17, 10),
        delivered_at=moment(day(3), 14, chance.randint(0, 59)),
    )  # fmt: skip
    _add_parcel(stage, order, day(3))
    order = _add(
        stage, [stage.choose(on_sale)], state="shipped", placed_at=moment(day(2), 21, chance.randint(0, 59)),
        shipped_at=moment(day(1), 17, 20), delivered_at=None,
    )  # fmt: skip
    _add_parcel(stage, order, add_working_days(day(-1), 0))
    _add(
        stage, [stage.choose(on_sale) for _ in range(chance.randint(1, 2))], state="paid", shipped_at=None,
        delivered_at=None, placed_at=stage.now - timedelta(minutes=chance.randint(5, 40)),
    )  # fmt: skip
    return case


def _add(stage: Stage, chosen: Sequence[Chosen], *, placed_at: datetime, **values: Any) -> Row:
    goods = sum(product.price for product, _ in chosen)
    fee = shipping_fee(stage.rules, goods, stage.person.address)
    order = stage.rows.add(
        Order, id=stage.rows.new_id(placed_at), customer_id=stage.customer_id, total=goods + fee, shipping_fee=fee,
        currency=stage.rules["shop"]["currency"], address=stage.person.address, discount=0, points_used=0, source="shop",
        placed_at=placed_at, **values,
    )  # fmt: skip
    for position, (product, variant_id) in enumerate(chosen, 1):
        stage.rows.add(
            OrderLine, order_id=order["id"], position=position, product_id=product.id, variant_id=variant_id, quantity=1,
            returned=0, unit_price=product.price,
        )  # fmt: skip
    return order


def _add_parcel(stage: Stage, order: Row, expected_on: date) -> None:
    arrives_at = order["delivered_at"] or moment(expected_on, 15)
    place = " ".join(str(order["address"]["line1"]).split()[:2])
    stage.rows.add(
        Shipment, id=stage.rows.new_id(order["shipped_at"]), order_id=order["id"],
        state="delivered" if order["delivered_at"] else "in_transit",
        courier=stage.rules["shipping"]["courier"][stage.person.language], tracking_number=tracking_number(stage.chance),
        expected_on=expected_on, scans=scans(stage.chance, order["shipped_at"], arrives_at, place, stage.now),
        created_at=order["shipped_at"], shipped_at=order["shipped_at"], delivered_at=order["delivered_at"],
    )  # fmt: skip


def _add_returning(stage: Stage) -> Row:
    """An older order that is coming back: staff approved, the shop's agreement to the refund is awaited."""
    received = stage.day(max(4, int(stage.rules["returns"]["days"]) - 1))
    order = _add(
        stage, [stage.choose(with_options)], state="delivered", placed_at=moment(received - timedelta(days=3), 19, 40),
        shipped_at=moment(received - timedelta(days=2), 17, 5), delivered_at=moment(received, 13, 15),
    )  # fmt: skip
    _add_parcel(stage, order, received)
    items = [{"position": 1, "quantity": 1}]
    reason = stage.chance.choice(troubles.reasons()["return"][stage.person.language])
    asked_at, approved_at = moment(stage.day(2), 10, 20), moment(stage.day(1), 11, 5)
    case = troubles.write_case(
        stage.rows, order, "return", items=items, wanted={}, reason=reason, now=stage.now,
        steps=[("requested", asked_at, None), ("approved", approved_at, None)],
    )  # fmt: skip
    lines = [line for line in stage.rows.of[OrderLine] if line["order_id"] == order["id"]]
    due = troubles.due_back(order, lines, items, stage.rules)
    key = f"case:{case['id']}"
    stage.rows.add(
        Refund, id=stage.rows.new_id(approved_at), order_id=order["id"], customer_id=stage.customer_id,
        case_id=case["id"], state="requested", amount=due.amount, currency=order["currency"], idempotency_key=key,
        requested_at=approved_at,
    )  # fmt: skip
    body = {"items": items, "reason": reason, "amount": due.amount, "currency": order["currency"], "points": due.points}
    stage.rows.add(
        ShopRequest, id=stage.rows.new_id(approved_at), kind="refund", state="pending", customer_id=stage.customer_id,
        order_id=order["id"], case_id=case["id"], body=body, answer={}, due_at=approved_at, idempotency_key=key,
        request_hash=fingerprint("demo", key=key), created_at=approved_at,
    )  # fmt: skip
    return case
