"""Mails of the account's own: codes, what became of a request. Services, never advertising."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date
from sqlalchemy.orm import Session

from core.clock import local_date
from core.language import Locale, as_locale
from core.texts import catalogue
from crm_store.outbox import service as outbox
from crm_store.shop.queries import current_rules, rule

CHANNEL = "email"
_TEXTS = Path(__file__).parent / "texts"


def queue_mail(
    session: Session, kind: str, *, recipient: str, language: str, key: str, now: datetime, **values: object
) -> None:
    """Have a mail sent: the texts `<kind>_subject` and `<kind>_body`, filled in. The same key again changes nothing."""
    locale = as_locale(language)
    shop, texts = shop_name(session, locale), catalogue(_TEXTS)
    subject, body = (texts.say(f"{kind}_{part}", locale, seed="", shop=shop, **values) for part in ("subject", "body"))
    outbox.queue(
        session, channel=CHANNEL, recipient=recipient, idempotency_key=f"mail:{key}", now=now,
        body={"subject": subject, "text": body.rstrip() + "\n"},
    )  # fmt: skip


def shop_name(session: Session, locale: Locale) -> str:
    """The shop's name in a language."""
    names: dict[str, str] = rule(current_rules(session), "shop.name")
    return names.get(locale) or next(iter(names.values()))


def written_day(when: date | datetime, language: str) -> str:
    """A day with its year, as a letter has it."""
    day = local_date(when) if isinstance(when, datetime) else when
    locale = as_locale(language)
    return str(format_date(day, "y년 M월 d일" if locale == "ko" else "MMMM d, y", locale=locale))
