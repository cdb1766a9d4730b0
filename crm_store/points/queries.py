"""Read points: what can be spent, what expires soon, what happened."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import NotFoundError
from crm_store.points.models import LedgerEntry, Lot
from crm_store.shop.queries import current_rules, rule


def balance(session: Session, customer_id: str, now: datetime) -> int:
    """Points the customer can spend at `now`; expired ones do not count, also before the expiry run took them."""
    live = select(func.sum(Lot.remaining)).where(Lot.customer_id == customer_id, Lot.expires_at > now)
    return int(session.scalar(live) or 0)


def expiring(
    session: Session, customer_id: str, until: datetime, now: datetime | None = None
) -> list[tuple[date, int]]:
    """Last day and points of what expires up to `until`, soonest first, a day once; days are the shop's.

    With `now`, what expired by then is left out.
    """
    query = (
        select(Lot.expires_at, Lot.remaining)
        .where(Lot.customer_id == customer_id, Lot.remaining > 0, Lot.expires_at <= until)
        .order_by(Lot.expires_at)
    )
    if now is not None:
        query = query.where(Lot.expires_at > now)
    timezone = str(rule(current_rules(session), "shop.timezone"))
    dated = [(local_date(moment, timezone), remaining) for moment, remaining in session.execute(query)]
    return [(day, sum(points for _, points in group)) for day, group in groupby(dated, key=lambda item: item[0])]


def history(session: Session, customer_id: str, limit: int = 20) -> list[LedgerEntry]:
    """A customer's ledger entries, newest first."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.customer_id == customer_id)
        .order_by(LedgerEntry.created_at.desc(), LedgerEntry.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def get_entry(session: Session, entry_id: str) -> LedgerEntry:
    """The entry; NotFoundError("entry_not_found") otherwise."""
    entry = session.get(LedgerEntry, entry_id)
    if entry is None:
        raise NotFoundError("entry_not_found", entry_id=entry_id)
    return entry


def find_by_key(session: Session, idempotency_key: str) -> LedgerEntry | None:
    """The entry written under an idempotency key."""
    return session.scalar(select(LedgerEntry).where(LedgerEntry.idempotency_key == idempotency_key))
