"""Requests for a copy of one's data, and for erasure: opened, taken back, and what stands against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import RuleViolationError
from crm_store.accounts.mails import queue_mail, written_day
from crm_store.accounts.models import DataRequest
from crm_store.cases.models import OPEN_STATES, Case
from crm_store.customers.models import Customer
from crm_store.customers.queries import get_customer
from crm_store.orders.models import Order, Refund
from crm_store.shop.queries import current_rules, rule

_UNDER_WAY = ("paid", "preparing", "shipped")


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """What must end before an account can: numbers of orders under way or with money to come back, and of open cases."""

    orders: Sequence[str]
    cases: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.orders or self.cases)


def open_export(
    session: Session, *, customer_id: str, conversation_id: str, channel: str | None, now: datetime
) -> tuple[DataRequest, bool]:
    """Ask for a copy of all that is known of a customer; the open request where there is one. True when it is new.

    RuleViolationError("email_missing"): the link goes to the account's e-mail alone.
    """
    if get_customer(session, customer_id).email is None:
        raise RuleViolationError("email_missing")
    days = int(rule(current_rules(session), "privacy.export_days"))
    return _open(session, "export", customer_id, conversation_id, channel, None, days, now)


def open_erasure(
    session: Session, *, customer_id: str, conversation_id: str, reason: str | None, channel: str | None, now: datetime
) -> tuple[DataRequest, bool]:
    """Ask to be erased after account.erasure_grace_days; the open request where there is one. True when it is new.

    RuleViolationError("matters_open", orders=, cases=) with the numbers of what is still under way.
    """
    if matters := open_matters(session, customer_id):
        raise RuleViolationError("matters_open", orders=list(matters.orders), cases=list(matters.cases))
    rules = current_rules(session)
    days = int(rule(rules, "account.erasure_grace_days"))
    request, new = _open(session, "erasure", customer_id, conversation_id, channel, reason, days, now)
    customer = get_customer(session, customer_id)
    if new and customer.email is not None:
        queue_mail(
            session, "erasure", recipient=customer.email, language=customer.language, key=f"erasure:{request.id}", now=now,
            day=written_day(request.due_on, customer.language), order_years=rule(rules, "privacy.order_years"),
            complaint_years=rule(rules, "privacy.complaint_years"),
        )  # fmt: skip
    return request, new


def withdraw_erasure(session: Session, *, customer_id: str, now: datetime) -> bool:
    """Keep the account after all; False when no request is open."""
    _lock(session, customer_id)  # erasing it just now comes first, or not at all
    wanted = update(DataRequest).where(DataRequest.customer_id == customer_id, DataRequest.kind == "erasure")
    kept = session.scalars(
        wanted.where(DataRequest.state == "open").values(state="withdrawn", done_at=now).returning(DataRequest.id)
    ).all()
    return bool(kept)


def find_open(session: Session, customer_id: str, kind: Literal["export", "erasure"]) -> DataRequest | None:
    """The customer's open request of a kind."""
    mine = select(DataRequest).where(DataRequest.customer_id == customer_id, DataRequest.kind == kind)
    return session.scalar(mine.where(DataRequest.state == "open").limit(1))


def open_matters(session: Session, customer_id: str) -> OpenMatters:
    """What is under way for a customer."""
    owed = select(Refund.order_id).where(Refund.customer_id == customer_id, Refund.state.in_(("requested", "approved")))
    orders = select(Order.number).where(Order.customer_id == customer_id)
    orders = orders.where(Order.state.in_(_UNDER_WAY) | Order.id.in_(owed)).order_by(Order.placed_at)
    cases = select(Case.number).where(Case.customer_id == customer_id, Case.state.in_(OPEN_STATES))
    return OpenMatters(
        session.scalars(orders).all(), session.scalars(cases.order_by(Case.opened_at)).all()
    )  # fmt: skip


def due_requests(session: Session, kind: Literal["export", "erasure"], now: datetime, limit: int = 20) -> list[str]:
    """Ids of open requests to be carried out: exports at once, erasures from their day on when nothing is under way."""
    wanted = select(DataRequest).where(DataRequest.kind == kind, DataRequest.state == "open")
    if kind == "erasure":
        wanted = wanted.where(DataRequest.due_on <= local_date(now, _timezone(session)))
    due = []
    for request in session.scalars(wanted.order_by(DataRequest.due_on, DataRequest.id)):
        if kind == "export" or not open_matters(session, request.customer_id):
            due.append(request.id)
        if len(due) >= limit:
            break
    return due


def lock_open_request(session: Session, request_id: str) -> DataRequest | None:
    """The request with its customer locked, None when it is not open any more."""
    request = session.get_one(DataRequest, request_id)
    _lock(session, request.customer_id)
    session.refresh(request)
    return request if request.state == "open" else None


def _lock(session: Session, customer_id: str) -> None:
    session.scalar(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))


def _open(
    session: Session, kind: Literal["export", "erasure"], customer_id: str, conversation_id: str, channel: str | None,
    reason: str | None, days: int, now: datetime,
) -> tuple[DataRequest, bool]:  # fmt: skip
    _lock(session, customer_id)
    if (earlier := find_open(session, customer_id, kind)) is not None:
        return earlier, False
    request = DataRequest(
        kind=kind, state="open", customer_id=customer_id, conversation_id=conversation_id, reason=reason, channel=channel,
        due_on=local_date(now, _timezone(session)) + timedelta(days=days), created_at=now,
    )  # fmt: skip
    session.add(request)
    session.flush()
    return request, True


def _timezone(session: Session) -> str:
    return str(rule(current_rules(session), "shop.timezone"))
