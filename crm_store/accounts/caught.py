"""The mails of the demonstration, caught where no mail server is set."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, inspect, select, update
from sqlalchemy.orm import Session

from crm_store.accounts.models import CaughtMail
from crm_store.outbox.models import OutboxMessage

# The table that only stores seeded as a demonstration have (dangol.demo.reservations).
_MARK = "demo_reservations"


def catches_mail(session: Session) -> bool:
    """Whether mails may be shown to everybody instead of being sent: in the demonstration alone."""
    return inspect(session.connection()).has_table(_MARK)


def catch_mail(session: Session, *, recipient: str, subject: str, body: str, now: datetime) -> CaughtMail:
    """Keep a mail for the demonstration's page."""
    mail = CaughtMail(recipient=recipient, subject=subject[:300], body=body, created_at=now)
    session.add(mail)
    session.flush()
    return mail


def list_caught(session: Session, recipient: str | None = None, limit: int = 50) -> list[CaughtMail]:
    """The latest mails first; those to one address when given."""
    mails = select(CaughtMail).order_by(CaughtMail.id.desc()).limit(limit)
    if recipient:
        mails = mails.where(CaughtMail.recipient == recipient.strip().lower())
    return list(session.scalars(mails))


def forget_mails(session: Session, before: datetime) -> None:
    """Delete caught mails from before then, and empty what was mailed: codes and links are no record."""
    session.execute(delete(CaughtMail).where(CaughtMail.created_at < before))
    over = (OutboxMessage.channel == "email", OutboxMessage.state.in_(("sent", "failed", "unknown")))
    old = (OutboxMessage.created_at < before, OutboxMessage.recipient != "forgotten")
    session.execute(update(OutboxMessage).where(*over, *old).values(body={}, recipient="forgotten"))
