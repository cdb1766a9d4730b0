"""Numbers that people read: a prefix, year and month of the shop's day, and a count within the month."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import local_date

# Any constant: whoever numbers something waits here for the transaction that numbered before.
_LOCK = 0x6E756D62


def next_number(session: Session, column: InstrumentedAttribute[str], prefix: str, timezone: str, now: datetime) -> str:
    """The next free number, as DG26110042; the caller's transaction writes it. Others wait until that ends: call it late."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    month = f"{prefix}{local_date(now, timezone):%y%m}"
    # Ten thousand a month have five digits: the longer number is the greater. Imported numbers may end in anything.
    used = (
        select(column)
        .where(column.between(month, f"{month}z"), column.startswith(month, autoescape=True))  # the first by index
        .order_by(func.length(column).desc(), column.desc())
        .limit(50)
    )
    counts = (number.removeprefix(month) for number in session.scalars(used))
    return f"{month}{max((int(count) for count in counts if count.isdecimal()), default=0) + 1:04d}"
