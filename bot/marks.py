"""Marks of a message that is not a request to this shop, or asks for nothing: another shop's name, another person, a
prohibition, hearsay, a condition. Each counts like a word, with what stands beside it, so that the classifier learns from
쿠팡 주문 what 올리브영 주문 means. The lists are data/lexicon/other_{shops,people}.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from bot.entities.words import WORD_END

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon"
_WORD = re.compile(r"\w+")
_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)
_END = r"\s*(?=[\s.,!?~ㅋㅎㅠ]|$)"
_ENDINGS = {
    "dont": re.compile(
        r"지\s?(?:마|말|않아도|않으셔도|안\s?아도)|(?:안|않)\s?(?:해도|써도|줘도|보내도|담아도|바꿔도)|필요\s?없"
        r"|됐(?:어|고|다|습)|(?:don['’]?t|do\s+not|need\s?n['’]?t|no\s+need|never|without|not\s+(?:yet|now)"
        r"|leave\s+(?:it|my|the))\b",
        re.IGNORECASE,
    ),
    "heard": re.compile(
        rf"(?:대|대요|댔|댄다|다더라|다던데|다네|래|래요|라더라|라던데|더라|더라고)(?:요)?{_END}"
        r"|\b(?:said|says|told|heard|claimed|apparently|reportedly)\b",
        re.IGNORECASE,
    ),
    "if": re.compile(
        r"(?:더라면|았으면|었으면|했으면|다면|라면)(?![가-힣])|\b(?:if|would['’]?ve|would\s+have|could\s+have|imagine|suppose)\b",
        re.IGNORECASE,
    ),
    "past": re.compile(
        rf"(?:했|었|았|였)(?:어|다|지|는데|거든|음|슴)(?:요)?{_END}|시절|적이\s?있"
        r"|\b(?:yesterday|used\s+to|once|always|ago|last\s+(?:year|month|week))\b",
        re.IGNORECASE,
    ),
}


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in ordered if _LATIN.match(word))
    # A short Korean name begins too many other words (알리, 알리미).
    hangul = "|".join(
        re.escape(word).replace(r"\ ", r"\s?") + ("" if len(word) > 2 else WORD_END)
        for word in ordered
        if not _LATIN.match(word)
    )
    return re.compile(rf"(?<![a-z0-9])(?:{latin})(?:['’]?s)?(?![a-z0-9])|(?<![가-힣])(?:{hangul})", re.IGNORECASE)


@cache
def _lexicons() -> dict[str, re.Pattern[str]]:
    found = {}
    for mark, name in (("shop", "other_shops"), ("person", "other_people")):
        lines = (LEXICON / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        found[mark] = _pattern([line for line in lines if line and not line.startswith("#")])
    return found


def mark_features(text: str) -> list[str]:
    """`@shop`, `@person`, `@dont` ...; each also with the word before it and the two behind it."""
    patterns = {**_lexicons(), **_ENDINGS}
    return [feature for mark, pattern in patterns.items() for feature in _of(mark, pattern, text)]


def _of(mark: str, pattern: re.Pattern[str], text: str) -> Iterator[str]:
    found = list(pattern.finditer(text))
    if found:
        yield f"@{mark}"
    for match in found:
        behind = _WORD.findall(text[match.end() :].lower())[:2]
        before = _WORD.findall(text[: match.start()].lower())[-1:]
        yield from (f"@{mark} {_stem(word)}" for word in behind)
        yield from (f"{_stem(word)} @{mark}" for word in before)


def _stem(word: str) -> str:
    """A Korean word's first two syllables: particles and endings stand behind."""
    return word[:2] if "가" <= word[0] <= "힣" else word
