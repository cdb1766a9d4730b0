"""Fixed-window counters in the store, so that all replicas count together."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.errors import RateLimitedError
from crm_store.db import insert_once
from crm_store.ratelimits.models import RateWindow


def count_attempt(session: Session, *, key: str, limit: int, window_seconds: int, now: datetime) -> None:
    """Count one attempt of `key`. Raises RateLimitedError with `retry_after` seconds once `limit` per window is passed."""
    stamp = int(now.timestamp())
    begin = stamp - stamp % window_seconds
    started_at = datetime.fromtimestamp(begin, UTC)
    insert_once(session, RateWindow, {"key": key, "started_at": started_at, "count": 0}, ["key", "started_at"])
    here = (RateWindow.key == key) & (RateWindow.started_at == started_at)
    session.execute(update(RateWindow).where(here).values(count=RateWindow.count + 1))
    count = session.scalar(select(RateWindow.count).where(here)) or 0
    if count > limit:
        raise RateLimitedError("too_many_requests", retry_after=begin + window_seconds - stamp)


def forgive_attempt(session: Session, *, key: str, window_seconds: int, now: datetime) -> None:
    """Take back one attempt that was counted at `now`, for it turned out well."""
    stamp = int(now.timestamp())
    started_at = datetime.fromtimestamp(stamp - stamp % window_seconds, UTC)
    here = (RateWindow.key == key) & (RateWindow.started_at == started_at) & (RateWindow.count > 0)
    session.execute(update(RateWindow).where(here).values(count=RateWindow.count - 1))


def forget_windows(session: Session, before: datetime) -> None:
    """Delete windows that began before `before`."""
    session.execute(delete(RateWindow).where(RateWindow.started_at < before))
