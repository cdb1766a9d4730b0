"""Tables of consents: what was agreed to, for which purpose, on which channel, and when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base, BigId

PURPOSES = ("terms", "privacy", "marketing", "night_marketing")
CHANNELS = ("all", "email", "sms", "telegram", "kakao", "push", "web")


class Consent(Base):
    """Where a consent stands now. Terms and privacy are for channel "all"; advertising is agreed to for each channel.

    `reconfirm_by` is the day by which an advertising consent is confirmed again (every two years, 정보통신망법 §50(8)).
    """

    __tablename__ = "consents"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    given: Mapped[bool]
    since: Mapped[datetime]
    reconfirm_by: Mapped[date | None] = mapped_column(index=True)


class ConsentEvent(Base):
    """One giving or withdrawing of a consent, as evidence; append-only by trigger. `source` says where: chat, join, import."""

    __tablename__ = "consent_events"
    __table_args__ = (Index("ix_consent_events_customer", "customer_id", "created_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(12))
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
