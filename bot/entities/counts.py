"""How many, with its counter: 2봉지, 세 개, two bags, a couple of boxes, 5000점."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.amounts import ENGLISH_ONES, ENGLISH_TENS, scan
from bot.entities.words import Found, found

_ONES = {
    "한": 1,
    "하나": 1,
    "두": 2,
    "둘": 2,
    "세": 3,
    "셋": 3,
    "네": 4,
    "넷": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_TENS = {"열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50}
_NATIVE = _ONES | _TENS | {ten + one: _TENS[ten] + _ONES[one] for ten in _TENS for one in _ONES}
_NATIVE |= {"서": 3, "석": 3, "넉": 4}
_COUNTER = (
    r"(?:개(?!월|인|국|봉|년|점|당|선|발|설|편|명|교|학|강)|봉지|봉(?!투|사)|병(?!원)|박스|상자|팩(?!트)|세트|"
    r"장(?!바구니|소|난|기|마)|벌|켤레|"
    r"권(?!한)|자루|캔|잔|포대|포(?!인트|장|함|기)|묶음|판|마리|알(?!림|려|아)|롤|쌍|송이|통(?!화|신|장|해)|"
    r"줄(?!이|게|까|래)|매(?!장|일|번|달|주)|"
    r"꾸러미|보루|다스|타래|컵|스푼|봉다리|족|피스)"
)
_KOREAN = re.compile(
    rf"(?<![\d가-힣A-Za-z,.])(?P<native>{'|'.join(sorted(_NATIVE, key=len, reverse=True))})\s?{_COUNTER}"
    rf"|(?<![\dA-Za-z,.-])(?P<digits>\d{{1,4}})\s?{_COUNTER}"
)
_NUMBER = "|".join([*sorted(ENGLISH_ONES, key=len, reverse=True)[:-1], *ENGLISH_TENS])
_COUNTED = (
    r"(?:bags?|bottles?|box(?:es)?|packs?|packets?|packages?|pieces?|sets?|pairs?|cans?|jars?|tubes?|units?|"
    r"items?|rolls?|"
    r"sheets|bars?|cartons?|cases?|cups?|pouch(?:es)?|sachets?|bundles?|copies|copy|pcs|tins?|tubs?|boxfuls?)"
    r"(?![A-Za-z])"
)
_ENGLISH = re.compile(
    rf"(?<![\w,.-])(?:(?P<word>{_NUMBER})|(?P<digits>\d{{1,4}})|(?P<couple>an?\scouple(?:\sof)?)|"
    rf"(?P<half>(?:half\sa|a\shalf)\sdozen)|(?P<dozen>(?:a|one)\sdozen))"
    rf"(?:[\s-]{_COUNTED}|(?<=dozen)(?![A-Za-z]))",
    re.IGNORECASE,
)
# In a cart one counts without a counter too: 하나 담아줘, two of those, add 3 ..., a box of tea, x2.
_CART = frozenset(
    {"add_to_cart", "reorder", "subscribe_product", "checkout", "check_stock", "cancel_order", "request_return"}
)
# Of one piece of a kind, not of how many are asked for: 약과 한 개 크기.
_OF_A_KIND = frozenset({"ask_product_detail", "ask_faq", "give_feedback", "complain", "exchange_points"})
_BARE = re.compile(
    r"(?<![가-힣A-Za-z0-9])(?P<native>하나|둘|셋|넷|다섯|여섯|열)(?=$|[^가-힣]|만|씩|요|이요|더|로|으로|라도)"
    rf"|\b(?P<of>{_NUMBER}|\d{{1,2}})(?=\s(?:of\s(?:them|these|those|it|the|this|that|each)|more(?!\s(?:than|"
    rf"thing|time|day|week|question))|each)\b)"
    rf"|\b(?:add|get|buy|order|put|reorder|take|want|make\sit|send)\s(?:me\s)?(?:another\s)?(?P<verb>{_NUMBER}|"
    rf"\d{{1,2}})(?![\w,.%/-]|\s?(?:won|krw|k|%|ml|g|kg|days?|weeks?|months?|"
    r"years?|times?|points?|percent|size|of\s(?:my|your|the\sbest)|that\b|with\b|like\b))"
    r"|(?<![A-Za-z0-9])[x×](?P<times>\d{1,2})(?![\dA-Za-z])|(?<![\w.,])(?P<timed>\d{1,2})\s?[x×](?![A-Za-z0-9])"
    rf"|\b(?P<one>an?\s(?:bag|bottle|box|pack|packet|pair|set|can|jar|tube|carton|case|bundle|pouch))(?=\sof\b)",
    re.IGNORECASE,
)
# Before a thing: two honey toners, 12 of the mugs; the first word of all: one tumbler please.
_BEFORE_THINGS = re.compile(
    rf"(?:(?<![\w.,#/-])(?P<many>(?!one\b|zero\b)(?:{_NUMBER})|[1-9]\d?)|^(?P<first>one))(?=\s(?:[a-z]{{3,}}|"
    rf"to\b|of\b|in\b))"
    r"(?!\s(?:won|krw|percent|days?|weeks?|months?|years?|hours?|minutes?|times?|points?|pts|pm|grams?|kilos?|"
    r"litres?|people|"
    r"thousand|hundred|million|dozen|and|or|can|day|size|star|stars|out|per|was|were|is|are|the)\b)",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(
    r"\b(?:size|shade|number|no|step|order|version|level|aged?|the|under|over|about|around|for|next|last|us|uk|"
    r"eu|between|than)\s$",
    re.IGNORECASE,
)
_OF_POINTS = re.compile(r"\s(?:of\s(?:my|the)|in)\spoints(?![A-Za-z])", re.IGNORECASE)
_POINTS_AFTER = re.compile(
    r"\s?(?:포인트|점(?!\s?만점)|points?(?![A-Za-z])|pts?(?![A-Za-z])|p(?![A-Za-z]))", re.IGNORECASE
)
_ROUND_POINTS = re.compile(r"(?<![\d가-힣A-Za-z])(?P<unit>천|만)\s?(?:포인트|점(?=\s|을|으로|$))")
_MINIMUM_POINTS = 50  # fewer 점 is a rating


def _english_value(word: str) -> int:
    word = word.lower()
    return ENGLISH_ONES.get(word) or ENGLISH_TENS.get(word) or int(word)


def find_points(text: str) -> Iterator[Found]:
    """Amounts of points (5000점, 5천 포인트, 3,000 points)."""
    for amount in scan(text):
        after = _POINTS_AFTER.match(text, amount.end)
        if after and not amount.currency and amount.value >= _MINIMUM_POINTS:
            yield found(text, "quantity", amount.value, amount.start, after.end())
        elif amount.value >= _MINIMUM_POINTS and _OF_POINTS.match(text, amount.end):
            yield found(text, "quantity", amount.value, amount.start, amount.end)
    for match in _ROUND_POINTS.finditer(text):
        if match.group() != "만점":
            yield found(text, "quantity", 1000 if match["unit"] == "천" else 10_000, *match.span())


def _bare(text: str) -> Iterator[Found]:
    for match in _BARE.finditer(text):
        group = match.lastgroup or ""
        word = match[group]
        value = _NATIVE[word] if group == "native" else 1 if group == "one" else _english_value(word)
        if value:
            yield found(text, "quantity", value, *match.span(group))
    for match in _BEFORE_THINGS.finditer(text):
        if not _BEFORE_NUMBER.search(text, max(0, match.start() - 10), match.start()):
            group = match.lastgroup or ""
            yield found(text, "quantity", _english_value(match[group]), *match.span(group))


def find_counts(text: str, intent: str | None) -> Iterator[Found]:
    """Numbers of things, each with its counter; in what fills a cart also those without one."""
    for match in _KOREAN.finditer(text):
        value = _NATIVE[match["native"]] if match["native"] else int(match["digits"])
        if value > 1 or intent not in _OF_A_KIND:
            yield found(text, "quantity", value, *match.span())
    for match in _ENGLISH.finditer(text):
        if match.group().lower() == "one can" and not text.startswith(" of", match.end()):
            continue  # what one can do
        fixed = {"couple": 2, "half": 6, "dozen": 12}
        value = next((count for group, count in fixed.items() if match[group]), 0)
        value = value or _english_value(match["word"] or match["digits"])
        if value > 1 or intent not in _OF_A_KIND:
            yield found(text, "quantity", value, *match.span())
    if intent in _CART:
        yield from _bare(text)
