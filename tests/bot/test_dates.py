"""Days: the value is an ISO date in Korean time; what names no single day is none. Today is Sunday, 22 November 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns import find_entities
from tests.bot.reading import NOW, read_one


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("오늘 배송돼요?", "오늘", "2026-11-22"),
        ("내일 도착하나요", "내일", "2026-11-23"),
        ("모레까지요", "모레", "2026-11-24"),
        ("내일모레", "내일모레", "2026-11-24"),
        ("글피", "글피", "2026-11-25"),
        ("어제 산 거", "어제", "2026-11-21"),
        ("다음 주 금요일까지 받고 싶어요", "다음 주 금요일", "2026-11-27"),
        ("지난주 금요일에 산 거", "지난주 금요일", "2026-11-13"),
        ("금요일에 주문했는데", "금요일", "2026-11-20"),
        ("금요일에 와요?", "금요일", "2026-11-27"),
        ("12월 25일까지", "12월 25일", "2026-12-25"),
        ("12/25까지", "12/25", "2026-12-25"),
        ("내년 1월 5일", "내년 1월 5일", "2027-01-05"),
        ("10월 3일에 산 옷", "10월 3일", "2026-10-03"),
        ("다음 달 3일에", "다음 달 3일", "2026-12-03"),
        ("25일까지 와야 해요", "25일", "2026-11-25"),
        ("이번 달 말일", "이번 달 말일", "2026-11-30"),
        ("보름 뒤에", "보름 뒤", "2026-12-07"),
        ("3일 뒤", "3일 뒤", "2026-11-25"),
        ("일주일 전에 주문한", "일주일 전", "2026-11-15"),
        ("크리스마스까지", "크리스마스", "2026-12-25"),
        ("크리스마스 이브", "크리스마스 이브", "2026-12-24"),
        ("설 전까지", "설", "2027-02-07"),
        ("설날 전날까지", "설날 전날", "2027-02-06"),
        ("추석 다음날", "추석 다음날", "2027-09-16"),
        ("지난 추석에 산", "지난 추석", "2026-09-25"),
        ("by tomorrow", "tomorrow", "2026-11-23"),
        ("the day after tomorrow", "the day after tomorrow", "2026-11-24"),
        ("next Friday", "next Friday", "2026-11-27"),
        ("last Friday", "last Friday", "2026-11-20"),
        ("I ordered on Monday", "Monday", "2026-11-16"),
        ("on the 5th", "the 5th", "2026-12-05"),
        ("by the end of the month", "end of the month", "2026-11-30"),
        ("at the end of next month", "end of next month", "2026-12-31"),
        ("이달 말에 없어져요?", "이달 말", "2026-11-30"),
        ("담주 화욜까지요", "담주 화욜", "2026-11-24"),
        ("next one a week on Tuesday", "a week on Tuesday", "2026-12-01"),
        ("they said this coming fri", "this coming fri", "2026-11-27"),
        ("open on the day after Chuseok?", "the day after Chuseok", "2027-09-16"),
        ("Dec 3rd", "Dec 3rd", "2026-12-03"),
        ("in 3 days", "in 3 days", "2026-11-25"),
        ("a week ago", "a week ago", "2026-11-15"),
        ("before Christmas", "Christmas", "2026-12-25"),
        ("Valentine’s Day", "Valentine’s Day", "2027-02-14"),
        ("Chuseok eve", "Chuseok eve", "2027-09-14"),
        ("1990년 5월 3일", "1990년 5월 3일", "1990-05-03"),
        ("90.5.3", "90.5.3", "1990-05-03"),
        ("1990-05-03이에요", "1990-05-03", "1990-05-03"),
        ("May 3 1990", "May 3 1990", "1990-05-03"),
        ("3 May, 1990", "3 May, 1990", "1990-05-03"),
        ("생년월일은 900503", "900503", "1990-05-03"),
        ("생일은 5월 3일이에요", "5월 3일", "--05-03"),
    ],
)
def test_a_day(text: str, raw: str, value: str) -> None:
    assert read_one("date", text) == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "이번 주말", "다음 주", "next week", "설명해줘", "추석 선물 추천", "설 연휴에", "Christmas gift", "7일 이내", "3일 걸려요",
        "2월 30일", "24/7", "1/2", "may I return it", "the 2nd one", "오늘의 특가", "Fridays", "every Monday", "3개월",
        "within 3 days", "90.5점", "DG24010001",
    ],
)  # fmt: skip
def test_no_single_day(text: str) -> None:
    assert read_one("date", text) == []


@pytest.mark.parametrize("text", ["주문 3일 뒤에 와요?", "토요일에도 배송돼요?", "14일까지 반품되나요?"])
def test_a_general_question_has_periods_but_no_days(text: str) -> None:
    assert read_one("date", text, "ask_faq") == []


def test_small_talk_has_no_day_but_an_answer_has() -> None:
    assert read_one("date", "오늘 날씨 좋네요", "chitchat") == []
    assert read_one("date", "내일이요", "chitchat") == [("내일", "2026-11-23")]


def test_today_is_the_day_in_korea() -> None:
    late = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert [one["value"] for one in find_entities("오늘", None, late)] == ["2026-11-23"]


@given(
    st.dates(date(2025, 11, 23), date(2027, 11, 21)),
    st.sampled_from(["{0.year}년 {0.month}월 {0.day}일까지", "{0:%Y-%m-%d}", "{0:%B} {0.day}, {0.year}"]),
)
def test_a_full_date_is_itself(day: date, style: str) -> None:
    assert [value for _, value in read_one("date", style.format(day))] == [day.isoformat()]


@given(st.integers(1, 99), st.sampled_from([("{}일 뒤", 1), ("{}일 전", -1), ("in {} days", 1), ("{} days ago", -1)]))
def test_a_number_of_days_is_counted_from_today(count: int, style: tuple[str, int]) -> None:
    [(_, value)] = read_one("date", style[0].format(count))
    assert value == (NOW.date() + timedelta(days=style[1] * count)).isoformat()


@given(
    st.datetimes(datetime.fromisoformat("2024-02-11"), datetime.fromisoformat("2032-02-01")),
    st.sampled_from(["설날", "추석", "크리스마스", "석가탄신일", "Halloween"]),
)
def test_a_holiday_is_never_past(moment: datetime, name: str) -> None:
    now = moment.replace(tzinfo=UTC)
    for one in find_entities(name, None, now):
        assert date.fromisoformat(str(one["value"])) >= now.date()
