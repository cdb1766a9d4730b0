"""Tables of coupons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base


class CouponTerms(Base):
    """What a coupon gives and under which conditions. Limits are columns so that one guarded UPDATE holds them.

    `kind` percent: `value` in percent, at most `maximum_discount`; amount: `value` in minor units.
    `excluded` names goods it does not count for: {products, kinds, categories, brands} of ids. Two coupons go on one order
    only when both are `stackable`. `shared_code` is a code anybody may use, within `redemption_limit`; without one, coupons
    are issued to customers.
    """

    __tablename__ = "coupon_terms"
    __table_args__ = (
        CheckConstraint("kind IN ('percent', 'amount')", name="kind"),
        CheckConstraint("issue_limit IS NULL OR issued_count <= issue_limit", name="issue_limit"),
        CheckConstraint("redemption_limit IS NULL OR redeemed_count <= redemption_limit", name="redemption_limit"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="KRW")
    minimum_order: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stackable: Mapped[bool] = mapped_column(default=False)
    maximum_discount: Mapped[int | None]
    valid_days: Mapped[int]
    shared_code: Mapped[str | None] = mapped_column(String(40), unique=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    issue_limit: Mapped[int | None]
    issued_count: Mapped[int] = mapped_column(default=0)
    redemption_limit: Mapped[int | None]
    redeemed_count: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class IssuedCoupon(Base):
    """A coupon of one customer. `occasion` (a year, "joined") makes the same benefit come once: UNIQUE with terms and customer."""

    __tablename__ = "issued_coupons"
    __table_args__ = (
        UniqueConstraint("terms_id", "customer_id", "occasion"),
        CheckConstraint("state IN ('issued', 'redeemed', 'expired', 'revoked')", name="state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    terms_id: Mapped[str] = mapped_column(ForeignKey("coupon_terms.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    occasion: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="issued")
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Redemption(Base):
    """One use of a coupon on one order. A reversal sets `reverted_at` once and frees the use."""

    __tablename__ = "redemptions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    terms_id: Mapped[str] = mapped_column(ForeignKey("coupon_terms.id"), index=True)
    issued_coupon_id: Mapped[str | None] = mapped_column(ForeignKey("issued_coupons.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    discount: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    reverted_at: Mapped[datetime | None]
