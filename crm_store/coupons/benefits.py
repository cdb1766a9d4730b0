"""Coupons that rules give for an occasion: a return after a pause, an apology, attendance, points given for one.

Locks as in `service`: customer, then terms, then accounts of points.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date
from crm_store.coupons.errors import CouponExhaustedError, NotEligibleError
from crm_store.coupons.models import CouponTerms, IssuedCoupon
from crm_store.coupons.queries import find_benefit, get_terms
from crm_store.coupons.service import already, asked_before, issue, lock_customer
from crm_store.coupons.terms import keep_terms, terms_by_rule
from crm_store.idempotency import fingerprint
from crm_store.loyalty.attendance import last_attendance
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.points.errors import InsufficientPointsError
from crm_store.points.models import LedgerEntry
from crm_store.points.queries import balance, find_by_key
from crm_store.shop.queries import current_rules, rule

WINBACK, APOLOGY, ATTENDANCE, EXCHANGE = "winback", "apology", "attendance", "points_exchange"


def request_winback(
    session: Session, *, customer_id: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """The coupon for who comes back: once for each pause of coupons.winback.after_days days or more since an order.

    NotEligibleError("winback_no_order", "winback_not_due" with `from_day` and `days`), CouponAlreadyIssuedError; otherwise
    as `issue`.
    """
    lock_customer(session, customer_id)
    if stored := asked_before(session, customer_id, WINBACK, idempotency_key):
        return stored
    rules = current_rules(session)
    last = session.execute(
        select(Order.id, Order.placed_at)
        .where(Order.customer_id == customer_id, Order.state != "cancelled")
        .order_by(Order.placed_at.desc(), Order.id)
        .limit(1)
    ).first()
    if last is None:
        raise NotEligibleError("winback_no_order")
    days = int(rule(rules, "coupons.winback.after_days"))
    from_day = _day(last.placed_at, rules) + timedelta(days=days)
    if _day(now, rules) < from_day:
        raise NotEligibleError("winback_not_due", from_day=from_day.isoformat(), days=days)
    return _give(session, WINBACK, f"after {last.id}", customer_id, rules, idempotency_key, actor, now)


def issue_apology(
    session: Session, *, customer_id: str, occasion: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """An apology, within the rules' budget of a calendar month for all, and once in per_customer_days for each customer.

    `occasion` is the case it is for, at most 60 letters. NotEligibleError("apology_recent") with the earlier coupon,
    CouponExhaustedError("apology_budget_spent"), CouponAlreadyIssuedError; otherwise as `issue`.
    """
    lock_customer(session, customer_id)
    if stored := asked_before(session, customer_id, APOLOGY, idempotency_key):
        return stored
    rules = current_rules(session)
    terms = terms_by_rule(session, APOLOGY, rules)
    # One row for all versions of the terms: the budget is counted by one at a time.
    get_terms(session, APOLOGY, lock=True)
    if earlier := find_benefit(session, customer_id, APOLOGY, occasion):
        raise already(earlier)
    recent = session.scalar(
        _apologies(IssuedCoupon.id)
        .where(IssuedCoupon.customer_id == customer_id)
        .where(IssuedCoupon.issued_at > now - timedelta(days=int(rule(rules, "coupons.apology.per_customer_days"))))
        .limit(1)
    )
    if recent is not None:
        raise NotEligibleError("apology_recent", issued_coupon_id=recent)
    first = end_of_day(_day(now, rules).replace(day=1) - timedelta(days=1), str(rule(rules, "shop.timezone")))
    worth = func.sum(func.coalesce(CouponTerms.maximum_discount, CouponTerms.value))
    given = int(session.scalar(_apologies(worth).where(IssuedCoupon.issued_at > first)) or 0)
    most = terms.value if terms.maximum_discount is None else terms.maximum_discount
    if given + most > int(rule(rules, "coupons.apology.monthly_budget")):
        raise CouponExhaustedError("apology_budget_spent", terms_id=terms.id)
    return _give(session, APOLOGY, occasion, customer_id, rules, idempotency_key, actor, now)


def request_attendance(
    session: Session, *, customer_id: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """The coupon for days in a row: once for every coupons.attendance.streak_days days of a streak that goes on.

    NotEligibleError("attendance_streak_short") with `streak` and `needed`, CouponAlreadyIssuedError; otherwise as `issue`.
    """
    lock_customer(session, customer_id)
    if stored := asked_before(session, customer_id, ATTENDANCE, idempotency_key):
        return stored
    rules = current_rules(session)
    needed = int(rule(rules, "coupons.attendance.streak_days"))
    there = last_attendance(session, customer_id, now)
    streak = there.streak if there else 0
    if there is None or streak < needed:
        raise NotEligibleError("attendance_streak_short", streak=streak, needed=needed)
    begun = there.day - timedelta(days=streak - 1)
    return _give(
        session, ATTENDANCE, f"{begun.isoformat()}:{streak // needed}", customer_id, rules, idempotency_key, actor, now
    )


def exchange_points(
    session: Session, *, customer_id: str, amount: int, idempotency_key: str, actor: str, now: datetime
) -> tuple[LedgerEntry, IssuedCoupon]:
    """Give points for a coupon worth as many of the currency's units: the spending and the coupon.

    NotEligibleError("exchange_below_minimum") below points.minimum_use; InsufficientPointsError; otherwise as `issue`.
    """
    lock_customer(session, customer_id)
    terms_id, spending_key = f"{EXCHANGE}.{amount}", f"{idempotency_key}:points"
    stored, spent = asked_before(session, customer_id, EXCHANGE, idempotency_key), find_by_key(session, spending_key)
    if stored and spent and -spent.amount == amount:
        return spent, stored
    rules = current_rules(session)
    minimum = int(rule(rules, "points.minimum_use"))
    if amount < minimum:
        raise NotEligibleError("exchange_below_minimum", minimum=minimum)
    given: dict[str, Any] = rule(rules, f"coupons.{EXCHANGE}")
    least = max(int(given.get("minimum_order", 0)), amount)
    terms = keep_terms(session, terms_id, given, rules, kind="amount", value=amount, minimum_order=least)
    get_terms(session, terms.id, lock=True)
    points.lock_accounts(session, [customer_id])
    available = balance(session, customer_id, now)
    if available < amount:
        raise InsufficientPointsError(needed=amount, available=available)
    coupon = issue(
        session, terms_id=terms.id, customer_id=customer_id, occasion=fingerprint(EXCHANGE, key=idempotency_key)[:32],
        idempotency_key=idempotency_key, actor=actor, now=now,
    )  # fmt: skip
    entry = points.spend(
        session, customer_id=customer_id, amount=amount, reason="coupon_exchange", idempotency_key=spending_key,
        actor=actor, now=now,
    )  # fmt: skip
    return entry, coupon


def _give(
    session: Session, benefit: str, occasion: str, customer_id: str, rules: dict[str, Any], key: str, actor: str,
    now: datetime,
) -> IssuedCoupon:  # fmt: skip
    if earlier := find_benefit(session, customer_id, benefit, occasion):
        raise already(earlier)
    terms = terms_by_rule(session, benefit, rules)
    return issue(
        session,
        terms_id=terms.id,
        customer_id=customer_id,
        occasion=occasion,
        idempotency_key=key,
        actor=actor,
        now=now,
    )


def _apologies(what: Any) -> Any:
    terms = or_(CouponTerms.id == APOLOGY, CouponTerms.id.startswith(f"{APOLOGY}.", autoescape=True))
    query = select(what).select_from(IssuedCoupon).join(CouponTerms, CouponTerms.id == IssuedCoupon.terms_id)
    return query.where(terms, IssuedCoupon.state != "revoked")


def _day(moment: datetime, rules: dict[str, Any]) -> date:
    return local_date(moment, str(rule(rules, "shop.timezone")))
