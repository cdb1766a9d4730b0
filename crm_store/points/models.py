"""Tables of the points ledger. Entries and allocations are append-only: triggers in both databases refuse UPDATE and DELETE."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base

ENTRY_KINDS = ("earn", "spend", "expire", "reverse")


class PointsAccount(Base):
    """The balance of a customer: the row every change guards. Always the sum of its lots' remaining points."""

    __tablename__ = "points_accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="balance"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    balance: Mapped[int] = mapped_column(default=0)


class LedgerEntry(Base):
    """One change of a balance. `amount` is signed points. Same key and same arguments return the first entry."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("kind IN ('earn', 'spend', 'expire', 'reverse')", name="kind"),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_ledger_entries_customer", "customer_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int]
    reason: Mapped[str] = mapped_column(String(80))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    reverses_id: Mapped[str | None] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class Lot(Base):
    """Points earned together, that expire together. Spent first-expiring-first-out."""

    __tablename__ = "points_lots"
    __table_args__ = (
        CheckConstraint("remaining >= 0", name="remaining"),
        CheckConstraint("remaining <= amount", name="remaining_at_most"),
        Index("ix_points_lots_customer_expires", "customer_id", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    entry_id: Mapped[str] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    amount: Mapped[int]
    remaining: Mapped[int]
    earned_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Allocation(Base):
    """How many points an entry took from a lot (negative: gave back), so that a reversal restores exactly its lots."""

    __tablename__ = "points_allocations"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)

    entry_id: Mapped[str] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("points_lots.id"), primary_key=True)
    amount: Mapped[int]
