"""Tables of orders, shipments and refunds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.ids import new_id
from crm_store.db import Base

ORDER_STATES = ("paid", "preparing", "shipped", "delivered", "cancelled", "returned")


class Order(Base):
    """An order; `number` is what the customer reads. Amounts are in the currency's minor unit.

    `total` is what was paid: goods + shipping_fee - discount - points_used. `confirmed_at`: the purchase counts (points,
    tiers) from then on. `source`: shop, chat, regular_delivery, import.
    """

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
    shipping_fee: Mapped[int] = mapped_column(default=0)
    discount: Mapped[int] = mapped_column(default=0)
    points_used: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(20), default="shop")
    placed_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    lines: Mapped[list[OrderLine]] = relationship(lazy="raise", order_by="OrderLine.position", back_populates="order")
    shipments: Mapped[list[Shipment]] = relationship(lazy="raise", order_by="Shipment.created_at")


class OrderLine(Base):
    """One product of an order at the price paid, before coupons and points. `returned` counts pieces sent back."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("returned >= 0 AND returned <= quantity", name="returned"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    returned: Mapped[int] = mapped_column(default=0)
    unit_price: Mapped[int]
    order: Mapped[Order] = relationship(lazy="raise", back_populates="lines")


class Shipment(Base):
    """A parcel of an order. `scans` is the courier's record, oldest first: {at, code, place}."""

    __tablename__ = "shipments"
    __table_args__ = (
        CheckConstraint("state IN ('prepared', 'in_transit', 'delivered', 'lost', 'sent_back')", name="state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="prepared")
    courier: Mapped[str | None] = mapped_column(String(80))
    tracking_number: Mapped[str | None] = mapped_column(String(60), index=True)
    expected_on: Mapped[date | None]
    scans: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class Refund(Base):
    """Money going back. `requested` until the shop agrees, then `approved`, `paid` when it left; or `refused`."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'approved', 'paid', 'refused')", name="state"),
        CheckConstraint("amount >= 0", name="amount"),
        Index("ix_refunds_customer", "customer_id", "requested_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    state: Mapped[str] = mapped_column(String(10), default="requested")
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="KRW")
    method: Mapped[str] = mapped_column(String(20), default="card")
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    expected_on: Mapped[date | None]
