"""Spans of time that people name: last month, 최근 3개월, 작년 겨울, in March, since January."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from core.clock import add_months

Span = tuple[date, date]
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_SEASONS = {"봄": 3, "여름": 6, "가을": 9, "겨울": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_LAST_N = re.compile(
    r"(?:최근|지난)\s*(?P<ko>\d{1,2}|한|두|세|석|네|넉|여섯)\s*(?P<ko_unit>일|주|개월|달|년)"
    r"|\b(?:last|past)\s+(?P<en>\d{1,2}|two|three|four|six|twelve)\s+(?P<en_unit>day|week|month|year)s?",
    re.IGNORECASE,
)
_COUNTS = {
    "한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "여섯": 6, "two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12,
}  # fmt: skip
_MONTH = re.compile(
    rf"(?P<last_year>작년|지난\s*해|last\s+year'?s?)?\s*(?:(?<!\d)(?P<ko>1[0-2]|[1-9])월(?!\s*\d)|\b(?:in|from|during|since)\s+(?P<en>{_MONTHS})\b)",
    re.IGNORECASE,
)
_SINCE = re.compile(r"월\s*(?:부터|이후)|\bsince\b", re.IGNORECASE)
_SEASON = re.compile(
    r"(?P<year>작년|지난\s*해|올해|지난|last(?:\s+year'?s?)?|this|in\s+the)\s*"
    r"(?P<season>봄|여름|가을|겨울|spring|summer|autumn|fall|winter)",
    re.IGNORECASE,
)


def find_period(text: str, today: date) -> Span | None:
    """The first and last day of the span that a text names, never after `today`; None when it names none."""
    for find in (_last_n, _season, _month, *_NAMED):
        span = find(text, today)
        if span is not None:
            return span[0], min(span[1], today)
    return None


def _last_n(text: str, today: date) -> Span | None:
    match = _LAST_N.search(text)
    if match is None:
        return None
    count_text = (match["ko"] or match["en"]).lower()
    count = _COUNTS[count_text] if count_text in _COUNTS else int(count_text)
    unit = (match["ko_unit"] or match["en_unit"]).lower()
    if unit in ("일", "day", "주", "week"):
        return today - timedelta(days=count * (7 if unit in ("주", "week") else 1)), today
    return add_months(today, -count * (12 if unit in ("년", "year") else 1)), today


def _month(text: str, today: date) -> Span | None:
    match = _MONTH.search(text)
    if match is None:
        return None
    number = int(match["ko"]) if match["ko"] else _MONTHS.split("|").index(match["en"].lower()) + 1
    year = today.year - 1 if match["last_year"] or number > today.month else today.year
    return (
        (date(year, number, 1), today)
        if _SINCE.search(match.group() + text[match.end() :])
        else _months(date(year, number, 1), 1)
    )


def _season(text: str, today: date) -> Span | None:
    match = _SEASON.search(text)
    if match is None:
        return None
    first = date(today.year, _SEASONS[match["season"].lower()], 1)
    named = match["year"]
    last_year = re.search(r"작년|지난\s*해|year", named, re.IGNORECASE)
    over = re.fullmatch(r"지난|last", named, re.IGNORECASE) and add_months(first, 3) > today
    if last_year or over or first > today:
        first = date(today.year - 1, first.month, 1)
    return _months(first, 3)


def _months(first: date, count: int) -> Span:
    return first, add_months(first, count) - timedelta(days=1)


def _named(pattern: str, span: Callable[[date], Span]) -> Callable[[str, date], Span | None]:
    words = re.compile(pattern, re.IGNORECASE)
    return lambda text, today: span(today) if words.search(text) else None


def _week(today: date, ago: int) -> Span:
    monday = today - timedelta(days=today.weekday() + 7 * ago)
    return monday, monday + timedelta(days=6)


_NAMED = (
    _named(r"지난\s*주|저번\s*주|\blast\s+week\b", lambda today: _week(today, 1)),
    _named(r"이번\s*주|\bthis\s+week\b", lambda today: _week(today, 0)),
    _named(
        r"지난\s*달|저번\s*달|전달에|\blast\s+month\b", lambda today: _months(add_months(today.replace(day=1), -1), 1)
    ),
    _named(r"이번\s*달|이달|\bthis\s+month\b", lambda today: _months(today.replace(day=1), 1)),
    _named(r"작년|지난\s*해|\blast\s+year\b", lambda today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))),
    _named(r"올해|\bthis\s+year\b", lambda today: (date(today.year, 1, 1), today)),
    _named(r"(?<!\d)어제|\byesterday\b", lambda today: (today - timedelta(days=1), today - timedelta(days=1))),
)
