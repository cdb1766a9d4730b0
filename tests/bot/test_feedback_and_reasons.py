"""Ratings, how many, and why: what a customer says about things."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns import find_entities
from tests.bot.reading import NOW, read_one


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("별 5개 드려요", "별 5개", 5),
        ("별 다섯 개", "별 다섯 개", 5),
        ("별점 4점", "4점", 4),
        ("평점 5예요", "5", 5),
        ("5점 만점에 4", "4", 4),
        ("100점 만점에 100점", "100점", 5),
        ("★★★★☆", "★★★★☆", 4),
        ("5/5 would buy again", "5/5", 5),
        ("10/10", "10/10", 5),
        ("four stars", "four stars", 4),
        ("a 5-star shop", "5-star", 5),
        ("3 out of 5", "3 out of 5", 3),
        ("rating 3, it was okay", "3", 3),
    ],
)
def test_a_rating(text: str, raw: str, value: int) -> None:
    assert read_one("rating", text) == [(raw, value)]
    assert read_one("quantity", text, "give_feedback") == []


def test_points_alone_are_a_rating_only_in_feedback() -> None:
    assert read_one("rating", "5점 드릴게요", "give_feedback") == [("5점", 5)]
    assert read_one("rating", "5점 드릴게요", "exchange_points") == []


@pytest.mark.parametrize("text", ["5000점", "별로예요", "3.5 stars", "7/5", "별 하나도 아까워요", "5/5에 배송", "9/10"])
def test_no_rating(text: str) -> None:
    assert read_one("rating", text) == []


@given(st.integers(1, 5), st.integers(0, 4))
def test_stars_are_counted(full: int, empty: int) -> None:
    stars = "★" * full + "☆" * empty
    assert read_one("rating", stars) == [(stars, full)]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("한 개 담아줘", "한 개", 1),
        ("하나 담아줘", "하나", 1),
        ("3세트요", "3세트", 3),
        ("스물다섯 개", "스물다섯 개", 25),
        ("a couple of bags", "a couple of bags", 2),
        ("a dozen eggs", "a dozen", 12),
        ("add two moru toners", "two", 2),
        ("two of those", "two", 2),
        ("make it 3", "3", 3),
        ("a box of tea", "a box", 1),
        ("one tumbler please", "one", 1),
    ],
)
def test_how_many_for_the_cart(text: str, raw: str, value: int) -> None:
    assert read_one("quantity", text, "add_to_cart") == [(raw, value)]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("5000점 쓸래요", "5000점", 5000),
        ("5천 포인트를", "5천 포인트", 5000),
        ("만 포인트", "만 포인트", 10_000),
        ("2,000 of my points", "2,000", 2000),
    ],
)
def test_an_amount_of_points(text: str, raw: str, value: int) -> None:
    assert read_one("quantity", text, "exchange_points") == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "두 번째 거요",
        "2주마다",
        "every two weeks",
        "get the second one",
        "size 8",
        "I want one that fits",
        "만점이에요",
    ],
)
def test_no_quantity(text: str) -> None:
    assert read_one("quantity", text, "subscribe_product") == []


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("어제 주문한 티셔츠 사이즈가 안 맞아서 반품하고 싶어요", "사이즈가 안 맞아서"),
        ("단순 변심이에요 취소해주세요", "단순 변심"),
        ("배송 지연 때문에 취소할게요", "배송 지연"),
        ("색이 사진이랑 달라요 교환해주세요", "색이 사진이랑 달라요"),
        ("이 신발은 너무 작아서 큰 걸로 교환하고 싶어요", "너무 작아서"),
        ("더 이상 이용하지 않아서 탈퇴할게요", "더 이상 이용하지 않아서"),
        ("취소할게요 너무 비싸서요", "너무 비싸서"),
        ("다른 데가 더 싸길래 취소하려고요", "다른 데가 더 싸길래"),
        ("사이즈가 작은데 교환 가능할까요", "사이즈가 작은데"),
        ("너무 많이 남아서 이번 달은 건너뛸게요", "너무 많이 남아서"),
        ("필요 없어졌으니까 취소해줘", "필요 없어졌으니까"),
        ("I changed my mind, cancel my order", "I changed my mind"),
        ("cancel it because I found it cheaper elsewhere, please", "I found it cheaper elsewhere"),
        ("Since it's too big, I'd like to return it", "it's too big"),
        ("It's too small so I want to return it", "It's too small"),
        ("I'd like to return the jacket that doesn't fit", "doesn't fit"),
        ("delete my account cuz you send too much spam", "you send too much spam"),
        ("skip the next one, I still have plenty", "I still have plenty"),
    ],
)
def test_a_reason(text: str, raw: str) -> None:
    assert read_one("reason", text, "request_return") == [(raw, raw)]
    assert read_one("reason", text, "ask_order_status") == []


@pytest.mark.parametrize(
    "text",
    [
        "취소해주세요", "반품하고 싶어서 문의드려요", "집에서 반품 접수할게요", "M에서 L로 교환해주세요", "알아서 보내주세요",
        "cancel order DG24010001", "as soon as possible cancel it", "replace the broken plate",
    ],
)  # fmt: skip
def test_no_reason(text: str) -> None:
    assert read_one("reason", text, "request_exchange") == []


LETTERS = st.sampled_from(
    [
        *"가서요 에이 12만천.,/-★별점",
        "블랙",
        "사이즈",
        "때문에",
        "size ",
        "DG",
        "서울 ",
        "로 12",
        "12월 ",
        "일",
        "because ",
        "too ",
        "x",
    ]
)


@given(
    st.lists(LETTERS, max_size=25).map("".join),
    st.sampled_from([None, "request_return", "add_to_cart", "redeem_coupon", "update_profile"]),
)
def test_no_two_entities_share_characters_but_a_reason(text: str, intent: str | None) -> None:
    entities = [
        one for one in find_entities(text, intent, NOW) if one["entity"] not in ("reason", "price_min", "price_max")
    ]
    for one, following in pairwise(entities):
        assert one["end"] <= following["start"]
    for one in entities:
        assert one["raw"] == text[one["start"] : one["end"]]


@pytest.mark.parametrize(
    "piece", ["블랙 말고 ", "천", "3만 ", "★", "별 ", "안 맞아서 ", "too ", "12/", "서울 ", "a-", "1 "]
)
def test_the_longest_message_is_read_in_a_moment(piece: str) -> None:
    text = (piece * 4000)[:4000]
    started = time.process_time()
    find_entities(text, "request_return", NOW)
    assert time.process_time() - started < 2
