"""Place an order: stock, price, delivery, coupons, points and number, all or nothing.

Locks: the new order, products and variants by id, coupons, points, and last the numbering.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.errors import ConflictError, RuleViolationError
from core.ids import new_id
from crm_store.catalogue import inventory
from crm_store.catalogue.models import Product, Variant
from crm_store.coupons.redemption import redeem
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.numbering import next_number
from crm_store.orders.fees import shipping_fee
from crm_store.orders.models import Order, OrderLine
from crm_store.orders.queries import get_order
from crm_store.orders.restoring import PAID_WITH_POINTS
from crm_store.points import service as points_ledger
from crm_store.shop.queries import current_rules, rule
from crm_store.staff.service import record


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is ordered, and how many pieces of it."""

    variant_id: str
    quantity: int


def place(
    session: Session,
    *,
    customer_id: str,
    lines: Sequence[NewLine],
    address: dict[str, Any],
    coupon_codes: Sequence[str] = (),
    points: int = 0,
    source: str,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> Order:
    """A paid order at today's prices; a regular delivery has its discount by rule subscription.discount_percent.

    The same key and request again return the first order; ConflictError("idempotency_conflict") for others.
    RuleViolationError: lines_missing, quantity_invalid, product_inactive, out_of_stock (variant_id, available),
    below_minimum_points (minimum), points_exceed_goods (maximum), insufficient_points, and those of coupons, see `redeem`.
    Refused, it leaves nothing behind, so a caller may go on and commit.
    """
    wanted = _gather(lines)
    order_id = _order_id(idempotency_key)
    get_customer(session, customer_id)
    with session.begin_nested():
        rules = current_rules(session)
        # Until it is numbered, at random: were this unique column equal too in two transactions with one key, PostgreSQL
        # could let each wait for the other (ON CONFLICT only settles the column it names).
        row = {
            "id": order_id, "number": new_id(), "customer_id": customer_id, "state": "paid", "total": 0,
            "currency": rule(rules, "shop.currency"), "address": address, "source": source, "placed_at": now,
        }  # fmt: skip
        if not insert_once(session, Order, row, ["id"]):
            return _repeated(session, order_id, customer_id, wanted, points, source, idempotency_key)
        goods = _take_goods(session, order_id, wanted, now)
        discount = min(goods, _discount(session, row, goods, coupon_codes, idempotency_key, actor, now))
        _spend(session, customer_id, order_id, points, goods - discount, rules, idempotency_key, actor, now)
        order = get_order(session, order_id, lock=True)
        order.discount, order.points_used = discount, points
        order.shipping_fee = shipping_fee(rules, goods, address)
        order.total = goods + order.shipping_fee - discount - points
        order.number = next_number(session, Order.number, "DG", str(rule(rules, "shop.timezone")), now)
        record(session, actor, "order.place", order_id, now, source=source)
        session.flush()
    return order


def _order_id(idempotency_key: str) -> str:
    """No column keeps the key: the order's id is made of it."""
    return hashlib.sha256(f"order:{idempotency_key}".encode()).hexdigest()[:32]


def find_placed(session: Session, idempotency_key: str) -> Order | None:
    """The order that was placed under this key, without lines and shipments."""
    return session.get(Order, _order_id(idempotency_key))


def _gather(lines: Sequence[NewLine]) -> Counter[str]:
    """Pieces by variant; the same variant twice is one line."""
    if not lines:
        raise RuleViolationError("lines_missing")
    wanted: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise RuleViolationError("quantity_invalid", quantity=line.quantity)
        wanted[line.variant_id] += line.quantity
    return wanted


def _repeated(
    session: Session,
    order_id: str,
    customer_id: str,
    wanted: Counter[str],
    points: int,
    source: str,
    idempotency_key: str,
) -> Order:
    order = get_order(session, order_id, lock=True)
    same = (order.customer_id, order.source, order.points_used) == (customer_id, source, points)
    # By product: an exchange may have changed a line's colour or size since.
    asked: Counter[str] = Counter()
    for variant in inventory.by_product(session, wanted):
        asked[variant.product_id] += wanted[variant.id]
    bought: Counter[str] = Counter()
    for line in order.lines:
        bought[line.product_id] += line.quantity
    if not same or bought != asked:
        raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
    return order


def _take_goods(session: Session, order_id: str, wanted: Counter[str], now: datetime) -> int:
    """Take everything out of stock and write the lines; what the goods cost."""
    goods = 0
    for variant in inventory.by_product(session, wanted):
        inventory.take(session, variant_id=variant.id, quantity=wanted[variant.id], now=now)
    for position, variant_id in enumerate(wanted, 1):
        variant = session.get_one(Variant, variant_id)
        product = session.get_one(Product, variant.product_id)
        if not (product.active and variant.active):
            raise RuleViolationError("product_inactive", variant_id=variant_id)
        price = product.price if variant.price is None else variant.price
        line = OrderLine(
            order_id=order_id, position=position, product_id=product.id, variant_id=variant_id,
            quantity=wanted[variant_id], unit_price=price,
        )  # fmt: skip
        session.add(line)
        goods += price * wanted[variant_id]
    session.flush()
    return goods


def _discount(
    session: Session,
    order: dict[str, Any],
    goods: int,
    coupon_codes: Sequence[str],
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> int:
    """What a regular delivery and coupons take off, in minor units."""
    percent = rule(current_rules(session), "subscription.discount_percent")
    discount = goods * int(percent) // 100 if order["source"] == "regular_delivery" else 0
    for code in coupon_codes:
        used = redeem(
            session, code=code, customer_id=order["customer_id"], order_id=order["id"], actor=actor, now=now,
            idempotency_key=f"{idempotency_key}:coupon:{code.strip().upper()}",
        )  # fmt: skip
        discount += used.discount
    return discount


def _spend(
    session: Session,
    customer_id: str,
    order_id: str,
    points: int,
    payable: int,
    rules: dict[str, Any],
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> None:
    if points == 0:
        return
    minimum = int(rule(rules, "points.minimum_use"))
    if points < minimum:
        raise RuleViolationError("below_minimum_points", minimum=minimum, points=points)
    if points > payable:
        raise RuleViolationError("points_exceed_goods", maximum=payable, points=points)
    points_ledger.spend(
        session, customer_id=customer_id, amount=points, reason=PAID_WITH_POINTS, idempotency_key=f"{idempotency_key}:points",
        actor=actor, now=now, order_id=order_id,
    )  # fmt: skip
