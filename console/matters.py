"""What a customer wants settled, for staff: cases, and requests that wait for the shop's word."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from console.guard import Caller
from core.clock import utc_now
from core.errors import NotFoundError
from crm_store.cases import service as cases
from crm_store.cases.history import next_states
from crm_store.cases.models import OPEN_STATES
from crm_store.cases.queries import get_case, list_cases, list_cases_of_conversation
from crm_store.conversations.models import Conversation
from crm_store.conversations.queries import get_conversation
from crm_store.db import transaction
from crm_store.orders.queries import get_order
from crm_store.shop_requests.queries import agreement, get_request, list_pending
from crm_store.shop_requests.service import decide

CLOSED_SHOWN = 3


def matters_of(session: Session, conversation: Conversation) -> dict[str, Any]:
    """Open cases and the last closed ones of the conversation's customer (of the conversation itself for a stranger's)."""
    customer_id = conversation.customer_id
    found = list_cases(session, customer_id) if customer_id else list_cases_of_conversation(session, conversation.id)
    opened = [case for case in found if case.state in OPEN_STATES]
    closed = [case for case in found if case.state not in OPEN_STATES][:CLOSED_SHOWN]
    # With `webhook` the shop's own system decides; staff would contradict it.
    pending = list_pending(session, customer_id=customer_id) if customer_id and agreement(session) == "staff" else []
    return {
        "cases": [
            {
                "id": case.id, "number": case.number, "kind": case.kind, "state": case.state, "reason": case.reason,
                "opened_at": case.opened_at, "moves": next_states(case),
            }
            for case in [*opened, *closed]
        ],
        "requests": [
            {
                "id": request.id, "kind": request.kind, "created_at": request.created_at,
                "order": get_order(session, request.order_id).number if request.order_id else None,
            }
            for request in pending
        ],
    }  # fmt: skip


def move_case(conversation_id: str, case_id: str, state: str, caller: Caller) -> None:
    """Move a case of this conversation's customer on. Errors as `cases.advance`."""
    with transaction() as session:
        conversation, case = get_conversation(session, conversation_id), get_case(session, case_id)
        own = (
            case.customer_id == conversation.customer_id
            if case.customer_id
            else case.conversation_id == conversation_id
        )
        if not own:
            raise NotFoundError("case_not_found", case_id=case_id)
        cases.advance(session, case_id=case_id, state=state, note=None, actor=caller.id, now=utc_now())


def decide_request(conversation_id: str, request_id: str, confirmed: bool, caller: Caller) -> None:
    """Agree to what a customer asked of the shop, or refuse it. Errors as `shop_requests.decide`."""
    with transaction() as session:
        conversation, request = get_conversation(session, conversation_id), get_request(session, request_id)
        if request.customer_id != conversation.customer_id:
            raise NotFoundError("shop_request_not_found", request_id=request_id)
        decide(
            session, request_id=request_id, confirmed=confirmed, answer={"by": "staff"}, actor=caller.id, now=utc_now()
        )
