"""Tables of loyalty beside the points ledger: tiers, attendance, referrals."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base


class TierChange(Base):
    """A change of tier, or its announcement; append-only by trigger. `spent` is what the window held, in minor units.

    Kinds: `joined` (a tier given by the shop to begin with), `upgraded`, `downgraded`, and `kept`: a grace period began and
    the downgrade to `to_tier` is announced for `effective_on`; with `to_tier` = `from_tier` it was called off.
    """

    __tablename__ = "tier_changes"
    __table_args__ = (
        CheckConstraint("kind IN ('joined', 'upgraded', 'kept', 'downgraded')", name="kind"),
        Index("ix_tier_changes_customer", "customer_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(12))
    from_tier: Mapped[str | None] = mapped_column(String(40))
    to_tier: Mapped[str] = mapped_column(String(40))
    spent: Mapped[int]
    effective_on: Mapped[date]
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class Attendance(Base):
    """That a customer was there on a day of the shop's time zone: once a day by its key. `streak` counts days in a row."""

    __tablename__ = "attendance"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    streak: Mapped[int]
    points: Mapped[int]
    created_at: Mapped[datetime]


class Referral(Base):
    """That a friend named who invited them, once. Both are rewarded after the friend's first confirmed purchase."""

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint("state IN ('entered', 'rewarded', 'refused')", name="state"),
        CheckConstraint("inviter_id <> friend_id", name="not_oneself"),
        Index("ix_referrals_inviter", "inviter_id", "rewarded_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    inviter_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    friend_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="entered")
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    entered_at: Mapped[datetime]
    rewarded_at: Mapped[datetime | None]
