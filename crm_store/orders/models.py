"""Tables of orders."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.ids import new_id
from crm_store.db import Base

ORDER_STATES = ("paid", "preparing", "shipped", "delivered", "cancelled", "returned")


class Order(Base):
    """An order; `number` is what the customer reads. Amounts are in the currency's minor unit."""

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "state IN ('paid', 'preparing', 'shipped', 'delivered', 'cancelled', 'returned')", name="state"
        ),
        Index("ix_orders_customer_placed", "customer_id", "placed_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    state: Mapped[str] = mapped_column(String(20))
    total: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="KRW")
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    courier: Mapped[str | None] = mapped_column(String(80))
    tracking_number: Mapped[str | None] = mapped_column(String(60))
    expected_on: Mapped[date | None]
    placed_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    lines: Mapped[list[OrderLine]] = relationship(lazy="raise", order_by="OrderLine.position", back_populates="order")


class OrderLine(Base):
    """One product of an order at the price paid."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[int]
    order: Mapped[Order] = relationship(lazy="raise", back_populates="lines")
