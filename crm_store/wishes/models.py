"""Tables of what customers wish for: wishlist, restock alerts, views of products."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base, BigId


class WishlistItem(Base):
    """A product saved for later, perhaps a certain variant of it."""

    __tablename__ = "wishlist_items"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    added_at: Mapped[datetime]


class RestockAlert(Base):
    """Tell a customer when a variant (None: any of the product's) is back. `target` is the variant's or the product's id."""

    __tablename__ = "restock_alerts"
    __table_args__ = (
        UniqueConstraint("customer_id", "target"),
        CheckConstraint("state IN ('waiting', 'notified', 'withdrawn')", name="state"),
        Index("ix_restock_alerts_state_target", "state", "target"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    target: Mapped[str] = mapped_column(String(140))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    channel: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    created_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]


class ProductView(Base):
    """That somebody looked at a product: a customer, or an anonymous conversation."""

    __tablename__ = "product_views"
    __table_args__ = (Index("ix_product_views_customer", "customer_id", "viewed_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    viewed_at: Mapped[datetime]
