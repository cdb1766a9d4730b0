"""Single days: 내일, 다음 주 금요일, 12월 25일, 추석 전날, 3일 뒤, next Friday, the 5th, Dec 3rd, 1990-05-03.

The value is an ISO date in Korean time; `now` says which day today is. What names no single day (이번 주말, next week,
3일 이내) yields nothing. A day without a year is the nearest one; a birthday without a year stays open: --05-03.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from bot.entities.date_words import (
    ABSOLUTE,
    BIRTH_DIGITS,
    DAY_OF_MONTH,
    ENGLISH_MONTHS,
    HOLIDAY,
    KOREAN_MONTHS_AWAY,
    LAST_DAY,
    SPAN,
    SPAN_EN,
    SPAN_UNITS,
    WEEKDAY,
    WEEKDAY_EN,
    WEEKDAYS,
    relative_days,
    span_count,
)
from bot.entities.holidays import HOLIDAYS
from bot.entities.words import Found, found

KST = timezone(timedelta(hours=9))
_BIRTH = re.compile(
    r"생일|생년월일|태어|생이|birthday|birth date|date of birth|\bborn\b|\bdob\b|birthdate", re.IGNORECASE
)
# Said of what is over: the last such day is meant.
_PAST_AFTER = re.compile(
    r"\s?(?:에|날)?\s?(?:\S{1,8}\s){0,2}?(?:주문한|주문했|구매한|구매했|결제한|결제했|시킨|시켰|산\s|샀|받은|"
    r"받았|왔|온\s|도착한|도착했|배송된|신청한|신청했|반품한|취소한)"
)
_PAST_BEFORE = re.compile(
    r"\b(?:ordered|bought|purchased|paid|placed|received|got|arrived|came|delivered|shipped|returned|cancelled|"
    r"canceled|since)\b[^.?!]{0,30}$",
    re.IGNORECASE,
)


_TOLD = frozenset({"complain", "give_feedback"})


@dataclass(frozen=True)
class Asked:
    """A message and what it is read against."""

    text: str
    today: date
    intent: str | None

    @property
    def of_birth(self) -> bool:
        """Whether a day without a year is somebody's birthday."""
        return bool(_BIRTH.search(self.text)) or self.intent == "update_profile"

    def is_past(self, start: int, end: int) -> bool:
        """Whether the words around say that it is over."""
        return bool(_PAST_AFTER.match(self.text, end) or _PAST_BEFORE.search(self.text, max(0, start - 60), start))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(asked: Asked, days: list[date | None], is_past: bool) -> date | None:
    """Of candidates: the last one before today where it is over, else the nearest."""
    real = [day for day in days if day is not None]
    if is_past:
        return max((day for day in real if day <= asked.today), default=None)
    return min(real, key=lambda day: abs((day - asked.today).days), default=None)


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _year(asked: Asked, digits: str) -> int:
    """1990, or 90: a year of two digits is the latest that is not ahead of next year."""
    if len(digits) == 4:
        return int(digits)
    century = asked.today.year // 100 * 100
    year = century + int(digits)
    return year if year <= asked.today.year + 1 else year - 100


def _relative(asked: Asked) -> Iterator[Found]:
    for start, end, days in relative_days(asked.text):
        yield _iso(asked, asked.today + timedelta(days=days), start, end)


def _iso(asked: Asked, day: date, start: int, end: int) -> Found:
    return found(asked.text, "date", day.isoformat(), start, end)


def _spans(asked: Asked) -> Iterator[Found]:
    """3일 뒤, 보름 전, a week ago, in two days; in a general question a period, no day."""
    if asked.intent == "ask_faq":
        return
    for pattern in (SPAN, SPAN_EN):
        for match in pattern.finditer(asked.text):
            counted = span_count(match)
            if counted is None or (match.groupdict().get("in_unit") and asked.intent in _TOLD):
                continue  # it broke in a week
            count, unit = counted
            sign = -1 if match["ago"] else 1
            months, days = SPAN_UNITS[unit]
            if sign * count * (months * 31 + days) < -40_000 or count > 999:
                continue
            day = _add_months(asked.today, sign * count * months) + timedelta(days=sign * count * days)
            yield _iso(asked, day, *match.span("span"))


def _weekday(asked: Asked, match: re.Match[str]) -> date | None:
    weekday = WEEKDAYS[match["day"].lower()[: 1 if match["day"][0] >= "가" else 3]]
    which = re.sub(r"\s", "", match["which"] or match.groupdict().get("week") or "").lower()
    monday = asked.today - timedelta(days=asked.today.weekday())
    weeks = {"다다음": 2, "다음": 1, "담": 1, "next": 1, "nextweek": 1, "지지난": -2}
    for name, count in weeks.items():
        if which in (name, name + "주"):
            return monday + timedelta(days=weekday + 7 * count)
    if which in ("지난주", "저번주", "lastweek"):
        return monday + timedelta(days=weekday - 7)
    if which in ("이번주", "금주", "thisweek"):
        return monday + timedelta(days=weekday)
    if which in ("지난", "저번", "last", "past") or (not which and asked.is_past(*match.span())):
        return asked.today - timedelta(days=(asked.today.weekday() - weekday - 1) % 7 + 1)
    in_a_week = 7 if match.groupdict().get("in_a_week") else 0
    return asked.today + timedelta(days=(weekday - asked.today.weekday()) % 7 + in_a_week)


