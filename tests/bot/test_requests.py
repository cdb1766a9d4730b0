"""Taking a message apart: what is ruled out, and several requests in one."""

from __future__ import annotations

import pytest

from bot.requests import split_requests, without_ruled_out


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("쿠폰 말고 포인트 알려줘", "포인트 알려줘"),
        ("반품이 아니라 교환하고 싶어요", "교환하고 싶어요"),
        ("네이비 말고 블랙 있어요?", "블랙 있어요?"),
        ("취소 말고요", "취소 말고요"),
        ("not the coupon, my points please", "my points please"),
        ("show me points instead of coupons", "show me points"),
        ("말고기 있나요", "말고기 있나요"),
        ("그냥 반품할게요", "그냥 반품할게요"),
    ],
)
def test_what_is_ruled_out_is_left_out(text: str, left: str) -> None:
    piece = without_ruled_out(text)
    assert piece.text == left
    assert text[piece.start :].startswith(left)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("주문 언제 와요? 그리고 쿠폰 있는지 알려줘", ["주문 언제 와요?", "쿠폰 있는지 알려줘"]),
        ("포인트 얼마 있는지 보여주고 쿠폰도 알려주세요", ["포인트 얼마 있는지 보여주", "쿠폰도 알려주세요"]),
        ("Where is my order? Also, do I have coupons?", ["Where is my order?", "do I have coupons?"]),
        ("cancel my order and tell me my points", ["cancel my order", "tell me my points"]),
        ("반품 말고 배송지만 바꿔 주세요", []),
        ("안녕하세요", []),
        ("로션이랑 토너 추천해 주세요", []),
    ],
)
def test_requests_are_told_apart(text: str, parts: list[str]) -> None:
    pieces = split_requests(text)
    assert [piece.text for piece in pieces] == parts
    assert all(text[piece.start :].startswith(piece.text) for piece in pieces)
