"""Postal addresses: 서울시 마포구 월드컵로 12 101동 1203호, 역삼동 123-4번지, 12 World Cup-ro, Mapo-gu, Seoul, 221 Baker Street.

Only what a parcel can be sent to: a road or a quarter with its number. A town alone is none. Raw and value are as
written, without particles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import Found, found, has_blanks

_REGION = (
    r"(?:(?:서울|부산|대구|인천|광주|대전|울산|세종)(?:특별자치시|특별시|광역시|시)?|(?:경기|강원|충북|충남|"
    r"전북|전남|경북|경남|제주)(?:특별자치도|도)?|"
    r"(?:충청|전라|경상)[남북]도)"
)
_DISTRICT = r"[가-힣]{1,6}[시군구]"
_TOWN = r"[가-힣]{1,6}\d?(?:읍|면|동|가|리)"
_NUMBER = r"\d{1,5}(?:-\d{1,4})?"
_ROAD = (
    rf"[가-힣][가-힣\d·]{{0,14}}?(?:대로|로|길)(?:\d{{1,4}}[가-힣]?(?:번?길)"
    rf")?\s?(?:\d{{1,4}}[가-힣]?번?길\s?)?(?:지하\s?)?{_NUMBER}(?!\d|,\d|\s?(?:개|원|만|천|명|번째|일|월|년|시|"
    rf"분|점|%|호선))"
)
_LOT_NUMBER = rf"(?:산\s?)?{_NUMBER}(?!\d|,\d|\s?(?:개|원|만|천|명|호|동|층|일|월|시|점))(?:번지)?"
_LOT = rf"(?:[가-힣]{{1,6}}\d?(?:동|가|리)|(?:[가-힣]{{1,6}}[읍면]\s)?[가-힣]{{1,6}}리)\s{_LOT_NUMBER}"
_BUILDING = (
    r"[가-힣A-Za-z0-9]{1,14}(?:아파트|빌라|빌딩|오피스텔|타워|맨션|하우스|자이|래미안|푸르지오|힐스테이트|캐슬|"
    r"상가|센터|연립|주택|원룸|단지|팰리스|리버뷰|파크)"
)
_UNIT = r"(?:[A-Za-z가나다라]|\d{1,4})동(?![가-힣]*\s?\d+-)|(?:지하\s?)?[Bb]?\d{1,3}층|[Bb]?\d{1,5}(?:-\d{1,4})?호"
_DETAIL = rf"(?:,?\s?\([가-힣\d\s,]{{1,20}}\)|,?\s?(?:{_BUILDING})(?:\s?(?:{_UNIT}))?|,?\s?(?:{_UNIT}))"
_KOREAN = re.compile(
    rf"(?<![가-힣A-Za-z0-9])(?:(?P<region>(?:{_REGION}\s)(?:{_DISTRICT}\s){{0,2}}|(?:{_DISTRICT}\s){{1,2}})"
    rf"(?:{_TOWN}\s(?!\d)){{0,2}}(?:{_ROAD}|{_LOT})"
    rf"|(?P<bare>{_ROAD}(?=(?:번지)?{_DETAIL})|[가-힣]{{2,8}}(?:대로|로|길)\s?\d{{1,4}}번?길\s{_NUMBER}|"
    rf"[가-힣]{{2,8}}동\s{_NUMBER}번지))"
    rf"(?:번지)?(?:{_DETAIL}){{0,5}}"
)

# In a message without blanks an address has none either; a region tells where it begins.
_RUN_ON = re.compile(
    rf"{_REGION}(?:[가-힣]{{1,4}}?[시군구]){{0,2}}(?:[가-힣]{{1,4}}?\d?[읍면동])?"
    rf"(?:{_ROAD}|[가-힣]{{1,6}}\d?(?:동|가|리){_LOT_NUMBER})(?:번지)?(?:{_DETAIL}){{0,5}}"
)

_NOT_A_NAME = r"(?!(?:to|on|of|the|my|in|for|at|and|or|by|from|is|a|an|won|items?|days?)\s)"
_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|"
    r"Crescent|Highway|Hwy|Parkway|Way|Close)"
)
_ROMAN = (
    r"(?!(?:to|at|in|from|is)\s)[A-Za-z][A-Za-z0-9]*(?:[\s-](?:[A-Za-z][A-Za-z0-9]*|\d{1,2}(?=-ro))"
    r"){0,2}-(?:daero|ro|gil)(?:\s?\d{1,4}(?:beon)?-gil)?(?![A-Za-z])"
)
_PART = (
    r"(?:,?\s(?:Apt|Apartment|Unit|Suite|Ste|Room|Rm|Flat|Floor|Bldg|Building|Block)"
    r"\.?\s?#?[A-Za-z0-9-]{1,6}(?![A-Za-z])|,?\s#\s?[A-Za-z0-9-]{1,6}"
    r"|,?\s\d{1,4}-(?:dong|ho)|,?\s[A-Za-z]+(?:-[A-Za-z]+)?-(?:gu|si|do|dong|gun|eup|myeon|ri)(?![A-Za-z])"
    r"|,?\s(?:Seoul|Busan|Daegu|Incheon|Gwangju|Daejeon|Ulsan|Sejong|Jeju|London|New York|Korea|South Korea)"
    r"(?![A-Za-z])"
    r"|,\s(?-i:[A-Z][a-z]+)(?![A-Za-z'])|(?:,\s|\s(?=\d{5}\b))(?:[A-Z]{2}\s)?\d{5}(?!\d))"
)
_ENGLISH = re.compile(
    rf"(?<![\w,.-])(?:(?:Apt|Unit|Suite|Room|Flat)\.?\s?#?\w{{1,6}},\s|\d{{1,4}}-(?:dong|ho),?\s){{0,2}}"
    rf"\d{{1,5}}(?:-\d{{1,4}})?[A-Za-z]?,?\s(?:(?:{_NOT_A_NAME}[A-Za-z0-9][\w'’.-]*\s){{1,3}}{_STREET}(?![A-Za-z'])\.?|{_ROMAN}){_PART}{{0,6}}"
    rf"|(?<![\w,.-]){_ROMAN}\s\d{{1,5}}(?:-\d{{1,4}})?(?!\d){_PART}{{0,6}}",
    re.IGNORECASE,
)
_HAS_NUMBER = re.compile(r"\d")
_HINT_KO = re.compile(r"(?:[로길]|동|가|리)\s?\d")
_HINT_EN = re.compile(rf"-(?:daero|ro|gil)\b|\b{_STREET}\b", re.IGNORECASE)


def find_addresses(text: str) -> Iterator[Found]:
    """Entities `address`; the value is what was written."""
    if not _HAS_NUMBER.search(text):
        return
    korean = _KOREAN if has_blanks(text) else _RUN_ON
    for hint, pattern in ((_HINT_KO, korean), (_HINT_EN, _ENGLISH)):
        if not hint.search(text):
            continue
        for match in pattern.finditer(text):
            words = match.group().rstrip(" ,.")
            yield found(text, "address", words, match.start(), match.start() + len(words))
