"""Use cases on coupons: issue, and what members ask for (welcome, birthday). More is in `benefits`, using them in `redemption`.

Rows are locked in one order everywhere: customer or order, then terms, the issued coupon, accounts of points. What can be
refused is refused before anything is written or is undone at once, so a caller may catch the error and commit what else it
did.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date
from core.errors import ConflictError
from core.ids import new_code, new_id
from crm_store.coupons.errors import (
    CouponAlreadyIssuedError,
    CouponExhaustedError,
    NotEligibleError,
)
from crm_store.coupons.models import CouponTerms, IssuedCoupon
from crm_store.coupons.queries import find_benefit, find_issued_by_key, get_issued, get_terms
from crm_store.coupons.terms import check_in_force, terms_by_rule
from crm_store.coupons.windows import birthday_window
from crm_store.customers.models import Customer
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.shop.queries import current_rules, rule

WELCOME, BIRTHDAY = "welcome", "birthday"
JOINED = "joined"


def issue(
    session: Session, *, terms_id: str, customer_id: str, occasion: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """Give a customer a coupon of these terms, once for an occasion; it lasts `valid_days`, never beyond the terms' end.

    The same key and arguments again return the first coupon; ConflictError("idempotency_conflict") for others.
    CouponAlreadyIssuedError for a second one of the same occasion, CouponExhaustedError("issue_limit_reached"),
    CouponNotUsableError ("coupon_inactive", "coupon_not_started") or CouponExpiredError for terms not in force,
    NotFoundError for unknown terms or customer.
    """
    asked = fingerprint("issue", terms_id=terms_id, customer_id=customer_id, occasion=occasion)
    get_customer(session, customer_id)
    terms = get_terms(session, terms_id, lock=True)
    stored = find_issued_by_key(session, idempotency_key)
    if stored is not None:
        check_same(stored.request_hash, asked, idempotency_key)
        return stored
    earlier = session.scalar(
        select(IssuedCoupon).where(
            IssuedCoupon.terms_id == terms_id,
            IssuedCoupon.customer_id == customer_id,
            IssuedCoupon.occasion == occasion,
        )
    )
    if earlier is not None:
        raise already(earlier)
    check_in_force(terms, now)
    _count_issued(session, terms_id, 1)
    row = {
        "id": new_id(), "terms_id": terms_id, "customer_id": customer_id, "occasion": occasion, "code": new_code(),
        "state": "issued", "idempotency_key": idempotency_key, "request_hash": asked, "actor": actor, "issued_at": now,
        "expires_at": _end(session, terms, now),
    }  # fmt: skip
    if not insert_once(session, IssuedCoupon, row, ["idempotency_key"]):
        # The same request would have waited for the same terms, so whoever was first asked for something else.
        _count_issued(session, terms_id, -1)
        raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
    return get_issued(session, str(row["id"]))


def request_welcome(
    session: Session, *, customer_id: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """The welcome coupon, if the rules give it: once, within coupons.welcome.within_days_of_joining days of joining.

    NotEligibleError("not_a_member", "welcome_too_late"), CouponAlreadyIssuedError; otherwise as `issue`.
    """
    customer = lock_customer(session, customer_id)
    if stored := asked_before(session, customer_id, WELCOME, idempotency_key):
        return stored
    if earlier := find_benefit(session, customer_id, WELCOME, JOINED):
        raise already(earlier)
    if customer.joined_at is None:
        raise NotEligibleError("not_a_member")
    rules = current_rules(session)
    timezone = str(rule(rules, "shop.timezone"))
    last_day = local_date(customer.joined_at, timezone) + timedelta(
        days=int(rule(rules, "coupons.welcome.within_days_of_joining"))
    )
    if local_date(now, timezone) > last_day:
        raise NotEligibleError("welcome_too_late", last_day=last_day.isoformat())
    terms = terms_by_rule(session, WELCOME, rules)
    return issue(
        session, terms_id=terms.id, customer_id=customer_id, occasion=JOINED, idempotency_key=idempotency_key,
        actor=actor, now=now,
    )  # fmt: skip


def request_birthday(
    session: Session, *, customer_id: str, idempotency_key: str, actor: str, now: datetime
) -> IssuedCoupon:
    """The birthday coupon, if the rules give it: near the birthday, once for each year's birthday.

    NotEligibleError("birthday_unknown", "birthday_not_near"), CouponAlreadyIssuedError; otherwise as `issue`.
    """
    customer = lock_customer(session, customer_id)
    if stored := asked_before(session, customer_id, BIRTHDAY, idempotency_key):
        return stored
    if customer.birthday is None:
        raise NotEligibleError("birthday_unknown")
    rules = current_rules(session)
    occasion = _birthday_year(customer.birthday, rules, now)
    if earlier := find_benefit(session, customer_id, BIRTHDAY, occasion):
        raise already(earlier)
    terms = terms_by_rule(session, BIRTHDAY, rules)
    return issue(
        session, terms_id=terms.id, customer_id=customer_id, occasion=occasion, idempotency_key=idempotency_key,
        actor=actor, now=now,
    )  # fmt: skip


def _birthday_year(born: date, rules: dict[str, Any], now: datetime) -> str:
    """The year of the birthday that is near; NotEligibleError("birthday_not_near") when none is."""
    today = local_date(now, str(rule(rules, "shop.timezone")))
    days_before, days_after = (int(rule(rules, f"coupons.birthday.{name}")) for name in ("days_before", "days_after"))
    window = birthday_window(born, today, days_before, days_after)
    if today < window.start:
        raise NotEligibleError(
            "birthday_not_near", birthday=window.birthday.isoformat(), window_start=window.start.isoformat(),
            window_end=window.end.isoformat(),
        )  # fmt: skip
    return str(window.birthday.year)


def lock_customer(session: Session, customer_id: str) -> Customer:
    """The customer, locked: one request for a benefit at a time, also while the rules change."""
    session.scalar(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))
    return get_customer(session, customer_id)


def asked_before(session: Session, customer_id: str, benefit: str, idempotency_key: str) -> IssuedCoupon | None:
    """The coupon that the same request got before; ConflictError("idempotency_conflict") when the key is another request's."""
    stored = find_issued_by_key(session, idempotency_key)
    if stored is None:
        return None
    if stored.customer_id != customer_id or stored.terms_id.partition(".")[0] != benefit:
        raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
    return stored


def already(earlier: IssuedCoupon) -> CouponAlreadyIssuedError:
    """The refusal that names the earlier coupon."""
    return CouponAlreadyIssuedError(
        issued_coupon_id=earlier.id, state=earlier.state, expires_at=earlier.expires_at.isoformat()
    )


def _end(session: Session, terms: CouponTerms, now: datetime) -> datetime:
    timezone = str(rule(current_rules(session), "shop.timezone"))
    last = end_of_day(local_date(now, timezone) + timedelta(days=terms.valid_days), timezone)
    return last if terms.ends_at is None else min(last, terms.ends_at)


def _count_issued(session: Session, terms_id: str, difference: int) -> None:
    """Move the count of issued coupons; CouponExhaustedError when the limit does not allow it."""
    counted = session.execute(
        update(CouponTerms)
        .where(CouponTerms.id == terms_id)
        .where(CouponTerms.issue_limit.is_(None) | (CouponTerms.issued_count + difference <= CouponTerms.issue_limit))
        .values(issued_count=CouponTerms.issued_count + difference)
        .returning(CouponTerms.id)
    ).first()
    if counted is None:
        raise CouponExhaustedError("issue_limit_reached", terms_id=terms_id)
