"""Tables of carts: what a customer means to buy, and the coupons and points set aside for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base


class Cart(Base):
    """A customer's only cart. `points_to_use` and the reserved coupons are taken when it is ordered, not before."""

    __tablename__ = "carts"
    __table_args__ = (CheckConstraint("points_to_use >= 0", name="points_to_use"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    points_to_use: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(index=True)


class CartLine(Base):
    """A variant in a cart; the same variant again adds to the quantity."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("carts.customer_id"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime]


class CouponReservation(Base):
    """A coupon laid into the cart. It takes no use of the coupon: ordering does, and says so when there is none left."""

    __tablename__ = "coupon_reservations"

    customer_id: Mapped[str] = mapped_column(ForeignKey("carts.customer_id"), primary_key=True)
    terms_id: Mapped[str] = mapped_column(ForeignKey("coupon_terms.id"), primary_key=True)
    issued_coupon_id: Mapped[str | None] = mapped_column(ForeignKey("issued_coupons.id"))
    code: Mapped[str] = mapped_column(String(40))
    reserved_at: Mapped[datetime]
