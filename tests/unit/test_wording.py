"""Days, money and variants in replies, as the reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from actions.context import TurnContext
from actions.wording import day, say, won
from core.language import LOCALES, Locale


def _context(locale: Locale, message_id: str = "m1", currency: str = "KRW") -> TurnContext:
    call = SimpleNamespace(message_id=message_id)
    now = datetime(2026, 12, 31, 16, tzinfo=UTC)  # New Year's Day in Seoul
    parts = {"call": call, "now": now, "locale": locale, "timezone": "Asia/Seoul", "currency": currency}
    return cast(TurnContext, SimpleNamespace(**parts))


@pytest.mark.parametrize(
    ("locale", "when", "written"),
    [
        ("ko", date(2027, 11, 2), "11월 2일(화)"),
        ("en", date(2027, 11, 2), "Tue, Nov 2"),
        ("ko", date(2026, 12, 31), "2026년 12월 31일"),
        ("en", date(2028, 3, 1), "Mar 1, 2028"),
        ("ko", datetime(2026, 12, 31, 15, tzinfo=UTC), "1월 1일(금)"),  # the shop's day
    ],
)
def test_a_day_names_its_year_where_it_is_another_one(locale: Locale, when: date, written: str) -> None:
    assert day(_context(locale), when) == written


def test_money_is_written_in_the_readers_manner() -> None:
    assert [won(_context(locale), 12_000) for locale in LOCALES] == ["12,000원", "₩12,000"]
    assert won(_context("en", currency="GBP"), 1050) == "£10.50"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_turn_told_again_says_the_same(locale: Locale) -> None:
    told = [[say(_context(locale, f"m{number}"), "thank") for number in range(30)] for _ in range(2)]
    assert told[0] == told[1]
    assert len(set(told[0])) == 3
