"""Refunds: how much goes back, and its way from requested over approved to paid. Amounts are in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import local_date
from core.ids import new_id
from crm_store.db import insert_once
from crm_store.orders.models import Order, Refund
from crm_store.shop.queries import current_rules, rule


@dataclass(frozen=True, slots=True)
class Quote:
    """What goes back for pieces of an order. `amount`: money, the return fee taken off; `points`: points that come back.

    `kept_points`: those that go on paying for what the customer keeps. `whole`: nothing is left, so coupons come back too.
    """

    goods: int
    discount: int
    points: int
    kept_points: int
    fee: int
    shipping: int
    amount: int
    whole: bool


def quote(order: Order, pieces: Mapping[int, int], rules: dict[str, Any], *, fault: bool) -> Quote:
    """What goes back for `pieces` (position to quantity), beside what came back before. The lines must be loaded.

    A part's share of the discount stays off; money goes back before points do. With `fault`, the shop's, there is no return
    fee, and the delivery fee goes back with the last piece.
    """
    goods = sum(line.quantity * line.unit_price for line in order.lines)
    before = sum(line.returned * line.unit_price for line in order.lines)
    after = before + sum(pieces.get(line.position, 0) * line.unit_price for line in order.lines)
    whole = all(line.returned + pieces.get(line.position, 0) >= line.quantity for line in order.lines)
    money_paid = max(0, goods - order.discount - order.points_used)

    def share(worth: int) -> int:
        return order.discount * worth // goods if goods else 0

    net_before, net_after = before - share(before), after - share(after)
    money = min(net_after, money_paid) - min(net_before, money_paid)
    points_before, points_after = max(0, net_before - money_paid), max(0, net_after - money_paid)
    shipping = order.shipping_fee if fault and whole else 0
    fee = 0 if fault else min(money, int(rule(rules, "returns.fee")))
    return Quote(
        goods=after - before,
        discount=share(after) - share(before),
        points=points_after - points_before,
        kept_points=order.points_used - points_after,
        fee=fee,
        shipping=shipping,
        amount=money - fee + shipping,
        whole=whole,
    )


def list_refunds(session: Session, customer_id: str, limit: int = 20) -> list[tuple[Refund, str]]:
    """A customer's refunds with their order's number, newest first."""
    query = (
        select(Refund, Order.number)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.customer_id == customer_id)
        .order_by(Refund.requested_at.desc(), Refund.id.desc())
        .limit(limit)
    )
    return [(refund, number) for refund, number in session.execute(query)]


def find_of_case(session: Session, case_id: str) -> Refund | None:
    """The refund of a return, None before it was approved."""
    return session.scalar(select(Refund).where(Refund.case_id == case_id).order_by(Refund.requested_at.desc()).limit(1))


def request_refund(
    session: Session, *, order: Order, case_id: str | None, amount: int, idempotency_key: str, now: datetime
) -> Refund:
    """A refund that awaits the shop's agreement. The same key again returns the first one."""
    row = {
        "id": new_id(), "order_id": order.id, "customer_id": order.customer_id, "case_id": case_id, "amount": amount,
        "currency": order.currency, "idempotency_key": idempotency_key, "requested_at": now,
    }  # fmt: skip
    insert_once(session, Refund, row, ["idempotency_key"])
    return session.scalars(select(Refund).where(Refund.idempotency_key == idempotency_key)).one()


def approve(session: Session, refund: Refund, *, amount: int, expected_on: date, now: datetime) -> None:
    """The shop agreed: the money leaves by `expected_on`. Nothing for a refund that was decided before."""
    if refund.state == "requested":
        refund.state, refund.amount = "approved", amount
        refund.approved_at, refund.expected_on = now, expected_on
        session.flush()


def refuse(session: Session, refund: Refund) -> None:
    """The shop refused. Nothing for a refund that was decided before."""
    if refund.state == "requested":
        refund.state = "refused"
        session.flush()


def pay_due(session: Session, now: datetime) -> int:
    """Mark as paid what was to leave by today, the shop's day; how many."""
    today = local_date(now, str(rule(current_rules(session), "shop.timezone")))
    paid = session.execute(
        update(Refund)
        .where(Refund.state == "approved", Refund.expected_on <= today)
        .values(state="paid", paid_at=now)
        .returning(Refund.id)
    )
    return len(paid.all())
