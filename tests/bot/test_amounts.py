"""Numbers written in Korean and English are read back, however they are written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amounts import english_number, korean_number, scan

DIGITS = "영일이삼사오육칠팔구"
ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def four_digits(value: int, one: str) -> str:
    """A number below 10,000 in Korean words; `one` (일 or nothing) stands before a unit counted once."""
    words = ""
    for unit, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            words += (one if digit == 1 and name else DIGITS[digit]) + name
    return words


def in_korean(value: int, one: str) -> str:
    high, low = divmod(value, 10_000)
    head = ("" if high == 1 else four_digits(high, one)) + "만" if high else ""
    return head + four_digits(low, one)


def in_english(value: int) -> str:
    if value < 20:
        return ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    for unit, name in ((1000, "thousand"), (100, "hundred")):
        if value >= unit:
            high, low = divmod(value, unit)
            return f"{in_english(high)} {name}" + (f" and {in_english(low)}" if low else "")
    raise AssertionError(value)


def in_mixed(value: int, gap: str) -> str:
    high, low = divmod(value, 10_000)
    thousands, rest = divmod(low, 1000)
    parts = [f"{high}만"] if high else []
    parts += [f"{thousands}천"] if thousands else []
    return gap.join(parts) + (str(rest) if rest and parts else "" if parts else str(rest))


@given(st.integers(1, 99_999_999), st.sampled_from(["", "일"]))
def test_korean_words(value: int, one: str) -> None:
    assert korean_number(in_korean(value, one)) == value


@given(st.integers(10, 99_999), st.sampled_from(["", " "]))
def test_digits_mixed_with_korean_units(value: int, gap: str) -> None:
    assert korean_number(in_mixed(value * 100, gap)) == value * 100


@given(st.integers(1, 999_999))
def test_english_words(value: int) -> None:
    assert english_number(in_english(value)) == value


@given(st.integers(1, 9999))
def test_decimals_of_a_unit(tenths: int) -> None:
    assert korean_number(f"{tenths / 10:.1f}만") == tenths * 1000


@pytest.mark.parametrize("text", ["", "삼사", "만만", "백천만천만", "천천", "3.00001만", "가나다", "일이삼사"])
def test_what_is_no_number_in_korean(text: str) -> None:
    assert korean_number(text) is None


@pytest.mark.parametrize("text", ["", "five five", "twenty twenty", "eleven teen", "twenty eleven"])
def test_what_is_no_number_in_english(text: str) -> None:
    assert english_number(text) is None


@given(
    st.integers(1000, 9_999_999),
    st.sampled_from(["{:,}원", "{}원", "₩{:,}", "{} won", "KRW {:,}"]),
    st.sampled_from(["", "음 ", "혹시 "]),
    st.sampled_from(["", " 있나요", " please", "짜리 🍵"]),
)
def test_an_amount_is_found_where_it_stands(value: int, style: str, before: str, after: str) -> None:
    written = style.format(value)
    [amount] = scan(before + written + after)

    assert (amount.value, amount.currency) == (value, True)
    assert (before + written + after)[amount.start : amount.end] == written


@given(st.text())
def test_any_text_is_read_without_error_and_spans_lie_within(text: str) -> None:
    amounts = list(scan(text))

    assert all(0 <= one.start < one.end <= len(text) for one in amounts)
    assert all(left.end <= right.start for left, right in pairwise(amounts))
