"""Makers that everybody knows are found where they stand as words."""

from __future__ import annotations

import pytest

from bot.makers import find_makers, read_makers
from tests.bot.reading import read_one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("이니스프리 그린티 세럼 있어요?", ["이니스프리"]),
        ("품절된 닥터지 선크림", ["닥터지"]),
        ("삼성 모니터랑 소니꺼 헤드폰", ["삼성", "소니"]),
        ("is there an alternative to the Dyson's vacuum or a new balance shoe?", ["Dyson", "new balance"]),
        ("is the Kiehl's cream back?", ["Kiehl's"]),
        ("다이슨청소기반품할게요", ["다이슨"]),
        ("소니헤드폰있어요", []),
        ("삼성동 가게로 보내 주세요", []),
        ("legoland tickets, samsungs", []),
    ],
)
def test_makers_are_words(text: str, names: list[str]) -> None:
    assert [text[start:end] for start, end in find_makers(text)] == names


def test_the_lists_hold_each_name_once() -> None:
    for language in ("ko", "en"):
        names = [name.casefold() for name in read_makers(language)]
        assert len(names) == len(set(names)) > 300


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("use coupon BLOOM7 on order 4420", "4420", "4420"),
        ("Please send order 55021 to my office", "55021", "55021"),
        ("when does my refund for order 61-4407 come", "61-4407", "61-4407"),
        ("주문 A-30217 환불 어디까지 됐나요?", "A-30217", "A-30217"),
        ("주문번호90231 취소해 주세요", "90231", "90231"),
    ],
)
def test_orders_are_numbered_in_many_ways(text: str, raw: str, value: str) -> None:
    assert read_one("order_number", text) == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    ["I want to order 1000 balloons", "주문 2000원 이상이면 무료인가요", "order 2026 planner", "주문 5000개 가능?"],
)
def test_what_counts_no_order_is_none(text: str) -> None:
    assert not read_one("order_number", text)
