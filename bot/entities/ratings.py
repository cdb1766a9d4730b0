"""Ratings from 1 to 5: 별 5개, 별점 4점, 5점 만점에 4점, ★★★★☆, 5/5, four stars."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.amounts import ENGLISH_ONES
from bot.entities.words import Found, found

_NATIVE = {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5}
_WORDS = {word: value for word, value in ENGLISH_ONES.items() if 1 <= value <= 10}
_N = rf"(?:[1-5](?![\d.,])|{'|'.join(sorted(_NATIVE, key=len, reverse=True))})"
_EN_N = rf"(?:\d{{1,3}}|{'|'.join(_WORDS)})"
_STARS = re.compile(r"(?P<full>[★⭐🌟]️?(?:[★⭐🌟]️?){0,4})(?P<empty>☆{0,4})")
_STARS_KO = re.compile(rf"(?<![가-힣])(?P<all>별\s?(?P<n>{_N})\s?(?:개|점)?)(?!월|째|도\s?아)")
_POINTS_KO = re.compile(
    rf"(?:별점|평점|점수|평가)(?:은|는|이|을|를|으로)?\s?(?P<all>(?P<n>{_N})\s?점?)(?!\d|월|만점|\s만점|천|만)"
)
_OUT_OF_KO = re.compile(
    r"(?<!\d)(?P<top>5|10|100)점\s?만점(?:에|에서|중에|\s중)?\s?(?:에\s)?(?P<all>(?P<n>\d{1,3})\s?점?)(?!\d)"
)
_FRACTION = re.compile(r"(?<![\d/.])(?P<all>(?P<n>\d{1,2})\s?/\s?(?P<top>5|10))(?![\d/]|에|까지|일|부터)")
_ENGLISH = re.compile(
    rf"(?<![A-Za-z\d.])(?P<all>(?P<n>{_EN_N})(?:[\s-]stars?|\sout\sof\s(?P<top>5|five|10|ten|100)(?:\sstars?)?))"
    rf"(?![A-Za-z])"
    rf"|\b(?:rat(?:e|ing)|give(?=\s(?:it|this|that|you|them)\s))(?:\s(?:it|this|that|is|of|you|them)"
    rf")?\s(?:an?\s)?(?P<all_rate>(?P<rate>[1-5]|one|two|three|four|five))(?![\d./A-Za-z]|[\s-]stars?|\sout)",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?<![\d.,])(?P<all>(?P<n>[1-5])점)(?!\s?만점)")
_FULL = re.compile(r"(?<!점 )(?<!점)만점")
_FEEDBACK = {"give_feedback", "complain"}


def _number(word: str) -> int:
    word = word.lower()
    return int(word) if word.isdigit() else _NATIVE.get(word) or _WORDS[word]


def _rating(match: re.Match[str]) -> int | None:
    """1 to 5, from whatever scale; None where it is no whole one."""
    groups = match.groupdict()
    top = _number(groups["top"]) if groups.get("top") else 5
    points = _number(groups.get("n") or groups["rate"]) * 5
    return points // top if points % top == 0 and 1 <= points // top <= 5 else None


def _stars(text: str) -> Iterator[Found]:
    for match in _STARS.finditer(text):
        value = len(match["full"].replace("\ufe0f", ""))
        if match["empty"] or value > 1 or match.group() == text.strip():
            yield found(text, "rating", value, *match.span())


def find_ratings(text: str, intent: str | None) -> Iterator[Found]:
    """Entities `rating`; the value is 1 to 5. 5점 alone is one only in praise and complaints."""
    yield from _stars(text)
    patterns = [_OUT_OF_KO, _STARS_KO, _POINTS_KO, _FRACTION, _ENGLISH]
    for pattern in [*patterns, _SCORE] if intent in _FEEDBACK else patterns:
        for match in pattern.finditer(text):
            value = _rating(match)
            if value:
                yield found(text, "rating", value, *match.span("all_rate" if match.groupdict().get("rate") else "all"))
    if intent in _FEEDBACK:
        for match in _FULL.finditer(text):
            yield found(text, "rating", 5, *match.span())
