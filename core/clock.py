"""Time. Everything stored is aware UTC; a shop's days are days of its own time zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """The named IANA time zone."""
    return ZoneInfo(name)


def utc_now() -> datetime:
    """The present moment, aware, in UTC. Edges call it; use cases take `now` as an argument."""
    return datetime.now(UTC)


def local_date(moment: datetime, timezone: str = "Asia/Seoul") -> date:
    """The calendar day of an aware moment in a time zone."""
    return moment.astimezone(zone(timezone)).date()


def end_of_day(day: date, timezone: str = "Asia/Seoul") -> datetime:
    """The last whole second of a calendar day in a time zone, in UTC: what is valid "until that day" ends then."""
    return datetime.combine(day, time(23, 59, 59), zone(timezone)).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
