"""Tables of regular deliveries: an order the shop places by itself every few weeks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base


class RegularDelivery(Base):
    """A variant ordered again every `interval_weeks`. `next_on` is the day of the next order, in the shop's time zone."""

    __tablename__ = "regular_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'ended')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("interval_weeks > 0", name="interval_weeks"),
        Index("ix_regular_deliveries_due", "state", "next_on"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int]
    interval_weeks: Mapped[int]
    next_on: Mapped[date]
    notified_for: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10), default="active")
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RegularDeliveryRun(Base):
    """What became of one due day: ordered, skipped at the customer's wish, or missed (sold out, retired)."""

    __tablename__ = "regular_delivery_runs"
    __table_args__ = (CheckConstraint("state IN ('ordered', 'skipped', 'missed')", name="state"),)

    delivery_id: Mapped[str] = mapped_column(ForeignKey("regular_deliveries.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    reason: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
