"""Puts a demonstration customer into the state that is promised, relative to now, so that every request can be shown on them.

Four orders (on its way, cancellable, returnable, one with a return under way), a cart, a wishlist, a regular delivery, a
coupon, points of which some expire soon, a birthday near or far.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date
from crm_store.carts import service as carts
from crm_store.cases.models import Case
from crm_store.coupons import service as coupons
from crm_store.coupons.terms import keep_terms
from crm_store.customers.models import Customer
from crm_store.idempotency import fingerprint
from crm_store.numbering import next_number
from crm_store.orders.fees import add_working_days
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.regular_deliveries.models import RegularDelivery
from crm_store.shop.queries import current_rules
from crm_store.wishes import service as wishes
from dangol.demo import staged_orders
from dangol.demo.people import Person, Pool
from dangol.demo.purses import ACTOR
from dangol.demo.rows import Rows
from dangol.demo.staged_orders import Stage
from dangol.demo.subscriptions import intervals

# Days from today to the birthday: inside the birthday coupon's window with days to spare, and far outside any.
_BIRTHDAY_IN: dict[Pool, tuple[int, int]] = {"near": (1, 4), "far": (170, 195)}
_THANKS = {"title": {"ko": "단골 감사 쿠폰", "en": "Thank-you coupon"}, "minimum_order": 20_000, "valid_days": 45}
_THANKS_WORTH = 3_000


def stage(session: Session, customer: Customer, person: Person, pool: Pool, now: datetime) -> None:
    """Give the customer everything that is promised of the pool's people."""
    rules = current_rules(session)
    today = local_date(now, rules["shop"]["timezone"])
    chance = random.Random(f"stage {person.ref}")
    customer.birthday = _birthday(person.birthday.year, today + timedelta(days=chance.randint(*_BIRTHDAY_IN[pool])))
    staged = Stage(Rows(f"stage {person.ref}"), customer.id, person, chance, rules, now, today)
    case = staged_orders.add_orders(staged)
    _add_regular_delivery(staged)
    timezone = rules["shop"]["timezone"]
    for order in sorted(staged.rows.of.pop(Order), key=lambda row: row["placed_at"]):
        order["number"] = next_number(session, Order.number, "DG", timezone, order["placed_at"])
        session.execute(insert(Order.__table__), order)  # type: ignore[arg-type]
    case["number"] = next_number(session, Case.number, "C", timezone, case["opened_at"])
    staged.rows.write(session)
    _stage_points(session, customer, chance, now, today, rules)
    _stage_wishes(session, staged)
    terms = keep_terms(session, "thanks", _THANKS, rules, kind="amount", value=_THANKS_WORTH)
    coupons.issue(
        session, terms_id=terms.id, customer_id=customer.id, occasion="demo", actor=ACTOR, now=now,
        idempotency_key=f"demo-stage:{person.ref}:thanks",
    )  # fmt: skip


def _birthday(year: int, next_one: date) -> date:
    # A birthday on 29 February would fall on another day in most years.
    if (next_one.month, next_one.day) == (2, 29):
        next_one -= timedelta(days=1)
    return next_one.replace(year=year)


def _add_regular_delivery(stage: Stage) -> None:
    product, variant_id = stage.choose(staged_orders.repeated)
    weeks = stage.chance.choice(intervals(stage.rules))
    next_on = add_working_days(stage.today + timedelta(days=stage.chance.randint(6, 6 + 7 * weeks // 2)), 0)
    created_at = stage.now - timedelta(weeks=weeks, days=3)
    stage.rows.add(
        RegularDelivery, id=stage.rows.new_id(created_at), customer_id=stage.customer_id, variant_id=variant_id,
        product_id=product.id, quantity=1, interval_weeks=weeks, next_on=next_on, state="active",
        address=stage.person.address, idempotency_key=f"demo:regular:{stage.person.ref}", created_at=created_at,
        request_hash=fingerprint("regular", customer_id=stage.customer_id, variant_id=variant_id),
    )  # fmt: skip


def _stage_wishes(session: Session, stage: Stage) -> None:
    """A cart with one or two things, left some hours ago, and something saved for later."""
    at = stage.now - timedelta(hours=stage.chance.randint(2, 40))
    for _ in range(stage.chance.choice((1, 2))):
        _, variant_id = stage.choose(staged_orders.on_sale)
        carts.add(session, customer_id=stage.customer_id, variant_id=variant_id, quantity=1, now=at)
    product, _ = stage.choose(staged_orders.with_options)
    wishes.save_for_later(session, customer_id=stage.customer_id, product_id=product.id, now=at)


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
