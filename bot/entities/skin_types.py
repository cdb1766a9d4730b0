"""Skin types: 건성, 수부지, 예민한 피부, oily skin, my skin is dry.

The value is dry, oily, combination, sensitive, normal or acne_prone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import LATIN_END, LATIN_START, WORD_END, WORD_START, Found, any_of, found

_KO = {
    "dry": ["건성", "악건성", "극건성", "건조한 피부", "건조한 편", "속건조 피부"],
    "oily": ["지성", "악지성", "극지성", "기름진 피부", "번들거리는 피부", "기름 많은 피부"],
    "combination": ["복합성", "수부지", "수분부족형 지성", "수분 부족형 지성", "수분부족 지성", "수분 부족 지성"],
    "sensitive": [
        "민감성",
        "예민성",
        "초민감성",
        "민감한 피부",
        "예민한 피부",
        "민감 피부",
        "예민 피부",
        "민감피부",
        "예민한 편",
    ],
    "normal": ["중성", "보통 피부", "정상 피부"],
    "acne_prone": [
        "여드름성",
        "여드름 피부",
        "여드름피부",
        "트러블성",
        "트러블 피부",
        "트러블피부",
        "여드름 나는 피부",
        "트러블 많은 피부",
    ],
}
_EN = {
    "dry": ["dry", "very dry", "dehydrated"],
    "oily": ["oily", "greasy"],
    "combination": ["combination", "combo"],
    "sensitive": ["sensitive"],
    "normal": ["normal"],
    "acne_prone": ["acne prone", "blemish prone", "breakout prone", "spot prone"],
}
_PREDICATES = {
    "건조": "dry",
    "예민": "sensitive",
    "민감": "sensitive",
    "번들": "oily",
    "기름": "oily",
    "땅기": "dry",
    "당기": "dry",
}

_KO_CODES = {word: code for code, words in _KO.items() for word in words}
_EN_CODES = {word: code for code, words in _EN.items() for word in words}
_SKIN = r"(?:skin(?:ned)?|complexion|face)"
_TYPE = any_of(_EN_CODES)

_KOREAN = re.compile(rf"{WORD_START}(?P<word>{any_of(_KO_CODES)}){WORD_END}(?!\s?(?:세제|펜|두피|모발|비누|을\s기르))")
_PREDICATE = re.compile(
    r"피부(?:가|는|도|라|인데)?\s(?:(?:좀|많이|너무|매우|아주|엄청|약간|되게|조금|워낙|쉽게|자꾸|잘)\s)*"
    rf"(?P<word>{any_of(_PREDICATES)})"
)
# Adjectives share one "skin": dry and sensitive skin, combination to oily skin.
_ENGLISH = re.compile(
    rf"{LATIN_START}(?P<word>{_TYPE})(?P<skin>[\s-]{_SKIN}{LATIN_END})?"
    rf"(?(skin)|(?=(?:\s?[,/&]\s?|\s(?:and|or|to|but)\s)(?:{_TYPE})[\s-]{_SKIN}{LATIN_END}))",
    re.IGNORECASE,
)
_SAID_OF_SKIN = re.compile(
    rf"\b(?:skin|face|skin type)(?:\s?['’]s|\s(?:is|gets|feels|type is))\s(?:(?:so|very|really|quite|pretty|"
    rf"super|rather|more|on the|a bit|"
    rf"kind of|extremely|usually)\s)*(?P<word>{_TYPE}){LATIN_END}(?:\s(?:and|but|to)\s(?P<second>{_TYPE}){LATIN_END})?",
    re.IGNORECASE,
)
_PRONE = re.compile(rf"{LATIN_START}(?P<word>{any_of(_EN['acne_prone'])}){LATIN_END}(?![\s-]{_SKIN})", re.IGNORECASE)
_ALONE = re.compile(rf"\s*(?:i'?m\s|i have\s)?(?P<word>{_TYPE})(?:\s(?:type|please))?[\s.!?~]*", re.IGNORECASE)


def _english_code(word: str) -> str:
    plain = re.sub(r"[\s-]+", " ", word.lower())
    return _EN_CODES[plain]


def _english(text: str) -> Iterator[Found]:
    for match in _ENGLISH.finditer(text):
        yield found(text, "skin_type", _english_code(match["word"]), *match.span("word"))
    for match in _SAID_OF_SKIN.finditer(text):
        for group in ("word", "second"):
            if match[group]:
                yield found(text, "skin_type", _english_code(match[group]), *match.span(group))
    for pattern in (_PRONE, _ALONE):
        for match in pattern.finditer(text) if pattern is _PRONE else filter(None, [_ALONE.fullmatch(text)]):
            yield found(text, "skin_type", _english_code(match["word"]), *match.span("word"))


def find_skin_types(text: str) -> Iterator[Found]:
    """Entities `skin_type`, without the bound word: dry of dry skin, 건성 of 건성 피부."""
    for match in _KOREAN.finditer(text):
        word = re.sub(r"\s+", " ", match["word"])
        yield found(text, "skin_type", _KO_CODES.get(word) or _KO_CODES[word.replace("-", " ")], *match.span("word"))
    for match in _PREDICATE.finditer(text):
        yield found(text, "skin_type", _PREDICATES[match["word"]], *match.span("word"))
    yield from _english(text)
