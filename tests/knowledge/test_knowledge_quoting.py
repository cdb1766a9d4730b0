"""Rules quoted by articles."""

from __future__ import annotations

import pytest

from core.errors import RuleViolationError
from knowledge.quoting import render

RULES = {
    "shop": {"currency": "KRW"},
    "shipping": {"fee": 3000, "courier": {"ko": "한빛택배", "en": "Hanbit Parcel"}, "cutoff_hour": "15:00"},
    "points": {"minimum_use": 1000, "rate": 1.5},
}


@pytest.mark.parametrize(
    ("body", "locale", "expected"),
    [
        ("배송비는 {{ shipping.fee | money }}이에요.", "ko", "배송비는 3,000원이에요."),
        ("It's {{shipping.fee|money}}.", "en", "It's ₩3,000."),
        ("{{ points.minimum_use | number }}점, {{ points.rate | number }}%", "ko", "1,000점, 1.5%"),
        ("{{ shipping.courier | text }} {{ shipping.cutoff_hour | text }}", "en", "Hanbit Parcel 15:00"),
        ("nothing { quoted }", "en", "nothing { quoted }"),
    ],
)
def test_quotes_are_filled_in(body: str, locale: str, expected: str) -> None:
    assert render(body, RULES, locale) == expected


@pytest.mark.parametrize(
    ("quote", "reason"),
    [
        ("shipping.speed | money", "path"),
        ("shipping.fee.more | money", "path"),
        ("shipping.fee | euros", "filter"),
        ("shipping.fee", "form"),
        ("", "form"),
        ("__class__ | text", "path"),
        ("shipping.courier | money", "value"),
        ("shipping.fee | text", "value"),
        ("shipping | text", "value"),
        ("points.rate | money", "value"),
    ],
)
def test_a_wrong_quote_is_named(quote: str, reason: str) -> None:
    with pytest.raises(RuleViolationError) as caught:
        render(f"Costs {{{{ {quote} }}}}.", RULES, "ko")
    assert caught.value.code == "quote_invalid"
    assert caught.value.context == {"quote": quote, "reason": reason}
