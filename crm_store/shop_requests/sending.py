"""The way of a request to the shop's own system: claimed with a lease, then sent, or tried again later.

A sender that dies leaves its lease to run out, and the request is sent again: the shop knows it by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from crm_store.cases.models import Case
from crm_store.customers.models import Customer
from crm_store.orders.models import Order
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.queries import agreement

LEASE = timedelta(seconds=60)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed request: its id, and the document to send."""

    request_id: str
    attempts: int
    document: dict[str, Any]


def has_due(session: Session, now: datetime) -> bool:
    """Whether `claim` may find something; a mere look, so that an idle sender takes no write lock."""
    return session.scalar(select(ShopRequest.id).where(*_due(now)).limit(1)) is not None and (
        agreement(session) == "webhook"
    )


def claim(session: Session, *, owner: str, now: datetime, limit: int = 10) -> Sequence[Outgoing]:
    """Take due requests for sending, the oldest first; none unless by rule the shop's own system agrees."""
    if agreement(session) != "webhook":
        return []
    due = (
        select(ShopRequest)
        .where(*_due(now))
        .order_by(ShopRequest.due_at, ShopRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    claimed = session.scalars(due).all()
    for request in claimed:
        request.lease_owner, request.lease_until = owner, now + LEASE
        request.attempts += 1
    session.flush()
    return [Outgoing(request.id, request.attempts, _document(session, request)) for request in claimed]


def settle_sent(session: Session, request_id: str, *, owner: str, now: datetime) -> None:
    """The shop has it and will answer; it is not sent again."""
    _settle(session, request_id, owner, sent_at=now, error=None, lease_until=None)


def settle_failed(session: Session, outgoing: Outgoing, *, owner: str, error: str, now: datetime) -> None:
    """The shop did not take it: again after 5 seconds, then twice as long each time, up to 15 minutes, until it is decided."""
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(outgoing.attempts - 1, 10))
    _settle(session, outgoing.request_id, owner, error=error[:200], due_at=now + wait, lease_until=None)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ShopRequest.state == "pending",
        ShopRequest.sent_at.is_(None),
        ShopRequest.due_at <= now,
        ShopRequest.lease_until.is_(None) | (ShopRequest.lease_until < now),
    )


def _settle(session: Session, request_id: str, owner: str, **values: object) -> None:
    session.execute(
        update(ShopRequest)
        .where(ShopRequest.id == request_id, ShopRequest.state == "pending", ShopRequest.lease_owner == owner)
        .values(**values)
    )


def _document(session: Session, request: ShopRequest) -> dict[str, Any]:
    """What the shop reads; its own names where it gave us some."""
    customer = session.get_one(Customer, request.customer_id)
    order = session.get(Order, request.order_id) if request.order_id else None
    case = session.get(Case, request.case_id) if request.case_id else None
    return {
        "id": request.id,
        "kind": request.kind,
        "created_at": request.created_at.isoformat(),
        "customer": customer.external_ref or customer.id,
        "order": order.number if order else None,
        "case": case.number if case else None,
        "details": request.body,
    }
