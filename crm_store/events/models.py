"""Table of the event log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base, BigId


class EventLogEntry(Base):
    """Something a live view wants to know. `data` holds ids only; the view reads the rest from the store."""

    __tablename__ = "event_log"
    # SQLite would use the id of a purged last row again; a view that resumes must never see an id twice.
    __table_args__ = (Index("ix_event_log_conversation", "conversation_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(40))
    conversation_id: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(index=True)
