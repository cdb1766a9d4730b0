"""Puts a demonstration customer into the state that is promised, relative to now: orders on their way, points about to expire."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date
from core.errors import ConflictError
from core.ids import new_id
from crm_store.customers.models import Customer
from crm_store.db import insert_once
from crm_store.orders.models import Order, OrderLine, Shipment
from crm_store.points import service as points
from crm_store.shop.queries import current_rules
from dangol.demo import catalogue
from dangol.demo.history import Line, charge, moment, tracking_number, workday
from dangol.demo.people import Person, Pool

ACTOR = "demo"
# Days from today to the birthday: inside the birthday coupon's window with days to spare, and far outside any.
_BIRTHDAY_IN: dict[Pool, tuple[int, int]] = {"near": (1, 4), "far": (170, 195)}
_ATTEMPTS = 200


def stage(session: Session, customer: Customer, person: Person, pool: Pool, now: datetime) -> None:
    """Give the customer a birthday near or far, three orders in three states, and points of which some expire soon."""
    rules = current_rules(session)
    today = local_date(now, rules["shop"]["timezone"])
    chance = random.Random(f"stage {person.ref}")
    customer.birthday = _birthday(person.birthday.year, today + timedelta(days=chance.randint(*_BIRTHDAY_IN[pool])))
    _stage_orders(session, customer, person, chance, now, today, rules)
    _stage_points(session, customer, chance, now, today, rules)


def _birthday(year: int, next_one: date) -> date:
    # A birthday on 29 February would fall on another day in most years.
    if (next_one.month, next_one.day) == (2, 29):
        next_one -= timedelta(days=1)
    return next_one.replace(year=year)


def _stage_orders(
    session: Session, customer: Customer, person: Person, chance: random.Random, now: datetime, today: date,
    rules: dict[str, Any],
) -> None:  # fmt: skip
    def day(ago: int) -> date:
        return today - timedelta(days=ago)

    def add(**values: Any) -> None:
        _add_order(session, customer, person, chance, rules, values)

    courier = rules["shipping"]["courier"][person.language]
    add(
        state="delivered", placed_at=moment(day(6), 20, chance.randint(0, 59)), shipped_at=moment(day(5), 17, 10),
        delivered_at=moment(day(3), 14, chance.randint(0, 59)),
        parcel={"expected_on": day(3), "courier": courier, "tracking_number": tracking_number(chance)},
    )  # fmt: skip
    add(
        state="shipped", placed_at=moment(day(2), 21, chance.randint(0, 59)), shipped_at=moment(day(1), 17, 20),
        parcel={"expected_on": workday(day(-1)), "courier": courier, "tracking_number": tracking_number(chance)},
    )  # fmt: skip
    add(state="paid", placed_at=now - timedelta(minutes=chance.randint(5, 40)))


def _add_order(
    session: Session, customer: Customer, person: Person, chance: random.Random, rules: dict[str, Any],
    values: dict[str, Any],
) -> None:  # fmt: skip
    parcel = values.pop("parcel", None)
    in_stock = [product for product in catalogue.load().products if product.stock > 0 and product.price < 70_000]
    lines = tuple(Line(product, 1) for product in chance.sample(in_stock, chance.randint(1, 2)))
    _, total = charge(lines, rules)
    row = {
        "id": new_id(), "customer_id": customer.id, "total": total, "currency": rules["shop"]["currency"],
        "address": person.address, **values,
    }  # fmt: skip
    month = local_date(values["placed_at"], rules["shop"]["timezone"])
    # Chosen by chance among a month's numbers: two reservations at once need not wait for one counter.
    for _ in range(_ATTEMPTS):
        if insert_once(session, Order, {**row, "number": f"DG{month:%y%m}{random.randint(1000, 9999)}"}, ["number"]):
            break
    else:
        raise ConflictError("order_numbers_used_up", month=f"{month:%Y-%m}")
    if parcel:
        sent = {name: values.get(name) for name in ("shipped_at", "delivered_at")}
        state = "delivered" if sent["delivered_at"] else "in_transit"
        session.add(Shipment(order_id=row["id"], state=state, created_at=sent["shipped_at"], **sent, **parcel))
    session.add_all(
        OrderLine(
            order_id=row["id"], position=position, product_id=line.product.id, quantity=line.quantity,
            unit_price=line.product.price,
        )
        for position, line in enumerate(lines, 1)
    )  # fmt: skip
    session.flush()


def _stage_points(
    session: Session, customer: Customer, chance: random.Random, now: datetime, today: date, rules: dict[str, Any]
) -> None:
    timezone = rules["shop"]["timezone"]
    earned_at = max(customer.joined_at or now, now - timedelta(days=60))
    soon = chance.randint(6, rules["points"]["expiry_notice_days"] - 6)
    for reason, amount, days in (
        ("event", 100 * chance.randint(6, 15), soon),
        ("purchase", chance.randint(1200, 4800), 300),
    ):
        points.earn(
            session, customer_id=customer.id, amount=amount, reason=reason,
            idempotency_key=f"demo-stage:{customer.external_ref}:{reason}", actor=ACTOR, now=earned_at,
            expires_at=end_of_day(today + timedelta(days=days), timezone),
        )  # fmt: skip
