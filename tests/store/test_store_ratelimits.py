"""Attempt counters: exact also when many count at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import RateLimitedError
from crm_store.db import transaction
from crm_store.ratelimits.service import count_attempt, forget_windows
from tests.store.builders import NOW
from tests.store.races import race

MINUTE = timedelta(minutes=1)


def count(key: str = "k", limit: int = 3, seconds: int = 0) -> None:
    now = NOW + timedelta(seconds=seconds)
    with transaction() as session:
        count_attempt(session, key=key, limit=limit, window_seconds=60, now=now)


@pytest.mark.usefixtures("store")
def test_one_too_many_is_told_when_to_come_again() -> None:
    for seconds in (0, 10, 20):
        count(seconds=seconds)
    with pytest.raises(RateLimitedError) as refused:
        count(seconds=45)
    assert refused.value.context["retry_after"] == 15
    count(key="somebody else", seconds=45)
    count(seconds=60)


@pytest.mark.usefixtures("store")
def test_old_windows_are_forgotten() -> None:
    for _ in range(3):
        count()
    with transaction() as session:
        forget_windows(session, NOW + MINUTE)
    count()


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_a_crowd_gets_exactly_the_limit() -> None:
    assert race(lambda _: count(limit=5), range(40)) == {"ok": 5, "too_many_requests": 35}
