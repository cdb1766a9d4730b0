"""What the worker tells customers unasked: goods that are back, regular deliveries coming, ordered or missed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from core.money import LOCALES
from core.texts import catalogue
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import get_product
from crm_store.conversations.notices import tell_once
from crm_store.regular_deliveries import service as regular
from crm_store.wishes.service import take_due_alerts

TEXTS = Path(__file__).resolve().parent / "texts"
_DAYS = {"ko": "M월 d일(E)", "en": "EEE, MMM d"}


def _day(when: date, locale: str) -> str:
    return str(format_date(when, _DAYS[locale], locale=LOCALES[locale]))


def _name(product: Product, locale: str) -> str:
    return str(product.name.get(locale) or next(iter(product.name.values()), ""))


def _say(
    session: Session, customer_id: str, key: str, once: str, product_id: str, now: datetime, **values: Any
) -> None:
    """Tell a customer something about a product; days among the values are written in the reader's manner."""
    product = get_product(session, product_id)

    def wording(locale: str) -> str:
        written = {name: _day(value, locale) if isinstance(value, date) else value for name, value in values.items()}
        return catalogue(TEXTS).say(key, locale, name=_name(product, locale), **written)

    tell_once(session, customer_id, wording, key=once, now=now)


def tell_restocked(session: Session, now: datetime) -> int:
    """Serve restock alerts whose goods are back: how many. Run it again until it returns 0."""
    alerts = take_due_alerts(session, now)
    for alert in alerts:
        once = f"restock:{alert.id}:{alert.created_at.timestamp():.0f}"
        _say(session, alert.customer_id, "restocked", once, alert.product_id, now)
    return len(alerts)


def announce_regular(session: Session, now: datetime) -> int:
    """Announce the next orders of regular deliveries: how many. Run it again until it returns 0."""
    due = regular.take_due_notices(session, now)
    for delivery in due:
        once = f"regular-notice:{delivery.id}:{delivery.next_on}"
        _say(
            session, delivery.customer_id, "regular_coming", once, delivery.product_id, now, when=delivery.next_on,
            count=delivery.quantity,
        )  # fmt: skip
    return len(due)


def order_regular(session: Session, now: datetime) -> int:
    """Place what is due of regular deliveries and tell how it went: how many. Run it again until it returns 0."""
    outcomes = regular.order_due(session, now)
    for outcome in outcomes:
        delivery = outcome.delivery
        once = f"regular-run:{delivery.id}:{outcome.due_on}"
        _say(
            session, delivery.customer_id, f"regular_{outcome.state}", once, delivery.product_id, now,
            number=outcome.order_number or "", when=delivery.next_on,
        )  # fmt: skip
    return len(outcomes)
