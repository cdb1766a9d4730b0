"""Tables of what customers think: feedback given in a conversation, and reviews of products."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base


class Feedback(Base):
    """Praise, a suggestion or criticism in the customer's words. `sentiment` is from -1 (bad) to 1 (good), None if not measured."""

    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("kind IN ('praise', 'suggestion', 'criticism', 'other')", name="kind"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    rating: Mapped[int | None]
    sentiment: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class ProductReview(Base):
    """A buyer's review of a product, once for an order."""

    __tablename__ = "product_reviews"
    __table_args__ = (
        UniqueConstraint("customer_id", "product_id", "order_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    rating: Mapped[int]
    text: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(2))
    has_photo: Mapped[bool] = mapped_column(default=False)
    sentiment: Mapped[float | None]
    created_at: Mapped[datetime]
