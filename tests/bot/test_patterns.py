"""Entities read by their form: values normalised, the customer's own words without particles and bound words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns import find_entities


def read(text: str) -> list[tuple[str, str, int | str | None]]:
    return [(one["entity"], one["raw"], one["value"]) for one in find_entities(text)]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("3만원 이하로 추천해줘", "3만원", 30_000),
        ("2만 5천원 아래 양말 있어요?", "2만 5천원", 25_000),
        ("30,000원 미만 선물", "30,000원", 30_000),
        ("삼만오천원 안 넘는 걸로요", "삼만오천원", 35_000),
        ("3 만원까지", "3 만원", 30_000),
        ("~3만원", "3만원", 30_000),
        ("예산은 5만원이에요", "5만원", 50_000),
        ("최대 4만", "4만", 40_000),
        ("3.5만원 밑으로", "3.5만원", 35_000),
        ("한 3만원 정도 선물", "3만원", 30_000),
        ("gifts under 30000 won", "30000 won", 30_000),
        ("anything under thirty thousand?", "thirty thousand", 30_000),
        ("20k won or less", "20k won", 20_000),
        ("I don't want to spend more than 20,000 won", "20,000 won", 20_000),
        ("no more than twenty-five thousand won", "twenty-five thousand won", 25_000),
        ("my budget is ₩50,000", "₩50,000", 50_000),
        ("tea, 15,000 won max", "15,000 won", 15_000),
        ("under 3만원 please", "3만원", 30_000),
        ("３만원 이하", "３만원", 30_000),
        ("nuthin over 90k pls", "90k", 90_000),
    ],
)
def test_an_upper_price_limit(text: str, raw: str, value: int) -> None:
    assert read(text) == [("price_max", raw, value)]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("5만원 이상 선물세트", "5만원", 50_000),
        ("만원 넘는 간식", "만원", 10_000),
        ("over 50,000 won", "50,000 won", 50_000),
        ("at least 20k", "20k", 20_000),
        ("30,000 won or more", "30,000 won", 30_000),
        ("15000 won n up", "15000 won", 15_000),
        ("rugs that start around 60,000", "60,000", 60_000),
    ],
)
def test_a_lower_price_limit(text: str, raw: str, value: int) -> None:
    assert read(text) == [("price_min", raw, value)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1~2만원 사이로", ("1", 10_000), ("2만원", 20_000)),
        ("1만원에서 3만원 사이", ("1만원", 10_000), ("3만원", 30_000)),
        ("만원부터 이만원까지", ("만원", 10_000), ("이만원", 20_000)),
        ("만원대 간식", ("만원", 10_000), ("만원", 19_999)),
        ("2~3만원대로", ("2", 20_000), ("3만원", 39_999)),
        ("between 10,000 and 30,000 won", ("10,000", 10_000), ("30,000 won", 30_000)),
        ("10-20k won", ("10", 10_000), ("20k won", 20_000)),
        ("in the 20,000 won range", ("20,000 won", 20_000), ("20,000 won", 29_999)),
    ],
)
def test_a_price_range(text: str, low: tuple[str, int], high: tuple[str, int]) -> None:
    assert {one[0]: one[1:] for one in read(text)} == {"price_min": low, "price_max": high}


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("2봉지 담아줘", "2봉지", 2),
        ("세 개요", "세 개", 3),
        ("두 개만 원하는데요", "두 개", 2),
        ("열두 병 주문할게요", "열두 병", 12),
        ("5000점 쓸래요", "5000점", 5000),
        ("3,000포인트를 쿠폰으로", "3,000포인트", 3000),
        ("two bags of coffee", "two bags", 2),
        ("I have 5000 points", "5000 points", 5000),
    ],
)
def test_a_quantity_comes_with_its_counter(text: str, raw: str, value: int) -> None:
    assert read(text) == [("quantity", raw, value)]


@pytest.mark.parametrize(
    ("text", "entity", "raw", "value"),
    [
        ("DG24010001은 어디쯤이에요", "order_number", "DG24010001", "DG24010001"),
        ("dg-2401-0001번 주문", "order_number", "dg-2401-0001", "DG24010001"),
        ("ＤＧ２４０１０００１", "order_number", "ＤＧ２４０１０００１", "DG24010001"),
        ("주문번호 24010001이요", "order_number", "24010001", "DG24010001"),
        ("where is order #24010001?", "order_number", "#24010001", "DG24010001"),
        ("주문번호 20261117-0342 어디쯤이에요", "order_number", "20261117-0342", "20261117-0342"),
        ("cancel #48213 please", "order_number", "#48213", "48213"),
        ("eta on #5518-B?", "order_number", "#5518-B", "5518-B"),
        ("apply it to order HB-718820.", "order_number", "HB-718820", "HB-718820"),
        ("주문 건 71120-KR-08 취소 요청드립니다", "order_number", "71120-KR-08", "71120-KR-08"),
        ("my number is +1 917 555 0164 now", "phone", "+1 917 555 0164", "+19175550164"),
        ("쿠폰 코드 WELCOME10을 쓸게요", "coupon_code", "WELCOME10", "WELCOME10"),
        ("use code spring-2024", "coupon_code", "spring-2024", "SPRING-2024"),
        ("쿠폰번호는 THANKYOU예요", "coupon_code", "THANKYOU", "THANKYOU"),
        ("추천인 코드 AB12CD 입력", "referral_code", "AB12CD", "AB12CD"),
        ("메일은 Kim.A@Example.co.kr이에요", "email", "Kim.A@Example.co.kr", "kim.a@example.co.kr"),
        ("010-1234-5678로 연락 주세요", "phone", "010-1234-5678", "+821012345678"),
        ("call +82 10 1234 5678", "phone", "+82 10 1234 5678", "+821012345678"),
    ],
)
def test_codes_and_addresses(text: str, entity: str, raw: str, value: str) -> None:
    assert read(text) == [(entity, raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "배송비 3000원이에요?",
        "원피스 3만 원피스",
        "추천해줘 iPhone15 케이스",
        "NIKE 추천해줘",
        "50ml 세럼 있나요",
        "3일 이내 배송되나요",
        "10% 이상 할인",
        "2024년 이하",
        "20대 여성 선물",
        "3개월 할부",
        "안녕하세요",
        "네, 개봉했어요",
        "i need 3 days or less",
        "쿠폰 있어요?",
        "COUPON please",
    ],
)
def test_what_only_looks_like_an_entity(text: str) -> None:
    assert read(text) == []


@given(
    st.text(alphabet=st.sampled_from("3만원 이하천~DG-2401@a.b,봉지두개점won k"), max_size=40) | st.text(max_size=60)
)
def test_raw_is_always_the_text_itself(text: str) -> None:
    for one in find_entities(text):
        assert one["raw"] == text[one["start"] : one["end"]]
        assert one["raw"].strip() == one["raw"] != ""


@given(
    st.integers(1, 99).map(lambda tens: tens * 1000),
    st.sampled_from(["{:,}원 이하", "{}원 미만으로", "최대 {:,}원", "under {:,} won", "{} won or less", "~{:,}원"]),
)
def test_a_limit_in_any_style_has_its_value(value: int, style: str) -> None:
    [found] = find_entities("선물 추천 " + style.format(value))

    assert (found["entity"], found["value"]) == ("price_max", value)
