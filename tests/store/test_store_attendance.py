"""Attendance: once a day of the shop's time zone, days in a row, and a race for the same day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from core.errors import ConflictError, RuleViolationError
from crm_store.coupons.benefits import request_attendance
from crm_store.coupons.errors import CouponAlreadyIssuedError, NotEligibleError
from crm_store.db import reading, transaction
from crm_store.loyalty.attendance import check_in, last_attendance
from crm_store.loyalty.models import Attendance
from crm_store.points import queries, service
from crm_store.points.models import LedgerEntry
from tests.store.builders import NOW, make_customer, put_rules
from tests.store.races import WAIT, race

DAY = timedelta(days=1)
RACERS = 64


@pytest.fixture
def rules(store: str) -> None:
    put_rules(attendance__streak_days=3)


def come(customer_id: str, key: str, now: datetime) -> Attendance:
    with transaction() as session:
        return check_in(session, customer_id=customer_id, idempotency_key=key, actor="test", now=now)


def balance(customer_id: str) -> int:
    with reading() as session:
        return queries.balance(session, customer_id, NOW)


@pytest.mark.usefixtures("rules")
def test_once_a_day_of_the_shops_own_time() -> None:
    customer_id = make_customer()
    late = datetime(2026, 3, 10, 14, 59, tzinfo=UTC)  # a minute before midnight in Seoul
    assert come(customer_id, "a", late).streak == 1
    with pytest.raises(RuleViolationError, match="already_checked_in"):
        come(customer_id, "b", late)
    assert come(customer_id, "c", late + timedelta(minutes=1)).streak == 2
    assert balance(customer_id) == 20


@pytest.mark.usefixtures("rules")
def test_days_in_a_row_bring_a_bonus_and_a_gap_begins_anew() -> None:
    customer_id = make_customer()
    found = [come(customer_id, f"k{day}", NOW + day * DAY) for day in (0, 1, 2, 3, 5)]
    assert [(each.streak, each.points) for each in found] == [(1, 10), (2, 10), (3, 60), (4, 10), (1, 10)]
    with reading() as session:
        there = last_attendance(session, customer_id, NOW + 6 * DAY)
        assert there is not None
        assert there.streak == 1
        assert last_attendance(session, customer_id, NOW + 7 * DAY) is None


@pytest.mark.usefixtures("rules")
def test_the_same_request_again_is_the_same_day() -> None:
    customer_id, other = make_customer(), make_customer()
    first = come(customer_id, "k", NOW)
    assert come(customer_id, "k", NOW + DAY).day == first.day
    assert balance(customer_id) == 10
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        come(other, "k", NOW)
    with pytest.raises(RuleViolationError, match="not_a_member"):
        come(make_customer(joined_at=None), "m", NOW)


@pytest.mark.usefixtures("rules")
def test_a_coupon_for_every_thirty_days_in_a_row() -> None:
    customer_id = make_customer()

    def ask(key: str, now: datetime) -> str:
        with transaction() as session:
            return request_attendance(session, customer_id=customer_id, idempotency_key=key, actor="test", now=now).id

    with pytest.raises(NotEligibleError, match="attendance_streak_short"):
        ask("early", NOW)
    for day in range(60):
        come(customer_id, f"k{day}", NOW + day * DAY)
        if day == 29:
            first = ask("one", NOW + day * DAY)
            assert ask("one", NOW + day * DAY) == first
            with pytest.raises(CouponAlreadyIssuedError):
                ask("two", NOW + (day + 1) * DAY)
    assert ask("three", NOW + 59 * DAY) != first


@pytest.mark.postgres
def test_of_sixty_four_at_once_one_gets_the_points(postgres_store: str) -> None:
    put_rules()
    customer_id = make_customer()
    outcome = race(lambda number: come(customer_id, f"k{number}", NOW), range(RACERS))
    assert outcome == {"ok": 1, "already_checked_in": RACERS - 1}
    assert balance(customer_id) == 10


@pytest.mark.postgres
def test_control_without_the_key_all_get_the_points(postgres_store: str) -> None:
    put_rules()
    customer_id, everybody_read = make_customer(), Barrier(RACERS)

    def come_unguarded(number: int) -> None:
        with transaction() as session:
            there = session.scalar(select(func.count()).where(Attendance.customer_id == customer_id))
            everybody_read.wait(WAIT)
            if not there:
                service.earn(
                    session, customer_id=customer_id, amount=10, reason="attendance", idempotency_key=f"k{number}",
                    actor="test", now=NOW,
                )  # fmt: skip

    assert race(come_unguarded, range(RACERS)) == {"ok": RACERS}
    with reading() as session:
        assert session.scalar(select(func.count(LedgerEntry.id))) == RACERS
