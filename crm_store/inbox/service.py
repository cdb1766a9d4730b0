"""Store raw updates before the channel's offset moves, and work through them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm_store.db import insert_once
from crm_store.inbox.models import InboundUpdate


def store_update(session: Session, *, channel: str, external_id: str, body: dict[str, Any], now: datetime) -> None:
    """Keep an update; the same one again changes nothing."""
    values = {"channel": channel, "external_id": external_id, "body": body, "state": "stored", "received_at": now}
    insert_once(session, InboundUpdate, values, ["channel", "external_id"])


def list_stored(session: Session, channel: str, limit: int = 100) -> Sequence[InboundUpdate]:
    """Updates not worked through yet, oldest first."""
    query = (
        select(InboundUpdate)
        .where(InboundUpdate.channel == channel, InboundUpdate.state == "stored")
        .order_by(InboundUpdate.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def settle(session: Session, update_id: int, state: str, error: str | None = None) -> None:
    """Mark an update done, ignored or broken."""
    session.execute(update(InboundUpdate).where(InboundUpdate.id == update_id).values(state=state, error=error))
