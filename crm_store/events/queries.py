"""Read the event log."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.events.models import EventLogEntry


def latest_id(session: Session) -> int:
    """The greatest id so far, 0 for an empty log."""
    return session.scalar(select(func.max(EventLogEntry.id))) or 0


def list_after(
    session: Session, after: int, *, conversation_id: str | None = None, limit: int = 500
) -> list[EventLogEntry]:
    """Events with an id greater than `after`, oldest first; of one conversation when given."""
    query = select(EventLogEntry).where(EventLogEntry.id > after).order_by(EventLogEntry.id).limit(limit)
    if conversation_id is not None:
        query = query.where(EventLogEntry.conversation_id == conversation_id)
    return list(session.scalars(query))
