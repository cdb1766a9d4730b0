"""Use cases on tiers: bring a customer's tier up to date, the monthly review, and how far it is to the next one.

`customers.tier` keeps what `standing` says; this is the only code that changes it after joining.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.customers.models import Customer
from crm_store.customers.queries import get_customer
from crm_store.loyalty import notices
from crm_store.loyalty.counting import purchases_of, shop_day, starts_of, tier_rules_over_time
from crm_store.loyalty.models import TierChange
from crm_store.loyalty.standing import Standing, TierRules, safe_until, standing
from crm_store.shop.queries import current_rules
from crm_store.staff.models import AuditEntry
from crm_store.staff.service import record

REVIEW_BATCH = 200
# The actor of the marks a review leaves in the audit log: where it is, and that it is through.
_REVIEWER, _MARK = "tier-review", "tiers.review"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a customer stands. `spent` counts towards tiers now, in minor units; `missing` is the way to `next_tier`.

    `until` is the first day on which the tier may be lost if nothing more is bought, None for the lowest tier; `falls_to`
    is the tier of an announced downgrade on that day. Without a higher tier, `next_tier` is None and `missing` 0.
    """

    tier: str
    spent: int
    next_tier: str | None
    missing: int
    until: date | None
    falls_to: str | None


def review(session: Session, customer_id: str, now: datetime, actor: str = "system") -> TierChange | None:
    """Make the customer's tier what their purchases give now; the change or announcement, None when all is as it was."""
    lock_customer(session, customer_id)
    found = standings(session, [customer_id], now)[customer_id]
    return _settle(session, get_customer(session, customer_id), found, now, actor)


def review_due(session: Session, now: datetime) -> int:
    """The monthly review of the next 200 customers above the lowest tier: how many were looked at.

    Run it again until it returns 0. A store's first run only takes note of the month; a month missed is made up for.
    """
    today = shop_day(session)(now)
    rules = TierRules.read(current_rules(session))
    day = rules.review_day(today.year, today.month)
    if day > today:
        day = rules.review_after(day, -1)
    marks = select(AuditEntry).where(AuditEntry.actor == _REVIEWER, AuditEntry.action == _MARK)
    mark = session.scalar(marks.where(AuditEntry.target == day.isoformat()).order_by(AuditEntry.id.desc()).limit(1))
    first_ever = mark is None and session.scalar(marks.limit(1)) is None
    if first_ever or (mark is not None and mark.detail["done"]):
        if first_ever:
            record(session, _REVIEWER, _MARK, day.isoformat(), now, after="", done=True)
        return 0
    lowest = rules.tiers[0][0]
    due = select(Customer.id).where(Customer.id > (mark.detail["after"] if mark else ""))
    due = due.where((Customer.tier != lowest) | Customer.tier_until.is_not(None)).order_by(Customer.id)
    batch = list(session.scalars(due.limit(REVIEW_BATCH).with_for_update(key_share=True)))
    for customer_id, found in standings(session, batch, now).items():
        _settle(session, get_customer(session, customer_id), found, now, "system")
    last = batch[-1] if batch else ""
    record(session, _REVIEWER, _MARK, day.isoformat(), now, after=last, done=len(batch) < REVIEW_BATCH)
    return len(batch)


def progress(session: Session, customer_id: str, now: datetime) -> Progress:
    """Where a customer stands now, and what is missing to the next tier."""
    customer = get_customer(session, customer_id)
    today, rules = shop_day(session)(now), TierRules.read(current_rules(session))
    purchases = purchases_of(session, [customer_id])[customer_id]
    spent = standing(purchases, lambda _: rules, today).spent
    above = rules.tiers[rules.level(customer.tier) + 1 :]
    next_tier, least = above[0] if above else (None, spent)
    stored = Standing(customer.tier, customer.tier_next, customer.tier_until)
    until = safe_until(purchases, rules, stored, today)
    return Progress(customer.tier, spent, next_tier, max(0, least - spent), until, customer.tier_next)


def lock_customer(session: Session, customer_id: str) -> None:
    """One change of a customer's standing at a time."""
    locked = select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)
    session.scalar(locked.execution_options(populate_existing=True))


def last_day(progress: Progress) -> date | None:
    """The last day on which the tier is certain."""
    return None if progress.until is None else progress.until - timedelta(days=1)


def standings(session: Session, customer_ids: list[str], now: datetime) -> dict[str, Standing]:
    """What customers' purchases give now, by the rules of each day; nothing is written."""
    today, rules_on = shop_day(session)(now), tier_rules_over_time(session)
    purchases, starts = purchases_of(session, customer_ids), starts_of(session, customer_ids)
    return {each: standing(purchases.get(each, []), rules_on, today, starts.get(each)) for each in customer_ids}


def _settle(session: Session, customer: Customer, found: Standing, now: datetime, actor: str) -> TierChange | None:
    before = (customer.tier, customer.tier_next, customer.tier_until)
    if before == (found.tier, found.next_tier, found.until):
        return None
    today, rules = shop_day(session)(now), TierRules.read(current_rules(session))
    if found.tier != customer.tier:
        kind = "upgraded" if rules.level(found.tier) > rules.level(customer.tier) else "downgraded"
        to_tier, effective_on = found.tier, today
    else:
        kind, to_tier, effective_on = "kept", found.next_tier or found.tier, found.until or today
    change = TierChange(
        customer_id=customer.id, kind=kind, from_tier=customer.tier, to_tier=to_tier, spent=found.spent,
        effective_on=effective_on, actor=actor, created_at=now,
    )  # fmt: skip
    session.add(change)
    customer.tier, customer.tier_next, customer.tier_until = found.tier, found.next_tier, found.until
    session.flush()
    notices.tell_tier(session, change, now)
    return change
