"""The rules a new shop begins with: the demonstration's, in its currency, with its own name and addresses."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from babel.numbers import get_currency_precision, is_currency

from core.clock import zone
from dangol.progress import CommandError

_DEMONSTRATION = Path(__file__).parent / "demo" / "rules.yml"
# What 1,000 won of the demonstration's rules become, in minor units: round sums that a shop of the place might ask.
# A currency that is not here takes one whole unit.
PER_THOUSAND = {
    "KRW": 1000, "USD": 100, "EUR": 100, "GBP": 100, "CHF": 100, "CAD": 100, "AUD": 100, "NZD": 100, "SGD": 100,
    "JPY": 100, "CNY": 500, "HKD": 500, "TWD": 2000, "THB": 2500, "VND": 20000, "INR": 5000, "SEK": 1000, "NOK": 1000,
    "DKK": 500, "PLN": 300,
}  # fmt: skip
MONEY = (
    "shipping.fee", "shipping.free_from", "shipping.remote_fee", "payment.installment_from", "gift.wrap_fee", "returns.fee",
    "returns.exchange_fee", "products.sample_from", "referral.minimum_order", "coupons.welcome.minimum_order",
    "coupons.welcome.maximum_discount", "coupons.birthday.amount", "coupons.birthday.minimum_order",
    "coupons.winback.amount", "coupons.winback.minimum_order", "coupons.apology.amount", "coupons.apology.minimum_order",
    "coupons.apology.monthly_budget", "coupons.attendance.amount", "coupons.attendance.minimum_order",
    "coupons.points_exchange.minimum_order", "tiers.neighbour.from", "tiers.regular.from", "tiers.family.from",
    "store.wholesale_from",
)  # fmt: skip
# A point is worth one minor unit.
POINTS = (
    "shipping.delay_points", "points.minimum_use", "points.review_text", "points.review_photo", "attendance.points",
    "attendance.streak_points", "referral.inviter_points", "referral.friend_points",
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """What a shop says of itself; amounts in minor units, None for the defaults of its currency."""

    name_ko: str
    name_en: str
    currency: str = "KRW"
    language: str = "ko"
    timezone: str = "Asia/Seoul"
    email: str = ""
    phone: str = ""
    checkout_url: str = "/checkout"
    shipping_fee: int | None = None
    free_from: int | None = None
    return_fee: int | None = None


def check_shop(shop: Shop) -> None:
    """CommandError for a currency, language, time zone or name that is none."""
    if not (shop.name_ko or shop.name_en):
        raise CommandError("the shop needs a name: --name-ko or --name-en")
    if not is_currency(shop.currency):
        raise CommandError(f"{shop.currency!r} is no currency (ISO 4217: KRW, GBP, USD ...)")
    if shop.language not in ("ko", "en"):
        raise CommandError(f"{shop.language!r} is no language of Dangol: ko or en")
    try:
        zone(shop.timezone)
    except (KeyError, ValueError, OSError):
        raise CommandError(f"{shop.timezone!r} is no time zone (Asia/Seoul, Europe/London ...)") from None


def first_rules(shop: Shop) -> dict[str, Any]:
    """All rules of a new shop; each is there to be changed."""
    rules: dict[str, Any] = copy.deepcopy(yaml.safe_load(_DEMONSTRATION.read_text(encoding="utf-8")))
    factor = PER_THOUSAND.get(shop.currency, 10 ** get_currency_precision(shop.currency))
    for path in (*MONEY, *POINTS):
        _change(rules, path, factor)
    phone = shop.phone or shop.email
    rules["shop"] |= {
        "name": {"ko": shop.name_ko or shop.name_en, "en": shop.name_en or shop.name_ko}, "currency": shop.currency,
        "language": shop.language, "timezone": shop.timezone, "email": shop.email, "phone": phone,
        "checkout_url": shop.checkout_url, "agreement": "staff",
    }  # fmt: skip
    rules["shipping"] |= {"courier": {"ko": "택배사", "en": "our courier"}, "courier_phone": phone}
    rules["payment"]["methods"] = {"ko": "신용·체크카드, 계좌이체", "en": "credit and debit cards, and bank transfer"}
    rules["privacy"]["officer"] = shop.email
    rules["store"]["partnership_email"] = shop.email
    if shop.currency != "KRW":
        rules["shipping"]["remote_postcodes"] = []
    given = (
        ("shipping", "fee", shop.shipping_fee),
        ("shipping", "free_from", shop.free_from),
        ("returns", "fee", shop.return_fee),
    )
    for part, name, amount in given:
        if amount is not None:
            rules[part][name] = amount
    if shop.return_fee is not None:
        rules["returns"]["exchange_fee"] = 2 * shop.return_fee
    return rules


def _change(rules: dict[str, Any], path: str, factor: int) -> None:
    *parents, name = path.split(".")
    place = rules
    for parent in parents:
        place = place[parent]
    if place[name]:
        place[name] = max(1, place[name] * factor // 1000)


def amount(text: str | None, currency: str) -> int | None:
    """An amount as somebody types it, in minor units. CommandError for what is none."""
    if text is None:
        return None
    try:
        value = Decimal(text.replace(",", "")).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        raise CommandError(f"{text!r} is no amount") from None
    if value < 0 or value != value.to_integral_value():
        raise CommandError(f"{text!r} is no amount in {currency}")
    return int(value)
