"""Tables of cases: what a customer wants settled, with the history of its states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base

KINDS = ("return", "exchange", "complaint", "repair", "other")
STATES = ("requested", "approved", "in_progress", "resolved", "refused", "withdrawn")
OPEN_STATES = ("requested", "approved", "in_progress")


class Case(Base):
    """A return, exchange, complaint, repair or other matter. `number` is what the customer reads.

    `items` lists the order's lines concerned: {position, quantity}. `wanted` holds what is asked for: {variant_id} of an
    exchange, {remedy} of a complaint. An anonymous complaint has no customer, only its conversation.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("kind IN ('return', 'exchange', 'complaint', 'repair', 'other')", name="kind"),
        CheckConstraint(
            "state IN ('requested', 'approved', 'in_progress', 'resolved', 'refused', 'withdrawn')", name="state"
        ),
        CheckConstraint("customer_id IS NOT NULL OR conversation_id IS NOT NULL", name="whose"),
        Index("ix_cases_customer_opened", "customer_id", "opened_at"),
        Index("ix_cases_state_updated", "state", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="requested")
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), index=True)
    items: Mapped[list[Any]] = mapped_column(default=list)
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseEvent(Base):
    """One step of a case's history; append-only by trigger."""

    __tablename__ = "case_events"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
