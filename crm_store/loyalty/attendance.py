"""Use cases on attendance: once a day of the shop's time zone, with a bonus for days in a row."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConflictError, RuleViolationError
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.loyalty.counting import shop_day
from crm_store.loyalty.models import Attendance
from crm_store.points import service as points
from crm_store.points.queries import find_by_key
from crm_store.shop.queries import current_rules, rule

REASON = "attendance"


def check_in(session: Session, *, customer_id: str, idempotency_key: str, actor: str, now: datetime) -> Attendance:
    """Note that a customer is there today, and give the points: attendance.points, with the bonus every streak_days days.

    The same key again returns the same day. RuleViolationError("already_checked_in") with `streak` the second time on a
    day, ("not_a_member"); ConflictError("idempotency_conflict") for a key used otherwise.
    """
    points.lock_accounts(session, [customer_id])
    day_of = shop_day(session)
    before = find_by_key(session, idempotency_key)
    if before is not None:
        if (before.customer_id, before.reason) != (customer_id, REASON):
            raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
        return session.get_one(Attendance, (customer_id, day_of(before.created_at)))
    if get_customer(session, customer_id).joined_at is None:
        raise RuleViolationError("not_a_member")
    today, rules = day_of(now), current_rules(session)
    yesterday = session.get(Attendance, (customer_id, today - timedelta(days=1)))
    streak = yesterday.streak + 1 if yesterday else 1
    amount = int(rule(rules, "attendance.points"))
    if streak % int(rule(rules, "attendance.streak_days")) == 0:
        amount += int(rule(rules, "attendance.streak_points"))
    row = {"customer_id": customer_id, "day": today, "streak": streak, "points": amount, "created_at": now}
    if not insert_once(session, Attendance, row, ["customer_id", "day"]):
        there = session.get_one(Attendance, (customer_id, today))
        raise RuleViolationError("already_checked_in", streak=there.streak)
    if amount:
        points.earn(
            session, customer_id=customer_id, amount=amount, reason=REASON, idempotency_key=idempotency_key, actor=actor,
            now=now,
        )  # fmt: skip
    return session.get_one(Attendance, (customer_id, today))


def last_attendance(session: Session, customer_id: str, now: datetime) -> Attendance | None:
    """The customer's attendance today, else yesterday's, to which today would add; None when the row is broken."""
    today = shop_day(session)(now)
    query = select(Attendance).where(Attendance.customer_id == customer_id, Attendance.day >= today - timedelta(days=1))
    return session.scalar(query.where(Attendance.day <= today).order_by(Attendance.day.desc()).limit(1))
