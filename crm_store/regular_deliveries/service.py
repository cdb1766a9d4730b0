"""Use cases on regular deliveries: begin, change, skip, end, and ordering what is due.

A change counts for the next order up to `subscription.change_days` days before it; later it counts from the one after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import NotFoundError, RuleViolationError
from core.ids import new_id
from crm_store.catalogue.queries import get_variant
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.orders.placing import NewLine, place
from crm_store.regular_deliveries.models import RegularDelivery, RegularDeliveryRun
from crm_store.shop.queries import current_rules, rule
from crm_store.staff.service import record

RUN_BATCH = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a due day: `state` ordered, missed (sold out, retired), with the delivery and the order's number."""

    delivery: RegularDelivery
    due_on: date
    state: str
    order_number: str | None


def _today(rules: dict[str, Any], now: datetime) -> date:
    return local_date(now, str(rule(rules, "shop.timezone")))


def intervals(rules: dict[str, Any]) -> list[int]:
    """The intervals on offer, in weeks."""
    return [int(weeks) for weeks in rule(rules, "subscription.interval_weeks")]


def begin(
    session: Session, *, customer_id: str, variant_id: str, quantity: int, interval_weeks: int, idempotency_key: str,
    actor: str, now: datetime,
) -> RegularDelivery:  # fmt: skip
    """Begin a regular delivery to the customer's own address; the first order is placed on the next day the worker runs.

    RuleViolationError("interval_not_offered", offered=), ("quantity_invalid"), ("not_sold"), ("address_missing"),
    ("already_regular", delivery_id=) when the same variant comes regularly already. Keys as everywhere.
    """
    asked = fingerprint(
        "regular_delivery", customer_id=customer_id, variant_id=variant_id, quantity=quantity, interval=interval_weeks
    )
    customer = get_customer(session, customer_id)
    stored = session.scalar(select(RegularDelivery).where(RegularDelivery.idempotency_key == idempotency_key))
    if stored is not None:
        check_same(stored.request_hash, asked, idempotency_key)
        return stored
    rules, variant = current_rules(session), get_variant(session, variant_id)
    if interval_weeks not in intervals(rules):
        raise RuleViolationError("interval_not_offered", offered=intervals(rules))
    if quantity < 1:
        raise RuleViolationError("quantity_invalid", quantity=quantity)
    if not variant.active:
        raise RuleViolationError("not_sold", variant_id=variant_id)
    if not customer.address:
        raise RuleViolationError("address_missing")
    for other in list_active(session, customer_id):
        if other.variant_id == variant_id:
            raise RuleViolationError("already_regular", delivery_id=other.id)
    row = {
        "id": new_id(), "customer_id": customer_id, "variant_id": variant_id, "product_id": variant.product_id,
        "quantity": quantity, "interval_weeks": interval_weeks, "next_on": _today(rules, now), "state": "active",
        "address": customer.address, "idempotency_key": idempotency_key, "request_hash": asked, "created_at": now,
    }  # fmt: skip
    insert_once(session, RegularDelivery, row, ["idempotency_key"])
    record(session, actor, "regular_delivery.begin", str(row["id"]), now, variant_id=variant_id)
    return session.get_one(RegularDelivery, row["id"])


