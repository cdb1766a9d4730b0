"""Read cases. A customer's are asked for by the customer, so that nobody sees what isn't theirs."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.cases.models import OPEN_STATES, Case, CaseEvent


def get_case(session: Session, case_id: str, *, lock: bool = False) -> Case:
    """The case, its row locked if asked; NotFoundError("case_not_found") otherwise."""
    query = select(Case).where(Case.id == case_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    case = session.scalar(query)
    if case is None:
        raise NotFoundError("case_not_found", case_id=case_id)
    return case


def list_cases(session: Session, customer_id: str, limit: int = 20) -> list[Case]:
    """A customer's cases, newest first."""
    query = select(Case).where(Case.customer_id == customer_id).order_by(Case.opened_at.desc(), Case.id.desc())
    return list(session.scalars(query.limit(limit)))


def list_cases_of_conversation(session: Session, conversation_id: str, limit: int = 20) -> list[Case]:
    """Cases opened in a conversation, newest first."""
    query = select(Case).where(Case.conversation_id == conversation_id).order_by(Case.opened_at.desc(), Case.id.desc())
    return list(session.scalars(query.limit(limit)))


def find_case(session: Session, customer_id: str, number: str) -> Case | None:
    """A customer's own case by its number; somebody else's is None, as if it did not exist."""
    return session.scalar(select(Case).where(Case.customer_id == customer_id, Case.number == number.strip().upper()))


def find_by_key(session: Session, idempotency_key: str) -> Case | None:
    """The case opened under an idempotency key."""
    return session.scalar(select(Case).where(Case.idempotency_key == idempotency_key))


def list_events(session: Session, case_id: str) -> list[CaseEvent]:
    """A case's history, oldest first."""
    return list(session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)))


def pieces_under_way(session: Session, order_id: str) -> tuple[Counter[int], str | None]:
    """Pieces of an order by position that open returns and exchanges concern, and the number of one of these cases."""
    query = select(Case).where(
        Case.order_id == order_id, Case.kind.in_(("return", "exchange")), Case.state.in_(OPEN_STATES)
    )
    pieces: Counter[int] = Counter()
    number = None
    for case in session.scalars(query):
        if case.kind == "return" and case.state == "in_progress":
            continue  # the shop agreed: these pieces are counted as returned
        number = case.number
        for item in case.items:
            pieces[int(item["position"])] += int(item["quantity"])
    return pieces, number
