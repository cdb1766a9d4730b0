"""Table of raw inbound updates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base, BigId


class InboundUpdate(Base):
    """An update as the channel gave it. Stored before the offset moves; a broken one is set aside alone."""

    __tablename__ = "inbound_updates"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("state IN ('stored', 'done', 'ignored', 'broken')", name="state"),
        Index("ix_inbound_updates_state", "channel", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(100))
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="stored")
    error: Mapped[str | None] = mapped_column(String(200))
    received_at: Mapped[datetime]
