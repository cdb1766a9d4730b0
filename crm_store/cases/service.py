"""Use cases on cases: open one, move it on. Locks: the order, the case, the shop's request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.errors import NotFoundError, RuleViolationError
from crm_store.cases import agreed, checks
from crm_store.cases.history import check_move, pieces_of, write_step
from crm_store.cases.models import KINDS, Case
from crm_store.cases.queries import find_by_key, get_case
from crm_store.catalogue import inventory
from crm_store.idempotency import check_same, fingerprint
from crm_store.numbering import next_number
from crm_store.orders import refunds
from crm_store.orders.models import Order
from crm_store.orders.queries import get_order
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.service import ask_shop, refuse_pending
from crm_store.staff.service import record

_SENDING_BACK = ("return", "exchange")


def open_case(
    session: Session,
    *,
    kind: str,
    customer_id: str | None,
    conversation_id: str | None,
    order_id: str | None,
    items: Sequence[dict[str, Any]],
    wanted: dict[str, Any],
    reason: str | None,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> Case:
    """Open a case, `requested`. `items`: {position, quantity} of the order's lines; `wanted`: {variant_id} of an exchange,
    {fault: true} where the shop is at fault (longer deadline, no fee), {remedy} of a complaint.

    An exchange reserves the new pieces at once. Refused, it leaves nothing behind. The same key and arguments again return the
    first case; ConflictError("idempotency_conflict") for others. NotFoundError("order_not_found") for somebody else's.
    RuleViolationError: see crm_store.cases.checks; out_of_stock (available) for an exchange; kind_invalid.
    """
    if kind not in KINDS:
        raise RuleViolationError("kind_invalid", kind=kind)
    asked = fingerprint(
        "open_case", kind=kind, customer_id=customer_id, order_id=order_id, reason=reason,
        items=json.dumps(list(items), sort_keys=True), wanted=json.dumps(wanted, sort_keys=True),
    )  # fmt: skip
    with session.begin_nested():
        order = _own_order(session, kind, customer_id, order_id)
        if (stored := find_by_key(session, idempotency_key)) is not None:
            check_same(stored.request_hash, asked, idempotency_key)
            return stored
        if kind in _SENDING_BACK:
            assert order is not None
            _prepare_sending_back(session, kind, order, items, wanted, now)
        number = next_number(session, Case.number, "C", str(rule(current_rules(session), "shop.timezone")), now)
        if (stored := find_by_key(session, idempotency_key)) is not None:  # came while this waited for its number
            check_same(stored.request_hash, asked, idempotency_key)
            return stored
        case = Case(
            number=number, kind=kind, customer_id=customer_id, conversation_id=conversation_id, order_id=order_id,
            items=list(items), wanted=wanted, reason=reason, idempotency_key=idempotency_key, request_hash=asked,
            state="requested", opened_at=now, updated_at=now,
        )  # fmt: skip
        session.add(case)
        session.flush()
        write_step(session, case, "requested", None, actor, now)
        record(session, actor, "case.open", case.id, now, kind=kind)
    return case


def advance(session: Session, *, case_id: str, state: str, note: str | None, actor: str, now: datetime) -> Case:
    """Move a case on. RuleViolationError("case_state_illegal") where it cannot go; the state it is in changes nothing.

    Approving a return requests its refund, and approving an exchange the new pieces, from the shop; when it agrees, which may
    be at once, the case is `in_progress`. `withdrawn` and `refused` free what was reserved.
    """
    known = get_case(session, case_id)
    order = None if known.order_id is None else get_order(session, known.order_id, lock=True)
    case = get_case(session, case_id, lock=True)
    if case.state == state:
        return case
    check_move(case, state)
    if case.kind == "exchange" and state == "resolved":
        agreed.complete_exchange(session, case, now)
    write_step(session, case, state, note, actor, now)
    record(session, actor, "case.advance", case.id, now, state=state)
    if case.kind in _SENDING_BACK and order is not None:
        if state == "approved":
            _ask_shop(session, case, order, actor, now)
        elif state in ("withdrawn", "refused"):
            refuse_pending(session, case_id=case.id, reason="withdrawn", actor=actor, now=now)
    return case


def _own_order(session: Session, kind: str, customer_id: str | None, order_id: str | None) -> Order | None:
    if order_id is None:
        if kind in _SENDING_BACK:
            raise NotFoundError("order_not_found")
        return None
    order = get_order(session, order_id, lock=True)
    if customer_id is None or order.customer_id != customer_id:
        raise NotFoundError("order_not_found", order_id=order_id)
    return order


def _prepare_sending_back(
    session: Session, kind: str, order: Order, items: Sequence[dict[str, Any]], wanted: dict[str, Any], now: datetime
) -> None:
    pieces = checks.check_sending_back(session, order, items, wanted, now)
    if kind == "exchange":
        checks.check_exchange(session, order, pieces, wanted)
        inventory.take(session, variant_id=wanted["variant_id"], quantity=pieces.total(), now=now)


def _ask_shop(session: Session, case: Case, order: Order, actor: str, now: datetime) -> None:
    body: dict[str, Any] = {"items": case.items, "reason": case.reason}
    if case.kind == "return":
        due = refunds.quote(
            order, pieces_of(case), current_rules(session), fault=bool(case.wanted.get("fault"))
        )  # fmt: skip
        refunds.request_refund(
            session, order=order, case_id=case.id, amount=due.amount, idempotency_key=f"case:{case.id}", now=now
        )
        body |= {"amount": due.amount, "currency": order.currency, "points": due.points}
    else:
        body |= {"variant_id": case.wanted["variant_id"], "quantity": pieces_of(case).total()}
    ask_shop(
        session, kind="refund" if case.kind == "return" else "exchange", customer_id=order.customer_id,
        order_id=order.id, case_id=case.id, conversation_id=case.conversation_id, body=body,
        idempotency_key=f"case:{case.id}", actor=actor, now=now,
    )  # fmt: skip