def _weekdays(asked: Asked) -> Iterator[Found]:
    for pattern in (WEEKDAY, WEEKDAY_EN):
        for match in pattern.finditer(asked.text):
            if asked.intent == "ask_faq" and not (match["which"] or match.groupdict().get("week")):
                continue  # 토요일에도 배송되나요: any Saturday
            day = _weekday(asked, match)
            if day is not None:
                yield _iso(asked, day, *match.span("all"))


def _month(asked: Asked, match: re.Match[str]) -> int:
    month = match["month"].lower()
    return int(month) if month.isdigit() else ENGLISH_MONTHS[month[:3]]


def _absolute(asked: Asked) -> Iterator[Found]:
    """Dates with a month, with or without a year."""
    for pattern in ABSOLUTE:
        for match in pattern.finditer(asked.text):
            groups = match.groupdict()
            month, day = _month(asked, match), int(match["day"])
            if month > 12 >= day and not groups.get("year"):
                month, day = day, month
            span = match.span("all")
            near = {"내년": 1, "작년": -1, "지난해": -1, "올해": 0, "next year": 1, "last year": -1, "this year": 0}
            relative = (groups.get("near") or "").lower()
            if groups.get("year"):
                value = _date(_year(asked, match["year"]), month, day)
            elif relative in near:
                value = _date(asked.today.year + near[relative], month, day)
            elif asked.of_birth and _date(2024, month, day):
                yield found(asked.text, "date", f"--{month:02}-{day:02}", *span)
                continue
            else:
                years = range(asked.today.year - 1, asked.today.year + 2)
                value = _nearest(asked, [_date(year, month, day) for year in years], asked.is_past(*span))
            if value:
                yield _iso(asked, value, *span)


def _birth_digits(asked: Asked) -> Iterator[Found]:
    """19900503 or 900503, where it can only be a birthday."""
    if not asked.of_birth:
        return
    for match in BIRTH_DIGITS.finditer(asked.text):
        value = _date(_year(asked, match["year"]), int(match["month"]), int(match["day"]))
        if value and 1900 <= value.year <= asked.today.year:
            yield _iso(asked, value, *match.span())


def _days_of_month(asked: Asked) -> Iterator[Found]:
    """25일까지, on the 5th, 다음 달 3일, 이번 달 말일."""
    first = asked.today.replace(day=1)
    for match in DAY_OF_MONTH.finditer(asked.text):
        away = KOREAN_MONTHS_AWAY.get(re.sub(r"\s", "", match["away"] or match["away_en"] or "").lower())
        if asked.intent == "ask_faq" and away is None:
            continue  # 14일까지 반품: a period
        span = match.span("all" if match["day"] else "all_en")
        months = [_add_months(first, step) for step in ((away,) if away is not None else (-1, 0, 1))]
        number = int(match["day"] or match["day_en"])
        days = [_date(month.year, month.month, number) for month in months]
        if away is None and not asked.is_past(*span):
            days = [day for day in days if day and day >= asked.today]
        value = _nearest(asked, days, is_past=away is None and asked.is_past(*span))
        if value:
            yield _iso(asked, value, *span)
    for match in LAST_DAY.finditer(asked.text):
        english = f"{match['away_en'] or 'this'}month".lower()
        away = KOREAN_MONTHS_AWAY.get(re.sub(r"\s", "", match["away"] or english), 0)
        span = match.span("all" if match["all"] else "all_en")
        yield _iso(asked, _add_months(first, away + 1) - timedelta(days=1), *span)


def _holidays(asked: Asked) -> Iterator[Found]:
    for match in HOLIDAY.finditer(asked.text):
        name = re.sub(r"[\s-]+", " ", re.sub(r"['’]", "", match["name"].lower()))
        shift = -1 if match["eve"] or match["eve_en"] else 1 if match["after"] or match["after_en"] else 0
        near = {"내년": 1, "작년": -1, "지난해": -1, "올해": 0, "next year's": 1, "last year's": -1, "this year's": 0}
        relative = (match["near"] or "").lower().replace("’", "'")
        years = range(asked.today.year - 1, asked.today.year + 2)
        if relative in near:
            value = HOLIDAYS[name](asked.today.year + near[relative])
        else:
            days = [day for day in (HOLIDAYS[name](year) for year in years) if day]
            is_past = relative in ("지난", "last") or asked.is_past(*match.span("all"))
            value = _nearest(asked, [day for day in days if is_past or day >= asked.today], is_past)
        if value:
            yield _iso(asked, value + timedelta(days=shift), *match.span("all"))


def find_dates(text: str, now: datetime, intent: str | None) -> Iterator[Found]:
    """Entities `date`; `now` has a zone. Overlapping ones (12월 25일 and 25일까지) come with the more telling first."""
    asked = Asked(text, now.astimezone(KST).date(), intent)
    for read in (_absolute, _birth_digits, _weekdays, _holidays, _spans, _relative, _days_of_month):
        yield from read(asked)
