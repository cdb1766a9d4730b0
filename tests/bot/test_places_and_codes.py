"""Postal addresses, ways to reach a customer, coupon and referral codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bot.reading import read, read_one


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("서울시 마포구 월드컵로 12 101동 1203호로 바꿔주세요", "서울시 마포구 월드컵로 12 101동 1203호"),
        ("경기도 성남시 분당구 판교역로 166으로 보내줘", "경기도 성남시 분당구 판교역로 166"),
        ("제주시 연동 123으로요", "제주시 연동 123"),
        ("서울 강남구 역삼동 123-45번지", "서울 강남구 역삼동 123-45번지"),
        ("서울 강남구 테헤란로 152 (역삼동), 하늘빌딩 10층이에요", "서울 강남구 테헤란로 152 (역삼동), 하늘빌딩 10층"),
        ("대구 수성구 달구벌대로 2450, 3층 301호에서 받을게요", "대구 수성구 달구벌대로 2450, 3층 301호"),
        ("서울 마포구 양화로8길 12-3 2층", "서울 마포구 양화로8길 12-3 2층"),
        ("월드컵로 12 101동 1203호", "월드컵로 12 101동 1203호"),
        ("ship it to 12 World Cup-ro, Mapo-gu, Seoul please", "12 World Cup-ro, Mapo-gu, Seoul"),
        ("to Pangyo 8-ro 12", "Pangyo 8-ro 12"),
        ("deliver to 221 Baker Street, thanks", "221 Baker Street"),
        (
            "Apt 1203, 45 Gangnam-daero 12-gil, Gangnam-gu, Seoul",
            "Apt 1203, 45 Gangnam-daero 12-gil, Gangnam-gu, Seoul",
        ),
    ],
)
def test_an_address(text: str, raw: str) -> None:
    assert read_one("address", text, "change_address") == [(raw, raw)]


@pytest.mark.parametrize(
    "text",
    [
        "서울로 보내주세요",
        "강남구 역삼동",
        "앞으로 3개 더",
        "바로 2개요",
        "우리집 101동 1203호",
        "I live in Seoul",
        "2 boxes to my street",
        "별로 1점",
    ],
)
def test_no_address(text: str) -> None:
    assert read_one("address", text) == []


def test_of_two_addresses_the_wanted_one() -> None:
    text = "울산 남구 고래로 8 말고 울산 남구 고래로 18이에요"
    assert [raw for raw, _ in read_one("address", text, "change_address")] == ["울산 남구 고래로 18"]


@given(
    st.sampled_from(["서울 마포구", "부산 해운대구", "경기도 성남시 분당구", "제주시"]),
    st.sampled_from(["월드컵로", "판교역로", "솔바람길", "세종대로"]),
    st.integers(1, 999),
    st.sampled_from(["", ", 301호", " 101동 1203호", " 2층"]),
    st.sampled_from(["로 바꿔주세요", "에서 받을게요", "이요", "입니다", ""]),
)
def test_an_address_ends_before_its_particle(region: str, road: str, number: int, detail: str, ending: str) -> None:
    address = f"{region} {road} {number}{detail}"
    assert read_one("address", address + ending) == [(address, address)]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("카톡으로 알려줘", "카톡", "kakao"),
        ("문자 그만 보내요", "문자", "sms"),
        ("SMS로 보내줘", "SMS", "sms"),
        ("이메일 수신 거부", "이메일", "email"),
        ("앱 푸시 알림 꺼줘", "앱 푸시", "push"),
        ("텔레그램으로", "텔레그램", "telegram"),
        ("문자 말고 카톡으로", "카톡", "kakao"),
        ("text me", "text", "sms"),
        ("turn push notifications off", "push", "push"),
        ("unsubscribe from emails", "emails", "email"),
    ],
)
def test_a_channel(text: str, raw: str, value: str) -> None:
    assert read_one("channel", text, "opt_out_marketing") == [(raw, value)]
    assert read_one("channel", text, "ask_points") == []


@pytest.mark.parametrize("text", ["매일 보내요", "웹툰", "메일 주소는", "my email is a@b.co"])
def test_no_channel(text: str) -> None:
    assert read_one("channel", text, "link_account") == []


@pytest.mark.parametrize(
    ("text", "intent", "entity", "value"),
    [
        ("추천인 코드 DG7K2QMX 입력", None, "referral_code", "DG7K2QMX"),
        ("dg7k2qmx", None, "referral_code", "DG7K2QMX"),
        ("친구 코드는 minji88이에요", None, "referral_code", "MINJI88"),
        ("my friend's code is SUNNY77", None, "referral_code", "SUNNY77"),
        ("추천인 코드 AB-12CD", None, "referral_code", "AB-12CD"),
        ("SEA-LEE 등록해 주세요", "refer_friend", "referral_code", "SEA-LEE"),
        ("친구한테 받은 쿠폰 코드 HELLO20", None, "coupon_code", "HELLO20"),
        ("친구가 준 코드 BFF2026 써볼게요", "redeem_coupon", "coupon_code", "BFF2026"),
        ("WELCOME-7K2Q 써줘", None, "coupon_code", "WELCOME-7K2Q"),
        ("MAY-2026 적용해줘", "redeem_coupon", "coupon_code", "MAY-2026"),
        ("SNACKDAY 적용해줘", "redeem_coupon", "coupon_code", "SNACKDAY"),
        ("DG24010001", None, "order_number", "DG24010001"),
    ],
)
def test_a_code_is_of_one_kind(text: str, intent: str | None, entity: str, value: str) -> None:
    assert [(name, read_as) for name, _, read_as in read(text, intent)] == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    ["referral code please", "what's my referral code?", "추천 코드 알려줘", "iPhone15", "friend code help", "T-SHIRT"],
)
def test_no_code(text: str) -> None:
    assert [one for one in read(text) if one[0].endswith("code")] == []


@given(
    st.text(alphabet="ABCDEFGHJKMNPQRSTUVWXYZ23456789", min_size=6, max_size=6).filter(lambda code: not code.isdigit())
)
def test_a_referral_code_is_known_by_its_form(code: str) -> None:
    assert read_one("referral_code", f"이거 DG{code} 넣어줘") == [(f"DG{code}", f"DG{code}")]
    assert read_one("coupon_code", f"쿠폰 코드 DG{code}", "redeem_coupon") == []


@given(st.integers(100_000, 99_999_999))
def test_an_order_number_is_no_code(number: int) -> None:
    assert read(f"DG{number}", "refer_friend") == [("order_number", f"DG{number}", f"DG{number}")]
