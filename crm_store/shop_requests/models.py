"""Table of what the shop's own system must agree to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base

KINDS = ("cancel_order", "change_address", "refund", "exchange")


class ShopRequest(Base):
    """A request to the shop: `pending` until the shop's system confirms or refuses it. Sent as a signed webhook, with retries."""

    __tablename__ = "shop_requests"
    __table_args__ = (
        CheckConstraint("kind IN ('cancel_order', 'change_address', 'refund', 'exchange')", name="kind"),
        CheckConstraint("state IN ('pending', 'confirmed', 'refused')", name="state"),
        Index("ix_shop_requests_state_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    body: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
