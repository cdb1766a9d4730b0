"""What members are told unasked: changes of their tier, and points about to expire.

A notice goes into the customer's latest conversation, once by its key; who never wrote to us gets none.
"""

from __future__ import annotations

from calendar import monthrange
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
from crm_store.conversations.queries import find_by_external_id, get_conversation
from crm_store.conversations.service import add_message
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
    conversation = _latest_conversation(session, change.customer_id)
    if key is None or conversation is None or not new:
        return None
    locale = conversation.locale
    missing = Money(max(0, int(old.get("from", 0)) - change.spent), str(rule(rules, "shop.currency")))
    return _tell(
        session, conversation, key, f"tier-change:{change.id}", now, tier=_named(new, locale), old=_named(old, locale),
        rate=new["rate_percent"], months=review["months"], when=_day(change.effective_on, locale),
        missing=missing.format(locale),
    )  # fmt: skip


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
    conversation, ending = _latest_conversation(session, customer_id), expiring(session, customer_id, until, now)
    if conversation is None or not ending:
        return
    locale, (first, last) = conversation.locale, (ending[0][0], ending[-1][0])
    _tell(
        session, conversation, "points_expire_on" if first == last else "points_expire_between",
        f"{key}{customer_id}", now, points=sum(points for _, points in ending), when=_day(first, locale),
        first=_day(first, locale), last=_day(last, locale),
    )  # fmt: skip


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _latest_conversation(session: Session, customer_id: str) -> Conversation | None:
    query = select(Conversation.id).where(Conversation.customer_id == customer_id)
    found = session.scalar(query.order_by(Conversation.last_activity_at.desc(), Conversation.id).limit(1))
    return None if found is None else get_conversation(session, found, lock=True)


def _tell(
    session: Session, conversation: Conversation, key: str, external_id: str, now: datetime, **values: Any
) -> Message | None:
    if find_by_external_id(session, conversation.channel, external_id) is not None:
        return None
    text = catalogue(_TEXTS).say(key, conversation.locale, **values)
    return add_message(
        session, conversation, author="system", text=text, now=now, language=conversation.locale,
        external_id=external_id,
    )  # fmt: skip


def _named(tier: dict[str, Any], locale: str) -> str:
    names: dict[str, str] = tier.get("name", {})
    return str(names.get(locale) or next(iter(names.values()), ""))


def _day(day: date, locale: str) -> str:
    return str(format_date(day, _DAYS[locale], locale=LOCALES[locale]))
