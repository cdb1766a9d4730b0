"""Queue what is to leave, claim it for sending, record what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from crm_store.db import insert_once
from crm_store.outbox.models import OutboxMessage

LEASE = timedelta(seconds=60)


def queue(
    session: Session,
    *,
    channel: str,
    recipient: str,
    idempotency_key: str,
    body: dict[str, Any],
    now: datetime,
    message_id: str | None = None,
) -> None:
    """Add a message to leave, in the caller's transaction; the same key again changes nothing."""
    values = {
        "channel": channel,
        "recipient": recipient,
        "message_id": message_id,
        "idempotency_key": idempotency_key,
        "body": body,
        "state": "queued",
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }
    insert_once(session, OutboxMessage, values, ["idempotency_key"])


def claim(session: Session, *, channel: str, owner: str, now: datetime, limit: int = 20) -> Sequence[OutboxMessage]:
    """Take due messages for sending, at most the oldest one of each recipient so that nobody reads answers out of order."""
    earlier = aliased(OutboxMessage)
    waits = exists().where(
        earlier.channel == channel,
        earlier.recipient == OutboxMessage.recipient,
        earlier.id < OutboxMessage.id,
        earlier.state.in_(("queued", "sending")),
    )
    due = (
        select(OutboxMessage)
        .where(OutboxMessage.channel == channel, OutboxMessage.state == "queued", OutboxMessage.due_at <= now, ~waits)
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(due).all()
    for message in claimed:
        message.state, message.lease_owner, message.lease_until = "sending", owner, now + LEASE
        message.attempts += 1
    session.flush()
    return claimed


def has_due(session: Session, channel: str, now: datetime) -> bool:
    """Whether `claim` may find something; a mere look, so that an idle sender takes no write lock."""
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.channel == channel, OutboxMessage.state == "queued", OutboxMessage.due_at <= now)
        .limit(1)
    )
    return session.scalar(due) is not None


def note_part(session: Session, outbox_id: int, *, external_id: str, now: datetime) -> None:
    """One of several parts left (`body["parts"]`): a retry goes on after it. The lease is renewed."""
    message = session.get_one(OutboxMessage, outbox_id, with_for_update=True)
    if message.state == "sending":
        message.body = {**message.body, "parts": [*message.body.get("parts", []), external_id]}
        message.lease_until = now + LEASE
        session.flush()


def settle_sent(session: Session, outbox_id: int, *, external_id: str | None, now: datetime) -> None:
    """It left."""
    _settle(session, outbox_id, state="sent", external_id=external_id, sent_at=now, lease_until=None)


def settle_failed(
    session: Session, outbox_id: int, *, error: str, now: datetime, retry_after: timedelta | None
) -> None:
    """It did not leave: queued again after `retry_after`, or given up when that is None."""
    if retry_after is None:
        _settle(session, outbox_id, state="failed", error=error[:200], lease_until=None)
    else:
        _settle(session, outbox_id, state="queued", error=error[:200], due_at=now + retry_after, lease_until=None)


def settle_unknown(session: Session, outbox_id: int, *, error: str) -> None:
    """Nobody knows whether it left: not sent again by itself, and staff see it."""
    _settle(session, outbox_id, state="unknown", error=error[:200], lease_until=None)


def mark_lost(session: Session, now: datetime) -> int:
    """Messages whose sender died while sending: their outcome is unknown. Returns how many."""
    result = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.state == "sending", OutboxMessage.lease_until < now)
        .values(state="unknown", error="sender lost while sending", lease_until=None)
    )
    return int(getattr(result, "rowcount", 0))


def _settle(session: Session, outbox_id: int, **values: object) -> None:
    session.execute(
        update(OutboxMessage).where(OutboxMessage.id == outbox_id, OutboxMessage.state == "sending").values(**values)
    )
