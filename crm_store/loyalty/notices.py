"""What members are told unasked: changes of their tier, and points about to expire.

A notice goes into the customer's latest conversation, once by its key; who never wrote to us gets none.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from babel.dates import format_date
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date, zone
from core.money import LOCALES, Money
from core.texts import catalogue
from crm_store.conversations.models import Conversation, Message
from crm_store.conversations.queries import get_conversation
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

    As soon as points come within points.expiry_notice_days of their end, all that expires in the same month is told in
    one notice. Nothing at night.
    """
    rules = current_rules(session)
    timezone = str(rule(rules, "shop.timezone"))
    if now.astimezone(zone(timezone)).hour not in _AWAKE:
        return 0
    ahead = local_date(now, timezone) + timedelta(days=int(rule(rules, "points.expiry_notice_days")))
    told = 0
    for month in sorted({local_date(now, timezone).replace(day=1), ahead.replace(day=1)}):
        last = month.replace(day=monthrange(month.year, month.month)[1])
        until = min(end_of_day(ahead, timezone), end_of_day(last, timezone))
        for customer_id in _unwarned(session, month, last, until, now, timezone)[: EXPIRY_BATCH - told]:
            told += _warn(session, customer_id, month, last, now, timezone)
    return told


def _unwarned(session: Session, month: date, last: date, until: datetime, now: datetime, timezone: str) -> list[str]:
    """Customers with a conversation whose points of that month come near their end, and who were not told of the month."""
    after = max(now, end_of_day(month - timedelta(days=1), timezone))
    key = func.concat(f"points-expiry:{month:%Y-%m}:", Lot.customer_id)
    told = select(Message.id).where(Message.external_id == key).exists()
    known = select(Conversation.id).where(Conversation.customer_id == Lot.customer_id).exists()
    query = select(Lot.customer_id).where(Lot.remaining > 0, Lot.expires_at > after, Lot.expires_at <= until)
    query = query.where(~told, known).distinct().order_by(Lot.customer_id).limit(EXPIRY_BATCH)
    return list(session.scalars(query))


def _warn(session: Session, customer_id: str, month: date, last: date, now: datetime, timezone: str) -> int:
    conversation = _latest_conversation(session, customer_id)
    ending = [
        (day, points)
        for day, points in expiring(session, customer_id, end_of_day(last, timezone), now)
        if day >= month
    ]  # fmt: skip
    if conversation is None or not ending:
        return 0
    locale, points = conversation.locale, sum(amount for _, amount in ending)
    key = "points_expire_on" if len(ending) == 1 else "points_expire_between"
    _tell(
        session, conversation, key, f"points-expiry:{month:%Y-%m}:{customer_id}", now, points=points,
        when=_day(ending[0][0], locale), first=_day(ending[0][0], locale), last=_day(ending[-1][0], locale),
    )  # fmt: skip
    return 1


def _latest_conversation(session: Session, customer_id: str) -> Conversation | None:
    query = select(Conversation.id).where(Conversation.customer_id == customer_id)
    found = session.scalar(query.order_by(Conversation.last_activity_at.desc(), Conversation.id).limit(1))
    return None if found is None else get_conversation(session, found, lock=True)


def _tell(
    session: Session, conversation: Conversation, key: str, external_id: str, now: datetime, **values: Any
) -> Message | None:
    if session.scalar(select(Message.id).where(Message.external_id == external_id).limit(1)) is not None:
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
