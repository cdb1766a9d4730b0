"""Money: an integer in the currency's minor unit with its ISO 4217 code (KRW has no minor unit)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

LOCALES = {"ko": "ko_KR", "en": "en_US"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units. Adding two currencies is an error."""

    amount: int
    currency: str = "KRW"

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def format(self, locale: str) -> str:
        """In the reader's manner: 12,000원 in Korean, ₩12,000 in English."""
        if self.currency == "KRW" and locale == "ko":
            return f"{self.amount:,}원"
        exponent = get_currency_precision(self.currency)
        value = Decimal(self.amount).scaleb(-exponent)
        return str(format_currency(value, self.currency, locale=LOCALES.get(locale, "en_US")))
