"""Append to the event log, so that ids appear in commit order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, event, text
from sqlalchemy.orm import Session

from crm_store.db import StoreSession
from crm_store.events.models import EventLogEntry

_PENDING = "pending_events"
# Any constant: see _write_pending.
_LOCK = 0x6576656E
_listeners: list[Callable[[], None]] = []


def append(session: Session, kind: str, now: datetime, *, conversation_id: str | None = None, **data: object) -> None:
    """Add an event; it is written as the transaction's last statement. `data` holds ids and states, no message text."""
    entry = EventLogEntry(kind=kind, conversation_id=conversation_id, data=data, created_at=now)
    session.info.setdefault(_PENDING, []).append(entry)


def on_commit(listener: Callable[[], None]) -> None:
    """Call `listener` in this process after each commit that wrote events (a nudge; replicas find out by reading)."""
    _listeners.append(listener)


def purge(session: Session, before: datetime) -> int:
    """Delete events older than `before`; a view that slept longer reloads. Returns how many."""
    result = session.execute(delete(EventLogEntry).where(EventLogEntry.created_at < before))
    return int(getattr(result, "rowcount", 0))


KEEP = timedelta(days=7)


@event.listens_for(StoreSession, "before_commit")
def _write_pending(session: Session) -> None:
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        # Sequences number rows before they commit: without this lock a reader could see 8, move past it, and miss 7.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    session.add_all(pending)
    session.flush()
    session.info["wrote_events"] = True


@event.listens_for(StoreSession, "after_commit")
def _nudge(session: Session) -> None:
    if session.info.pop("wrote_events", False):
        for listener in _listeners:
            listener()


@event.listens_for(StoreSession, "after_soft_rollback")
def _forget(session: Session, _: object) -> None:
    session.info.pop(_PENDING, None)
    session.info.pop("wrote_events", None)
