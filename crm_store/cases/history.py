"""A case's states: which may follow which, each step written to its history. The case is locked by the caller."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import RuleViolationError
from crm_store.cases.models import OPEN_STATES, Case, CaseEvent
from crm_store.catalogue import inventory
from crm_store.orders import refunds

# Goods are on their way back only when the shop agreed, which no advance() says: see crm_store.cases.agreed.
_SENDING_BACK = {
    "requested": ("approved", "refused", "withdrawn"),
    "approved": ("refused", "withdrawn"),
    "in_progress": ("resolved",),
}
_OTHERS = {
    "requested": ("approved", "in_progress", "resolved", "refused", "withdrawn"),
    "approved": ("in_progress", "resolved", "refused", "withdrawn"),
    "in_progress": ("resolved", "refused", "withdrawn"),
}


def next_states(case: Case) -> tuple[str, ...]:
    """States that staff or the customer can move a case to."""
    table = _SENDING_BACK if case.kind in ("return", "exchange") else _OTHERS
    return table.get(case.state, ())


def check_move(case: Case, state: str) -> None:
    """RuleViolationError("case_state_illegal") with `state` unless the case can move there."""
    if state not in next_states(case):
        raise RuleViolationError("case_state_illegal", case_id=case.id, state=case.state, wanted=state)


def write_step(session: Session, case: Case, state: str, note: str | None, actor: str, now: datetime) -> None:
    """Set the state and add it to the history. Ended unsuccessfully, a case frees what it had reserved."""
    was_open = case.closed_at is None
    case.state, case.updated_at = state, now
    if state not in OPEN_STATES and was_open:
        case.closed_at = now
        if state in ("refused", "withdrawn"):
            _free(session, case, now)
    last = session.scalar(select(func.max(CaseEvent.seq)).where(CaseEvent.case_id == case.id)) or 0
    session.add(CaseEvent(case_id=case.id, seq=last + 1, state=state, note=note, actor=actor, created_at=now))
    session.flush()


def pieces_of(case: Case) -> Counter[int]:
    """The pieces a case concerns, by position of the order's lines."""
    pieces: Counter[int] = Counter()
    for item in case.items:
        pieces[int(item["position"])] += int(item["quantity"])
    return pieces


def _free(session: Session, case: Case, now: datetime) -> None:
    if case.kind == "exchange":
        inventory.put_back(
            session, variant_id=case.wanted["variant_id"], quantity=pieces_of(case).total(), now=now
        )  # fmt: skip
    refund = refunds.find_of_case(session, case.id)
    if refund is not None:
        refunds.refuse(session, refund)
