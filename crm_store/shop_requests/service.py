"""Use cases on the shop's agreement: ask, and take in the decision with its effect, exactly once.

Locks: the order, its case, the request, what the effect touches, and last the conversation in which the customer is told.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.errors import ConflictError
from core.ids import new_id
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.orders.queries import get_order
from crm_store.shop_requests import effects, telling
from crm_store.shop_requests.models import KINDS, ShopRequest
from crm_store.shop_requests.queries import agreement, find_by_key, get_request, list_pending
from crm_store.staff.service import record


def ask_shop(
    session: Session,
    *,
    kind: str,
    customer_id: str,
    order_id: str | None,
    case_id: str | None,
    conversation_id: str | None,
    body: dict[str, Any],
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> ShopRequest:
    """Ask the shop to agree. By rule shop.agreement at_once it is confirmed, with its effect, before this returns.

    `kind` is one of KINDS, `body` its details as the webhook carries them. The same key and arguments again return the
    first request; ConflictError("idempotency_conflict") for others. The caller holds the order locked.
    """
    assert kind in KINDS
    asked = fingerprint(
        "ask_shop", kind=kind, customer_id=customer_id, order_id=order_id, case_id=case_id,
        body=json.dumps(body, sort_keys=True),
    )  # fmt: skip
    row = {
        "id": new_id(), "kind": kind, "customer_id": customer_id, "order_id": order_id, "case_id": case_id,
        "conversation_id": conversation_id, "body": body, "due_at": now, "idempotency_key": idempotency_key,
        "request_hash": asked, "created_at": now,
    }  # fmt: skip
    if not insert_once(session, ShopRequest, row, ["idempotency_key"]):
        stored = find_by_key(session, idempotency_key)
        assert stored is not None
        check_same(stored.request_hash, asked, idempotency_key)
        return stored
    record(session, actor, "shop_request.ask", str(row["id"]), now, kind=kind)
    request = get_request(session, str(row["id"]))
    if agreement(session) == "at_once":
        _settle(session, request, confirmed=True, answer={}, actor="system", now=now)
    return request


def decide(
    session: Session,
    *,
    request_id: str,
    confirmed: bool,
    answer: dict[str, Any],
    actor: str,
    now: datetime,
    signature: str | None = None,
) -> ShopRequest:
    """Take in the shop's decision, apply it and tell the customer in the conversation. `answer` may hold a `reason`.

    The same decision again changes nothing. ConflictError("already_decided") for the other one, and
    ("decision_replayed") when `signature`, that of the shop's own message, came before. NotFoundError for an unknown id.
    """
    known = get_request(session, request_id)
    if known.order_id is not None:
        get_order(session, known.order_id, lock=True)
    request = get_request(session, request_id, lock=True)
    seen = request.answer.get("signatures", [])
    if signature is not None and signature in seen:
        raise ConflictError("decision_replayed", request_id=request_id)
    signatures = {"signatures": [*seen, signature]} if signature is not None else {}
    if request.state != "pending":
        if (request.state == "confirmed") != confirmed:
            raise ConflictError("already_decided", request_id=request_id, state=request.state)
        request.answer = {**request.answer, **signatures}
        session.flush()
        return request
    _settle(session, request, confirmed=confirmed, answer={**answer, **signatures}, actor=actor, now=now)
    telling.tell(session, request, now)
    return request


def refuse_pending(
    session: Session,
    *,
    order_id: str | None = None,
    case_id: str | None = None,
    kinds: Collection[str] = KINDS,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Refuse what events have overtaken: `reason` is a code that telling knows (dispatched, cancelled, withdrawn)."""
    for request in list_pending(session, order_id=order_id, case_id=case_id):
        if request.kind in kinds:
            decide(session, request_id=request.id, confirmed=False, answer={"reason": reason}, actor=actor, now=now)


def _settle(
    session: Session, request: ShopRequest, *, confirmed: bool, answer: dict[str, Any], actor: str, now: datetime
) -> None:
    request.state = "confirmed" if confirmed else "refused"
    request.answer, request.decided_at, request.lease_until = answer, now, None
    session.flush()
    effects.apply(session, request, actor, now)
    record(session, actor, "shop_request.decide", request.id, now, kind=request.kind, state=request.state)
    if confirmed and request.kind == "cancel_order":
        refuse_pending(session, order_id=request.order_id, reason="cancelled", actor=actor, now=now)
