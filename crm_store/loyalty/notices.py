"""What members are told unasked: changes of their tier, and points about to expire.

A notice goes into the customer's latest conversation, once by its key; who never wrote to us gets none.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from babel.dates import format_date
from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date, zone
from core.money import LOCALES, Money
from core.texts import catalogue
from crm_store.conversations.models import Conversation, Message
from crm_store.conversations.notices import tell_once
from crm_store.loyalty.models import TierChange
from crm_store.points.models import Lot
from crm_store.points.queries import expiring
from crm_store.shop.queries import current_rules, rule

_TEXTS = Path(__file__).resolve().parent / "texts"
_DAYS = {"ko": "M월 d일", "en": "MMMM d"}
# Nobody is woken by a notice that has weeks of time: hours of the shop's time zone.
_AWAKE = range(9, 21)
EXPIRY_BATCH = 200


def tell_tier(session: Session, change: TierChange, now: datetime) -> Message | None:
    """Tell a customer of a change of tier, or that one is announced."""
    rules = current_rules(session)
    tiers, review = rule(rules, "tiers"), rule(rules, "tier_review")
    old, new = tiers.get(change.from_tier or "", {}), tiers.get(change.to_tier, {})
    key = {"upgraded": "tier_upgraded", "downgraded": "tier_downgraded"}.get(change.kind)
    if change.kind == "kept":
        key = "tier_called_off" if change.to_tier == change.from_tier else "tier_announced"
    if key is None or not new:
        return None

    def values(locale: str) -> dict[str, Any]:
        missing = Money(max(0, int(old.get("from", 0)) - change.spent), str(rule(rules, "shop.currency")))
        return {
            "tier": _named(new, locale), "old": _named(old, locale), "rate": new["rate_percent"],
            "months": review["months"], "when": _day(change.effective_on, locale), "missing": missing.format(locale),
        }  # fmt: skip

    return _tell(session, change.customer_id, key, f"tier-change:{change.id}", now, values)


def warn_expiring(session: Session, now: datetime) -> int:
    """Tell up to 200 customers what is about to expire: how many were told. Run it again until it returns 0.

    One notice in a calendar month at most, for all that expires until the end of the month that lies
    points.expiry_notice_days behind this month's end: nothing expires that was not told that many days ahead. Not at night.
    """
    rules = current_rules(session)
    timezone = str(rule(rules, "shop.timezone"))
    if now.astimezone(zone(timezone)).hour not in _AWAKE:
        return 0
    today = local_date(now, timezone)
    ahead = _month_end(today) + timedelta(days=int(rule(rules, "points.expiry_notice_days")))
    until = end_of_day(_month_end(ahead), timezone)
    key = f"points-expiry:{today:%Y-%m}:"
    unwarned = _unwarned(session, key, now, until)
    for customer_id in unwarned:
        _warn(session, customer_id, key, now, until)
    return len(unwarned)


def _unwarned(session: Session, key: str, now: datetime, until: datetime) -> list[str]:
    """Customers with a conversation and points that end by then, who were not told under this key."""
    told = select(Message.id).where(Message.channel == Conversation.channel)
    told = told.where(Message.external_id == literal(key) + Lot.customer_id)
    query = select(Lot.customer_id).join(Conversation, Conversation.customer_id == Lot.customer_id)
    query = query.where(Lot.remaining > 0, Lot.expires_at > now, Lot.expires_at <= until)
    # Told in any of the customer's conversations: no customer of whom one has it is left over.
    query = query.group_by(Lot.customer_id).having(func.max(case((told.exists(), 1), else_=0)) == 0)
    return list(session.scalars(query.order_by(Lot.customer_id).limit(EXPIRY_BATCH)))


def _warn(session: Session, customer_id: str, key: str, now: datetime, until: datetime) -> None:
    ending = expiring(session, customer_id, until, now)
    if not ending:
        return
    first, last = ending[0][0], ending[-1][0]

    def values(locale: str) -> dict[str, Any]:
        return {
            "points": sum(points for _, points in ending), "when": _day(first, locale), "first": _day(first, locale),
            "last": _day(last, locale),
        }  # fmt: skip

    text = "points_expire_on" if first == last else "points_expire_between"
    _tell(session, customer_id, text, f"{key}{customer_id}", now, values)


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _tell(
    session: Session,
    customer_id: str,
    key: str,
    external_id: str,
    now: datetime,
    wording: Callable[[str], dict[str, Any]],
) -> Message | None:
    """Say the text of `key` with the values that `wording` gives for a language."""
    return tell_once(
        session,
        customer_id,
        lambda locale: catalogue(_TEXTS).say(key, locale, **wording(locale)),
        key=external_id,
        now=now,
    )


def _named(tier: dict[str, Any], locale: str) -> str:
    names: dict[str, str] = tier.get("name", {})
    return str(names.get(locale) or next(iter(names.values()), ""))


def _day(day: date, locale: str) -> str:
    return str(format_date(day, _DAYS[locale], locale=LOCALES[locale]))
