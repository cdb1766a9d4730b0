"""Amounts as customers write them, in Korean and English: 3만 5천원, 삼만원, 30,000 won, 20k, thirty thousand.

Pure functions over `re`, importable from any Python: nothing of Rasa here. `scan` finds every amount in a text;
`korean_number` and `english_number` read one written-out number. Values are whole numbers (won, pieces).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)"
SINO = {digit: value for value, digit in enumerate("영일이삼사오육칠팔구")}
SMALL_UNITS = {"십": 10, "백": 100, "천": 1000}
BIG_UNITS = {"만": 10_000, "억": 100_000_000}
# 원 is the currency unless it begins another word (원피스, 원하는, 원래 ...).
WON = r"원(?!피스|두|단|형|래|하|해|한|했|산지|숭|목|서|인)"

_PIECE = rf"(?:{DIGITS}\s?|[일이삼사오육칠팔구])?[십백천만억]{{1,3}}"
_TAIL = rf"(?:\d{{1,4}}(?!\d)|\s\d{{3,4}}(?=\s?{WON})|[일이삼사오육칠팔구](?=\s?{WON}))"
_KOREAN = rf"(?<![\d.,]){_PIECE}(?:\s?{_PIECE}){{0,8}}{_TAIL}?"

ENGLISH_ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
ENGLISH_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = rf"(?:{'|'.join([*ENGLISH_TENS, *ENGLISH_SCALES, *sorted(ENGLISH_ONES, key=len, reverse=True)])})"
_ENGLISH_WORDS = (
    rf"(?<![A-Za-z])(?:a\s+(?=hundred|thousand|million))?{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD})*(?![A-Za-z])"
)
_ENGLISH_DIGITS = rf"(?<![\w.,]){DIGITS}\s?(?:k|grand|thousand|million)(?![A-Za-z])"

_AMOUNT = re.compile(
    rf"(?P<sign>₩\s?|(?:krw|won)\s(?=\d)|krw(?=\d))?"
    rf"(?:(?P<short>{_ENGLISH_DIGITS})|(?P<words>{_ENGLISH_WORDS})|(?P<korean>{_KOREAN})"
    rf"|(?<![\w.,])(?P<plain>{DIGITS})|(?<=[가-힣])(?P<glued>{DIGITS}))"
    rf"(?P<currency>\s?(?:{WON}|(?:won|krw)(?![A-Za-z])|₩))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """One amount in a text. `scale` is what a bare number before it inherits (1~2만원: 10000); `marked` says that
    the text itself shows it to be money (currency) or at least a large round number (만, 천, k, thousand)."""

    start: int
    end: int
    value: int
    scale: int
    currency: bool
    marked: bool


def korean_number(text: str) -> int | None:
    """The value of 3만 5천, 삼만오천, 2만5000, 3.5만, 천 ...; None when it is no well-formed whole number."""
    parts = re.findall(rf"{DIGITS}|[영일이삼사오육칠팔구십백천만억]", text)
    if not parts or "".join(parts) != re.sub(r"\s", "", text):
        return None
    total, section, number = Fraction(0), Fraction(0), None
    last_small, last_big = 10_000, 10**12
    for part in parts:
        if part in SMALL_UNITS:
            unit = SMALL_UNITS[part]
            if unit >= last_small:
                return None
            section, number, last_small = section + (1 if number is None else number) * unit, None, unit
        elif part in BIG_UNITS:
            unit = BIG_UNITS[part]
            section += number or 0
            if unit >= last_big or (section == 0 and number is not None):
                return None
            total, section, number = total + (section or 1) * unit, Fraction(0), None
            last_small, last_big = 10_000, unit
        elif number is not None:
            return None
        else:
            number = Fraction(SINO[part]) if part in SINO else Fraction(part.replace(",", ""))
            if (number >= last_small and last_small < 10_000) or (total and number >= last_big):
                return None
    total += section + (number or 0)
    return int(total) if total.denominator == 1 else None


def english_number(text: str) -> int | None:
    """The value of thirty thousand, a hundred and five, twenty-five thousand; None when it is no number."""
    words = [word for word in re.split(r"[\s-]+", text.lower().strip()) if word and word not in ("and", "a")]
    total, section = 0, 0
    room = 10**9  # what the next small word must stay under, so that "five five" is refused
    for word in words:
        if word in ENGLISH_ONES and ENGLISH_ONES[word] < room:
            section, room = section + ENGLISH_ONES[word], 1
        elif word in ENGLISH_TENS and ENGLISH_TENS[word] < room:
            section, room = section + ENGLISH_TENS[word], 10
        elif word == "hundred" and section < 100:
            section, room = (section or 1) * 100, 100
        elif word in ("thousand", "million"):
            total, section, room = total + (section or 1) * ENGLISH_SCALES[word], 0, 10**9
        else:
            return None
    return total + section if words else None


def _short_value(text: str) -> tuple[int | None, int]:
    """20k, 1.5 thousand, 2 million -> (value, scale)."""
    number = re.match(DIGITS, text)
    assert number is not None
    scale = 1_000_000 if text.lower().rstrip().endswith("million") else 1000
    value = Fraction(number.group().replace(",", "")) * scale
    return (int(value) if value.denominator == 1 else None), scale


def _korean_scale(text: str) -> int:
    units = [BIG_UNITS[c] for c in text if c in BIG_UNITS] or [SMALL_UNITS[c] for c in text if c in SMALL_UNITS]
    return max(units, default=1)


def _english_scale(text: str) -> int:
    return max((value for word, value in ENGLISH_SCALES.items() if word in text.lower()), default=1)


def _value(match: re.Match[str]) -> tuple[int | None, int]:
    if match["short"]:
        return _short_value(match["short"])
    if match["words"]:
        return english_number(match["words"]), _english_scale(match["words"])
    if match["korean"]:
        return korean_number(match["korean"]), _korean_scale(match["korean"])
    digits = match["plain"] or match["glued"]
    return (None if "." in digits else int(digits.replace(",", ""))), 1


def _is_stray(text: str, match: re.Match[str]) -> bool:
    """Korean number words are an amount only at a word's beginning (3개만 원해요 has none), and alone, without
    a currency, only when there are two of them (삼만; not the particle 만)."""
    words = match["korean"]
    if words[0].isdigit():
        return False
    start = match.start("korean")
    glued = start > 0 and "가" <= text[start - 1] <= "힣"
    return glued or not (match["currency"] or match["sign"] or (words[0] in SINO and len(words) > 1))


def scan(text: str) -> Iterator[Amount]:
    """Every amount of `text`, from left to right; offsets are those of `text`."""
    position = 0
    while match := _AMOUNT.search(text, position):
        position = match.end()
        value, scale = _value(match)
        if value is None or (match["korean"] and _is_stray(text, match)):
            position = match.start() + 1
            continue
        currency = bool(match["sign"] or match["currency"])
        yield Amount(match.start(), match.end(), value, scale, currency, currency or scale >= 1000)