def list_active(session: Session, customer_id: str) -> list[RegularDelivery]:
    """A customer's running regular deliveries, the next due one in front."""
    query = (
        select(RegularDelivery)
        .where(RegularDelivery.customer_id == customer_id, RegularDelivery.state == "active")
        .order_by(RegularDelivery.next_on, RegularDelivery.id)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _own(session: Session, delivery_id: str, customer_id: str) -> RegularDelivery:
    """A customer's own running delivery, locked. NotFoundError("regular_delivery_not_found") otherwise."""
    delivery = session.scalar(
        select(RegularDelivery)
        .where(RegularDelivery.id == delivery_id, RegularDelivery.customer_id == customer_id)
        .where(RegularDelivery.state == "active")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if delivery is None:
        raise NotFoundError("regular_delivery_not_found", delivery_id=delivery_id)
    return delivery


def too_late_for_next(delivery: RegularDelivery, rules: dict[str, Any], now: datetime) -> bool:
    """Whether the next order can no longer be changed."""
    return delivery.next_on - _today(rules, now) < timedelta(days=int(rule(rules, "subscription.change_days")))


def skip_next(session: Session, *, delivery_id: str, customer_id: str, actor: str, now: datetime) -> RegularDelivery:
    """Leave the next order out. RuleViolationError("too_late_to_change", next_on=) when it is too near."""
    delivery, rules = _own(session, delivery_id, customer_id), current_rules(session)
    if too_late_for_next(delivery, rules, now):
        raise RuleViolationError("too_late_to_change", next_on=delivery.next_on.isoformat())
    session.add(
        RegularDeliveryRun(
            delivery_id=delivery.id, due_on=delivery.next_on, state="skipped", reason="wish", created_at=now
        )
    )
    delivery.next_on += timedelta(weeks=delivery.interval_weeks)
    record(session, actor, "regular_delivery.skip", delivery.id, now)
    session.flush()
    return delivery


def change(
    session: Session, *, delivery_id: str, customer_id: str, quantity: int | None = None,
    interval_weeks: int | None = None, actor: str, now: datetime,
) -> RegularDelivery:  # fmt: skip
    """Another quantity or interval. Errors as in `begin`."""
    delivery, rules = _own(session, delivery_id, customer_id), current_rules(session)
    if interval_weeks is not None:
        if interval_weeks not in intervals(rules):
            raise RuleViolationError("interval_not_offered", offered=intervals(rules))
        if not too_late_for_next(delivery, rules, now):
            delivery.next_on += timedelta(weeks=interval_weeks - delivery.interval_weeks)
            delivery.next_on = max(delivery.next_on, _today(rules, now))
        delivery.interval_weeks = interval_weeks
    if quantity is not None:
        if quantity < 1:
            raise RuleViolationError("quantity_invalid", quantity=quantity)
        delivery.quantity = quantity
    record(session, actor, "regular_delivery.change", delivery.id, now)
    session.flush()
    return delivery


def end(
    session: Session, *, delivery_id: str, customer_id: str, reason: str | None, actor: str, now: datetime
) -> RegularDelivery:
    """End it. RuleViolationError("too_late_to_change", next_on=) when the next order is too near to be stopped."""
    delivery, rules = _own(session, delivery_id, customer_id), current_rules(session)
    if too_late_for_next(delivery, rules, now):
        raise RuleViolationError("too_late_to_change", next_on=delivery.next_on.isoformat())
    delivery.state, delivery.ended_at, delivery.reason = "ended", now, reason
    record(session, actor, "regular_delivery.end", delivery.id, now)
    session.flush()
    return delivery


def order_due(session: Session, now: datetime) -> list[Outcome]:
    """Place the orders of up to 50 deliveries that are due; each due day once, whoever runs it, also when days were missed.

    What is sold out or retired is missed, and tried again at the next date. Run it until it returns nothing.
    """
    rules = current_rules(session)
    today = _today(rules, now)
    due = session.scalars(
        select(RegularDelivery)
        .where(RegularDelivery.state == "active", RegularDelivery.next_on <= today)
        .order_by(RegularDelivery.next_on, RegularDelivery.id)
        .limit(RUN_BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return [_order(session, delivery, today, now) for delivery in due]


def _order(session: Session, delivery: RegularDelivery, today: date, now: datetime) -> Outcome:
    due_on = delivery.next_on
    run = RegularDeliveryRun(delivery_id=delivery.id, due_on=due_on, state="ordered", created_at=now)
    number = None
    try:
        order = place(
            session, customer_id=delivery.customer_id, lines=[NewLine(delivery.variant_id, delivery.quantity)],
            address=delivery.address, source="regular_delivery", idempotency_key=f"regular:{delivery.id}:{due_on}",
            actor="worker", now=now,
        )  # fmt: skip
        run.order_id, number = order.id, order.number
    except RuleViolationError as error:
        run.state, run.reason = "missed", error.code[:60]
    session.add(run)
    while delivery.next_on <= today:  # a store that slept for weeks orders once, not once a week slept
        delivery.next_on += timedelta(weeks=delivery.interval_weeks)
    session.flush()
    return Outcome(delivery, due_on, run.state, number)


def take_due_notices(session: Session, now: datetime) -> list[RegularDelivery]:
    """Deliveries whose next order is to be announced now, each once for a date."""
    rules = current_rules(session)
    until = _today(rules, now) + timedelta(days=int(rule(rules, "subscription.notice_days")))
    due = session.scalars(
        select(RegularDelivery)
        .where(RegularDelivery.state == "active", RegularDelivery.next_on <= until)
        .where(RegularDelivery.notified_for.is_(None) | (RegularDelivery.notified_for < RegularDelivery.next_on))
        .order_by(RegularDelivery.id)
        .limit(RUN_BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for delivery in due:
        delivery.notified_for = delivery.next_on
    session.flush()
    return list(due)
