"""Price limits: 3만원 이하, 1~2만원 사이, 만원대, under 30,000 won, between 10 and 20k, 20k or less.

A limit is an amount next to a word that bounds it. The amount alone is what comes back, with its own place in the
text; an amount without such a word (배송비 3000원) is no limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.amounts import Amount, scan

# Read just before the amount.
_MAX_BEFORE = re.compile(
    r"(?:\b(?:under|below|less than|lower than|cheaper than|no more than|not more than|not over|not above|at most|"
    r"up to|max(?:imum)?(?:\s(?:price|budget))?(?:\s(?:of|is))?|within|budget(?:\sis|\sof|\saround)?|around|about|"
    r"roughly|exceed(?:ing|s)?)|<=?|≤|~|최대|많아야|맥스|언더|예산(?:은|이)?|약|대략)[\s:]*$",
    re.IGNORECASE,
)
_MIN_BEFORE = re.compile(
    r"(?:\b(?:over|above|more than|higher than|upwards? of|at least|min(?:imum)?(?:\sof)?|from|starting (?:at|from))|>=?|≥|"
    r"최소|적어도)[\s:]*$",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\b(?:not|no|never|n[ou]t?th?in['g]?|without|[dcw]ont|cant)|n['’]t)\b[^.!?;]{0,30}$", re.IGNORECASE
)

# However roughly: what starts there is not limited by it.
_STARTS_BEFORE = re.compile(r"\bstart(?:s|ing)?\s(?:at|from|around|about|roughly)[\s:]*$", re.IGNORECASE)

# Read just after the amount.
_MAX_AFTER = re.compile(
    r"\s?(?:이하|미만|아래|밑|이내|안쪽|안으로|안에서|내로|내에서|내의|언더|까지|보다\s?(?:더\s?)?(?:싼|저렴|낮|싸)|"
    r"(?:이|가)?\s?(?:채\s?)?안\s?되는|(?:을|를|은)?\s?안\s?넘|(?:을|를|은)?\s?(?:넘지|넘기지|못\s?넘)|정도|쯤|선에서|"
    r"선(?=\s|$)|내외|안팎|가량|under(?![A-Za-z]))"
    r"|\s?(?:,\s)?(?:or\s(?:less|under|below|cheaper|lower)|and\s(?:under|below)|max(?:imum)?|tops|at (?:the )?most|"
    r"limit|budget)(?![A-Za-z])",
    re.IGNORECASE,
)
_MIN_AFTER = re.compile(
    r"\s?(?:이상|초과|(?:이|가|을|를|은)?\s?넘(?:는|게|어|을)|위로|위의|부터|보다\s?(?:더\s?)?(?:비싼|높은))"
    r"|\s?(?:or\s(?:more|over|above|higher)|(?:and|n|&|'n')\s(?:up|over|above)(?![A-Za-z])|minimum(?![A-Za-z])|at least|\+)",
    re.IGNORECASE,
)
_RANGE_AFTER = re.compile(
    r"\s?대(?![가-힣])|\s?대(?=로|의|에|인|는|은|면|만|이|도|가)|(?:-|\s)range(?![A-Za-z])|s(?![A-Za-z])", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s?(?:~|-|–|—|〜|to|and|에서|부터|이상|원?\s?과|하고)\s?", re.IGNORECASE)
_BETWEEN_BEFORE = re.compile(r"\bbetween\s*$", re.IGNORECASE)
# A bare number followed by one of these counts something else than money.
_NOT_MONEY = re.compile(
    r"\s?(?:-\s?)?(?:points?|pts?|p|ml|mg|g|kg|l|cm|mm|m|items?|pieces?|people|stars?|days?|weeks?|months?|years?|hours?|"
    r"minutes?|times?|orders?|reviews?)(?![A-Za-z])|\s?(?:%|percent|퍼센트|프로|점|포인트|적립금|개|명|년|월|일|주|번|회|시|분|세|살|"
    r"대(?!로|의|에)|봉|병|박스|세트|리터|그램|킬로|칼로리|통|장|켤레)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PriceLimit:
    """`kind` price_min or price_max, `value` in whole won, `start`:`end` the amount's own words."""

    kind: str
    value: int
    start: int
    end: int


def _is_money(text: str, amount: Amount) -> bool:
    if amount.currency:
        return True
    return amount.value >= 1000 and not _NOT_MONEY.match(text, amount.end)


def _range_top(amount: Amount) -> int:
    """The last won of the range that 대 names: 3만원대 39,999, 1만5천원대 15,999, 35,000원대 35,999."""
    step = 1000
    while amount.value % (step * 10) == 0:
        step *= 10
    return amount.value + step - 1


def _kinds(text: str, amount: Amount) -> list[tuple[str, int]]:
    """The limits that the words around one amount set."""
    if _RANGE_AFTER.match(text, amount.end) and amount.value >= 1000:
        return [("price_min", amount.value), ("price_max", _range_top(amount))]
    kind = bound_at(text, amount.start, amount.end)
    return [(kind, amount.value)] if kind else []


def bound_at(text: str, start: int, end: int) -> str | None:
    """price_min or price_max, as the words around `start`:`end` bound an amount of whatever money; None without such."""
    before = text[max(0, start - 40) : start]
    if _MAX_AFTER.match(text, end):
        return "price_max"
    if _MIN_AFTER.match(text, end) or _STARTS_BEFORE.search(before):
        return "price_min"
    if _MAX_BEFORE.search(before):
        return "price_max"
    if _MIN_BEFORE.search(before):
        return "price_max" if _NEGATED.search(_MIN_BEFORE.sub("", before)) else "price_min"
    return None


def _as_range(text: str, low: Amount, high: Amount) -> list[PriceLimit] | None:
    """Two amounts joined by ~, to, and, 에서 ...: the lower one may leave its unit to the upper one (1~2만원)."""
    joint = _BETWEEN.fullmatch(text, low.end, high.start)
    if joint is None or not _is_money(text, high):
        return None
    worded = joint.group().strip().lower()
    if worded in ("and", "과", "하고") and not _BETWEEN_BEFORE.search(text[: low.start]):
        return None
    value = low.value
    if not low.marked and low.value < 1000:
        value = low.value * high.scale
    if value < 1000 and not (low.marked or high.marked):
        return None  # 30-7765 is a number of an order
    top = _range_top(high) if _RANGE_AFTER.match(text, high.end) else high.value
    if not 0 < value < top:
        return None
    return [PriceLimit("price_min", value, low.start, low.end), PriceLimit("price_max", top, high.start, high.end)]


def find_price_limits(text: str) -> list[PriceLimit]:
    """All price limits of `text`, left to right; where two of one kind are named, the last (a correction) counts."""
    amounts = list(scan(text))
    for low, high in pairwise(amounts):
        limits = _as_range(text, low, high)
        if limits:
            return limits
    found: dict[str, PriceLimit] = {}
    for amount in amounts:
        if not _is_money(text, amount):
            continue
        for kind, value in _kinds(text, amount):
            found[kind] = PriceLimit(kind, value, amount.start, amount.end)
    return sorted(found.values(), key=lambda limit: (limit.start, limit.kind))
