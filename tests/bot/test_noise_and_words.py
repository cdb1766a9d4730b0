"""Machine-made slips, English words run together, and marks of what is no request: pure functions, here without Rasa."""

from __future__ import annotations

import string
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.marks import mark_features
from bot.noise import noisy, slip
from bot.requests import sentences_of

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)


@given(TEXTS, st.integers(0, 1000))
def test_noise_is_reproducible_and_never_fails(text: str, seed: int) -> None:
    assert noisy(text, Random(seed)) == noisy(text, Random(seed))


@given(st.text(string.ascii_letters, min_size=1, max_size=80), st.integers(0, 1000))
def test_a_slip_stays_near_the_text(text: str, seed: int) -> None:
    assert abs(len(slip(text, Random(seed))) - len(text)) <= max(1, round(len(text) / 14))


def test_slips_of_hangul_are_put_together_again() -> None:
    slipped = {slip("배송 언제 와요", Random(seed)) for seed in range(40)}
    assert len(slipped) > 20
    assert all(unicodedata.is_normalized("NFC", one) for one in slipped)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("쿠팡 주문 취소해줘", {"@shop", "@shop 주문"}),
        ("알리미 켜 주세요", set()),
        ("my roommate's coupons", {"@person", "@person coupons"}),
        ("아직 담지 마세요", {"@dont"}),
        ("친구가 환불받았대", {"@person", "@heard"}),
        ("배송비 얼마예요", set()),
    ],
)
def test_marks_stand_for_what_is_no_request_to_us(text: str, marks: set[str]) -> None:
    found = set(mark_features(text))
    assert marks <= found
    assert bool(marks) == bool(found)


@given(TEXTS)
def test_marks_can_be_taken_of_any_text(text: str) -> None:
    assert all("@" in feature for feature in mark_features(text))


def test_sentences_are_those_that_say_something() -> None:
    text = "Hi! My cat ate it. Please cancel my order\nthanks a lot"
    assert sentences_of(text) == ["My cat ate it.", "Please cancel my order", "thanks a lot"]
