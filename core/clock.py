"""Time. Everything stored is aware UTC; a shop's days are days of its own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
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
