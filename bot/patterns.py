"""What can be read from a message by its form alone: prices, numbers of things, order numbers, codes, addresses.

`find_entities` is pure and importable from any Python; `extractors` hands its answer to Rasa. Product names,
brands and categories are not here: the actions resolve them against the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypedDict

from bot.amounts import ENGLISH_ONES, ENGLISH_TENS, scan
from bot.prices import find_price_limits


class Found(TypedDict):
    """`value` is normalised; `raw` is exactly `text[start:end]`, the customer's words without particles."""

    entity: str
    raw: str
    value: int | str
    start: int
    end: int


# Full-width letters and digits (ＤＧ２４０１０００１) count as their usual forms; one character stays one.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}", re.ASCII)
_PHONE = re.compile(
    r"(?<![\w-])(?:\+?82[\s-]?(?:\(0\))?|0)(?:1[016789][\s.-]?\d{3,4}[\s.-]?\d{4}|(?:2|[3-6]\d|70)[\s.-]?\d{3,4}[\s.-]?\d{4})(?!\d)",
    re.ASCII,
)
_ORDER = re.compile(r"(?<![A-Za-z0-9])DG(?:[\s-]?\d){6,14}(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)
_ORDER_NAMED = re.compile(
    r"(?:주문\s?번호|오더\s?번호|order\s?(?:number|no\.?|id|#)|order)\s?(?:은|는|이|가|is|:)?\s?#?\s?"
    r"(?P<number>\d{6,14})(?![A-Za-z0-9,])",
    re.IGNORECASE,
)
# A code has a digit beside letters, or is all capitals right beside a word that says it is a code.
_CODE = r"(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,}(?:-[A-Z0-9]{2,})*"
_MIXED_CODE = re.compile(
    rf"(?<![A-Z0-9@.-])(?=[A-Z-]*\d|[0-9-]+[A-Z]){_CODE}(?![A-Z0-9@]|\.[A-Z])", re.IGNORECASE | re.ASCII
)
_SAID_CODE = r"(?:쿠폰|할인|프로모션|추천인?|초대|친구|코드|번호|coupon|promo|discount|voucher|referral|invite|code)"
_CAPITAL_CODE = re.compile(
    rf"(?i:{_SAID_CODE})\s?(?:코드|번호|(?i:code)|이|은|는|을|를|(?i:is)|:|'|\")*\s?(?P<after>[A-Z][A-Z0-9]{{3,19}})(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9])(?P<before>[A-Z][A-Z0-9]{{3,19}})['\"]?\s?(?:이라는|라는)?\s?(?i:{_SAID_CODE})"
)
_CODE_WORDS = re.compile(r"쿠폰|코드|프로모션|coupon|promo|voucher|discount|\bcode", re.IGNORECASE)
_REFERRAL_WORDS = re.compile(r"추천|초대|친구|referral|refer|invite|friend", re.IGNORECASE)
_NOT_CODES = frozenset(
    [
        "COUPON",
        "COUPONS",
        "CODE",
        "CODES",
        "PLEASE",
        "DISCOUNT",
        "PROMO",
        "VOUCHER",
        "HELLO",
        "THANKS",
        "ORDER",
        "NUMBER",
        "KAKAO",
    ]
)
_MEASURE = re.compile(
    r"\d+(?:ml|mg|g|kg|l|cm|mm|k|p|won|krw|pm|am|st|nd|rd|th|x|days?|hours?|weeks?|months?)", re.IGNORECASE
)

_NATIVE = {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7}
_NATIVE |= {"여덟": 8, "아홉": 9, "열한": 11, "열두": 12, "열": 10, "스무": 20, "서른": 30}
_COUNTER = (
    r"(?:개(?!월|인|국|봉|년|점|당|선|발|설|편|명|교|학|강)|봉지|봉(?!투|사)|병(?!원)|박스|상자|팩(?!트)|세트|장(?!바구니|소|난|기|마)|벌|켤레|"
    r"권(?!한)|자루|캔|잔|포대|포(?!인트|장|함|기)|묶음|판|마리|알(?!림|려|아)|롤|쌍|송이|통(?!화|신|장|해)|줄(?!이|게|까|래)|매(?!장|일|번|달|주))"
)
_QUANTITY = re.compile(
    rf"(?<![\d가-힣A-Za-z,.])(?P<native>{'|'.join(sorted(_NATIVE, key=len, reverse=True))})\s?{_COUNTER}"
    rf"|(?<![\dA-Za-z,.-])(?P<digits>\d{{1,4}})\s?{_COUNTER}"
)
_ENGLISH_NUMBER = "|".join([*sorted(ENGLISH_ONES, key=len, reverse=True)[:-1], *ENGLISH_TENS])
_ENGLISH_QUANTITY = re.compile(
    rf"(?<![\w,.-])(?:(?P<word>{_ENGLISH_NUMBER})|(?P<digits>\d{{1,4}}))[\s-]"
    r"(?:bags?|bottles?|box(?:es)?|packs?|packets?|packages?|pieces?|sets?|pairs?|cans?|jars?|tubes?|units?|items?|rolls?|"
    r"sheets?|bars?|cartons?|cases?|cups?|pouch(?:es)?|sachets?|bundles?|copies|copy)(?![A-Za-z])",
    re.IGNORECASE,
)
_POINTS_AFTER = re.compile(r"\s?(?:포인트|점|points?(?![A-Za-z])|pts?(?![A-Za-z])|p(?![A-Za-z]))", re.IGNORECASE)
_MINIMUM_POINTS = 50  # fewer 점 is a rating


def _found(text: str, entity: str, value: int | str, start: int, end: int) -> Found:
    return {"entity": entity, "raw": text[start:end], "value": value, "start": start, "end": end}


def _emails(text: str) -> Iterable[Found]:
    for match in _EMAIL.finditer(text):
        yield _found(text, "email", match.group().lower(), *match.span())


def _phones(text: str) -> Iterable[Found]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        national = "0" + digits[2:].lstrip("0") if digits.startswith("82") else digits
        yield _found(text, "phone", national, *match.span())


def _order_numbers(text: str) -> Iterable[Found]:
    for match in _ORDER.finditer(text):
        yield _found(text, "order_number", "DG" + re.sub(r"\D", "", match.group()), *match.span())
    for match in _ORDER_NAMED.finditer(text):
        yield _found(text, "order_number", "DG" + match["number"], *match.span("number"))


def _code(text: str, start: int, end: int) -> Found:
    entity = "referral_code" if _REFERRAL_WORDS.search(text[max(0, start - 20) : start]) else "coupon_code"
    return _found(text, entity, text[start:end].upper(), start, end)


def _codes(text: str) -> Iterable[Found]:
    if not (_CODE_WORDS.search(text) or _REFERRAL_WORDS.search(text)):
        return
    for match in _MIXED_CODE.finditer(text):
        if len(match.group()) >= 4 and not _MEASURE.fullmatch(match.group()):
            yield _code(text, *match.span())
    for match in _CAPITAL_CODE.finditer(text):
        group = "after" if match["after"] else "before"
        if match[group] not in _NOT_CODES:
            yield _code(text, *match.span(group))


def _prices(text: str) -> Iterable[Found]:
    for limit in find_price_limits(text):
        yield _found(text, limit.kind, limit.value, limit.start, limit.end)


def _points(text: str) -> Iterable[Found]:
    for amount in scan(text):
        after = _POINTS_AFTER.match(text, amount.end)
        if after and not amount.currency and amount.value >= _MINIMUM_POINTS:
            yield _found(text, "quantity", amount.value, amount.start, after.end())


def _quantities(text: str) -> Iterable[Found]:
    for match in _QUANTITY.finditer(text):
        value = _NATIVE[match["native"]] if match["native"] else int(match["digits"])
        yield _found(text, "quantity", value, *match.span())
    for match in _ENGLISH_QUANTITY.finditer(text):
        word = (match["word"] or "").lower()
        value = ENGLISH_ONES.get(word) or ENGLISH_TENS.get(word) or int(match["digits"])
        yield _found(text, "quantity", value, *match.span())


# The earlier one wins where two claim the same characters.
_READERS: tuple[Callable[[str], Iterable[Found]], ...] = (
    _emails,
    _order_numbers,
    _phones,
    _points,
    _prices,
    _quantities,
    _codes,
)


def find_entities(text: str) -> list[Found]:
    """All entities of `text` in order. price_max and price_min of one amount (만원대) share their place."""
    narrow = text.translate(_NARROW)
    kept: list[Found] = []
    for read in _READERS:
        claimed = [(one["start"], one["end"]) for one in kept]
        for one in read(narrow):
            whole: Found = {**one, "raw": text[one["start"] : one["end"]]}
            if whole not in kept and not any(one["start"] < end and start < one["end"] for start, end in claimed):
                kept.append(whole)
    return sorted(kept, key=lambda one: (one["start"], one["entity"]))
