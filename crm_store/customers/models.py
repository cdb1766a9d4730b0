"""Tables of customers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base


class Customer(Base):
    """A person the shop knows. `external_ref` is the shop's own id for them.

    `sizes` maps a kind of thing to a size code ({shoes: "255", clothing: M}). `tier_until` is the day on which an announced
    downgrade to `tier_next` takes effect. `erased_at`: nothing personal is left, orders are kept as the law demands.
    """

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    external_ref: Mapped[str | None] = mapped_column(String(200), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    birthday: Mapped[date | None]
    language: Mapped[str] = mapped_column(String(2), default="ko")
    gender: Mapped[str | None] = mapped_column(String(10))
    skin_type: Mapped[str | None] = mapped_column(String(20))
    sizes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    referral_code: Mapped[str | None] = mapped_column(String(20), unique=True, index=True)
    tier: Mapped[str] = mapped_column(String(40))
    tier_next: Mapped[str | None] = mapped_column(String(40))
    tier_until: Mapped[date | None] = mapped_column(index=True)
    joined_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ChannelIdentity(Base):
    """Who somebody is on one channel. Bound to a customer only after verification, never by a matching name or e-mail."""

    __tablename__ = "channel_identities"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    display_name: Mapped[str | None] = mapped_column(String(200))
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
