"""Use cases on orders: place, cancel, change the address, prepare, ship, deliver, confirm.

What the shop must agree to only asks here; `crm_store.orders.agreed` does it. Locks begin with the order.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import RuleViolationError
from crm_store.cases.models import OPEN_STATES as OPEN_CASES
from crm_store.cases.models import Case
from crm_store.loyalty import purchases
from crm_store.orders.agreed import OPEN_STATES
from crm_store.orders.fees import add_working_days, remote_fee
from crm_store.orders.models import Order, Shipment
from crm_store.orders.placing import NewLine, place
from crm_store.orders.queries import get_order, latest_shipment
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.queries import find_by_key, list_pending
from crm_store.shop_requests.service import ask_shop, refuse_pending
from crm_store.staff.service import record

__all__ = ["NewLine", "cancel", "change_address", "confirm", "confirm_due", "deliver", "place", "prepare", "ship"]
CONFIRM_BATCH = 100


def cancel(
    session: Session,
    *,
    order_id: str,
    reason: str | None,
    conversation_id: str | None,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> ShopRequest:
    """Ask the shop to cancel an order that has not left; the request says whether it has agreed. Keys as in `ask_shop`.

    RuleViolationError("order_not_cancellable") with the order's `state`; ("request_pending") with `kind` when the shop has not
    answered an earlier request.
    """
    return _ask(
        session, kind="cancel_order", refusal="order_not_cancellable", order_id=order_id, body={"reason": reason},
        conversation_id=conversation_id, idempotency_key=idempotency_key, actor=actor, now=now,
    )  # fmt: skip


def change_address(
    session: Session,
    *,
    order_id: str,
    address: dict[str, Any],
    conversation_id: str | None,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> ShopRequest:
    """Ask the shop to send an order elsewhere. `body` of the request has `more_fee`, the surcharge for a remote place.

    An empty postcode is one that is not known: the street says where it is. RuleViolationError("address_not_changeable") with
    the order's `state`, ("address_invalid") where postcode or line1 is left out,
    and ("request_pending") as in `cancel`.
    """
    if address.get("postcode") is None or not address.get("line1"):
        raise RuleViolationError("address_invalid")
    return _ask(
        session, kind="change_address", refusal="address_not_changeable", order_id=order_id,
        body=_address_body(session, order_id, address, idempotency_key), conversation_id=conversation_id,
        idempotency_key=idempotency_key, actor=actor, now=now,
    )  # fmt: skip


def _address_body(session: Session, order_id: str, address: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
    before = get_order(session, order_id, lock=True).address
    stored = find_by_key(session, idempotency_key)
    if stored is not None and {**stored.body.get("address", {}), **address} == stored.body.get("address"):
        # The same again: once it was confirmed, the surcharge would not be "more" any longer.
        return stored.body
    rules = current_rules(session)
    more = max(0, remote_fee(rules, address) - remote_fee(rules, before))
    return {"address": {**before, **address}, "more_fee": more}


def _ask(
    session: Session,
    *,
    kind: str,
    refusal: str,
    order_id: str,
    body: dict[str, Any],
    conversation_id: str | None,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> ShopRequest:
    order = get_order(session, order_id, lock=True)
    if find_by_key(session, idempotency_key) is None:
        if order.state not in OPEN_STATES:
            raise RuleViolationError(refusal, order_id=order_id, state=order.state)
        if pending := list_pending(session, order_id=order_id):
            raise RuleViolationError("request_pending", order_id=order_id, kind=pending[0].kind)
    return ask_shop(
        session, kind=kind, customer_id=order.customer_id, order_id=order_id, case_id=None,
        conversation_id=conversation_id, body=body, idempotency_key=idempotency_key, actor=actor, now=now,
    )  # fmt: skip


def prepare(session: Session, *, order_id: str, actor: str, now: datetime) -> Order:
    """Begin to pack. RuleViolationError("order_not_paid") with `state`; a second time changes nothing."""
    order = get_order(session, order_id, lock=True)
    if order.state != "preparing":
        _need(order, ("paid",), "order_not_paid")
        order.state = "preparing"
        record(session, actor, "order.prepare", order_id, now)
        session.flush()
    return order


def ship(
    session: Session,
    *,
    order_id: str,
    courier: str | None = None,
    tracking_number: str | None = None,
    expected_on: date | None = None,
    actor: str,
    now: datetime,
) -> Shipment:
    """The parcel left: by default with the shop's courier, expected after shipping.days_max working days.

    What awaited the shop's agreement is refused as overtaken. The same tracking number again changes nothing.
    RuleViolationError("order_not_shippable") with `state`.
    """
    order = get_order(session, order_id, lock=True)
    latest = latest_shipment(order)
    if order.state == "shipped" and latest is not None and latest.tracking_number == tracking_number:
        return latest
    _need(order, OPEN_STATES, "order_not_shippable")
    rules = current_rules(session)
    day = local_date(now, str(rule(rules, "shop.timezone")))
    names = rule(rules, "shipping.courier")
    shipment = Shipment(
        order_id=order_id, state="in_transit", courier=courier or str(names["ko"] if isinstance(names, dict) else names),
        tracking_number=tracking_number, created_at=now, shipped_at=now,
        expected_on=expected_on or add_working_days(day, int(rule(rules, "shipping.days_max"))),
    )  # fmt: skip
    session.add(shipment)
    order.state, order.shipped_at = "shipped", now
    record(session, actor, "order.ship", order_id, now)
    session.flush()
    refuse_pending(
        session, order_id=order_id, kinds=("cancel_order", "change_address"), reason="dispatched", actor=actor, now=now
    )
    return shipment


def deliver(session: Session, *, order_id: str, actor: str, now: datetime) -> Order:
    """The parcel arrived. RuleViolationError("order_not_shipped") with `state`; a second time changes nothing."""
    order = get_order(session, order_id, lock=True)
    if order.state == "delivered":
        return order
    _need(order, ("shipped",), "order_not_shipped")
    order.state, order.delivered_at = "delivered", now
    for shipment in order.shipments:
        if shipment.state == "in_transit":
            shipment.state, shipment.delivered_at = "delivered", now
    record(session, actor, "order.deliver", order_id, now)
    session.flush()
    return order


def confirm(session: Session, *, order_id: str, actor: str, now: datetime) -> Order:
    """The purchase counts from now on: points, tier, referral. A second time changes nothing.

    RuleViolationError("order_not_delivered") with `state`, ("case_open") while a return or exchange is under way.
    """
    order = get_order(session, order_id, lock=True)
    if order.confirmed_at is not None:
        return order
    _need(order, ("delivered",), "order_not_delivered")
    open_case = select(Case.number).where(*_holding(order_id)).limit(1)
    if (number := session.scalar(open_case)) is not None:
        raise RuleViolationError("case_open", case_number=number)
    order.confirmed_at = now
    record(session, actor, "order.confirm", order_id, now)
    session.flush()
    purchases.reward(session, order, actor=actor, now=now)
    return order


def confirm_due(session: Session, now: datetime) -> int:
    """Confirm the next hundred purchases delivered points.confirm_days ago; how many. Run it again until it returns 0."""
    days = timedelta(days=int(rule(current_rules(session), "points.confirm_days")))
    held = select(Case.id).where(Case.order_id == Order.id, *_holding(None)).exists()
    due = (
        select(Order.id)
        .where(Order.state == "delivered", Order.confirmed_at.is_(None), Order.delivered_at <= now - days, ~held)
        .order_by(Order.customer_id, Order.id)  # as accounts are locked
        .limit(CONFIRM_BATCH)
    )
    ids = session.scalars(due).all()
    return sum(_confirm_if_still_due(session, order_id, now) for order_id in ids)


def _confirm_if_still_due(session: Session, order_id: str, now: datetime) -> bool:
    order = get_order(session, order_id, lock=True)
    held = session.scalar(select(Case.id).where(*_holding(order_id)).limit(1))
    if order.state != "delivered" or held is not None:  # it was sent back while this waited for its lock
        return False
    confirm(session, order_id=order_id, actor="system", now=now)
    return True


def _holding(order_id: str | None) -> list[Any]:
    conditions: list[Any] = [Case.kind.in_(("return", "exchange")), Case.state.in_(OPEN_CASES)]
    return conditions if order_id is None else [Case.order_id == order_id, *conditions]


def _need(order: Order, states: tuple[str, ...], refusal: str) -> None:
    if order.state not in states:
        raise RuleViolationError(refusal, order_id=order.id, state=order.state)
