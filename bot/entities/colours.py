"""Colours: 파란색, 까만 거, 네이비로, a black one, light blue. The value is the catalogue's code (colours.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.entities.words import LATIN_END, LATIN_START, WORD_END, WORD_START, Found, any_of, found

_CODES: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("colours.yml").read_text("utf-8"))


def _words(kind: str) -> dict[str, str]:
    """Every word of a kind -> its code."""
    return {word: code for code, kinds in _CODES.items() for word in kinds.get(kind, [])}


_KO, _EN, _MODIFYING = _words("ko"), _words("en"), _words("modifying")
_SHARED_KO, _SHARED_EN = _words("shared_ko"), _words("shared_en")
_ALL = {**_KO, **_EN, **_MODIFYING, **_SHARED_KO, **_SHARED_EN}

# Things that have a colour and no taste; glued to one (검정운동화) or after one that is also a flower or a food (민트 티셔츠).
_WEAR = (
    r"(?:티셔츠|티(?=$|[^가-힣])|셔츠|원피스|양말|운동화|러닝화|신발|슬리퍼|바지|팬츠|레깅스|가방|백팩|에코백|"
    r"모자|니트|후드|치마|스커트|코트|"
    r"자켓|재킷|패딩|점퍼|조끼|반팔|긴팔|머그|텀블러|물병|러그|쿠션|담요|블랭킷|매트|수건|타월|커튼|이불|베개|"
    r"스탠드|조명|의자|바구니|앞치마|장갑|"
    r"립스틱|립|틴트|블러셔|섀도|네일|매니큐어|염색약|헤어|컵|접시|파우치|우산|캔들|안경)"
)
_WEAR_EN = (
    r"(?:ones?|t-?shirts?|tees?|tops?|shirts?|dress(?:es)?|socks?|shoes?|sneakers|trainers|pants|leggings|"
    r"shorts|bags?|backpacks?|caps?|hats?|"
    r"hood(?:ies|ie)|jackets?|coats?|vests?|mugs?|tumblers?|bottles?|rugs?|cushions?|blankets?|throws?|mats?|"
    r"towels?|curtains?|"
    r"lamps?|gloves|skirts?|sweaters?|lipsticks?|lip|tints?|blush(?:er)?|eyeshadow|nail|polish|hair|umbrella|"
    r"pouch|cups?|plates?|colou?rs?|colou?red|version|shade)"
)
# A colour's word that names a food, a drink or a day here.
_NOT_BEFORE = (
    r"(?!\s?(?:티(?=$|[^가-힣])|커피|초콜릿|초콜렛|초코|와인|베리|프라이데이|리스트|컨슈머|푸드|현미|홍차|솔트|"
    r"머스크|라벨|콩|깨|팥|우유|"
    r"설탕|쌀|밥|김치|머리|빈혈|오션|카드|데이(?![가-힣])))"
)
_NOT_BEFORE_EN = (
    r"(?![\s-](?:tea|coffee|chocolate|rice|wine|beans?|pepper|sugar|ginseng|friday|list|card|onions?|noise|"
    r"musk|bread|eye|market|"
    r"light|flag|cross|hair|alert|berr(?:y|ies))(?![A-Za-z]))"
)

_KOREAN = re.compile(
    rf"{WORD_START}(?:(?P<plain>{any_of(_KO)})(?:{WORD_END}|(?=깔|{_WEAR})){_NOT_BEFORE}"
    rf"|(?P<modifying>{any_of(_MODIFYING)})(?=\s\S|거|걸|것|{_WEAR})(?!\s?(?:콩|깨|팥|우유|설탕|쌀|밥|머리|빈혈|"
    rf"고기|살|후추|와인))"
    rf"|(?P<shared>{any_of(_SHARED_KO)})(?=\s?(?:색|컬러|칼라|빛|톤)|으로|로(?=$|[^가-힣])|\s(?:하나|한\s|두\s|"
    rf"\d)|\s?{_WEAR}))"
)
_ENGLISH = re.compile(
    rf"{LATIN_START}(?:(?P<plain>{any_of(_EN)}){LATIN_END}{_NOT_BEFORE_EN}"
    rf"|(?P<shared>{any_of(_SHARED_EN)}){LATIN_END}(?=\s{_WEAR_EN}{LATIN_END})"
    rf"|(?:(?<=\bin )|(?<=\bordered )|(?<=\bwant )|(?<=\bwanted )|(?<=\bchose )|(?<=\bpicked )|(?<=\bneed ))"
    rf"(?P<in_shared>{any_of(_SHARED_EN)}){LATIN_END}(?=\s*(?:$|[?.!,]|instead|please|or|and|for|if)))",
    re.IGNORECASE,
)
# Shades of a foundation, which the catalogue keeps beside the colours. A bare number only where make-up is spoken of.
_SHADES = r"(?P<shade>13|17|19|21|22|23|25)"
_SHADE = re.compile(
    rf"(?<![\w.,-])(?P<all>{_SHADES}호)(?![가-힣]{{0,1}}점|실|선)|"
    rf"\bshade\s(?:no\.?\s)?{_SHADES.replace('shade', 'en')}(?!\d)",
    re.IGNORECASE,
)
_BARE_SHADE = re.compile(
    rf"(?<![\w.,/-]){_SHADES}(?![\w,/-]|\.\d|\s?(?:%|days?|am|pm|won)\b)(?!\s?(?:개|원|일|월|점|살|시|ml))"
)
_MAKE_UP = re.compile(
    r"쿠션|파운데이션|파데|비비|톤업|컨실러|\b(?:cushion|foundation|shade|concealer|bb cream)", re.IGNORECASE
)
_ALONE = re.compile(rf"\s*(?P<word>{any_of([*_SHARED_KO, *_SHARED_EN])})(?:요|이요| please)?[\s.!?~]*", re.IGNORECASE)


def _code(word: str) -> str:
    plain = re.sub(r"[\s-]+", " ", word.lower())
    return _ALL.get(plain) or _ALL[plain.replace(" ", "")]


def _shades(text: str) -> Iterator[Found]:
    for match in _SHADE.finditer(text):
        yield found(text, "colour", match["shade"] or match["en"], *match.span("all" if match["all"] else "en"))
    if _MAKE_UP.search(text):
        for match in _BARE_SHADE.finditer(text):
            yield found(text, "colour", match["shade"], *match.span())


def find_colours(text: str) -> Iterator[Found]:
    """Entities `colour`; the value is a code of colours.yml."""
    yield from _shades(text)
    alone = _ALONE.fullmatch(text)
    if alone:
        yield found(text, "colour", _code(alone["word"]), *alone.span("word"))
    for pattern in (_KOREAN, _ENGLISH):
        for match in pattern.finditer(text):
            group = match.lastgroup or "plain"
            yield found(text, "colour", _code(match[group]), *match.span(group))
