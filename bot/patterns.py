"""What can be read from a message by its form alone: prices, sizes, days, codes, addresses and the rest that need no catalogue.

`find_entities` is pure and needs nothing of Rasa; `extractors` hands its answer to Rasa. Product names, brands and
categories are not here: the actions resolve them against the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from bot.entities.addresses import find_addresses
from bot.entities.choices import keep_wanted
from bot.entities.codes import find_codes, find_referral_codes
from bot.entities.colours import find_colours
from bot.entities.contact_channels import find_channels
from bot.entities.counts import find_counts, find_points
from bot.entities.dates import KST, find_dates
from bot.entities.ratings import find_ratings
from bot.entities.reasons import find_reasons
from bot.entities.sizes import find_sizes
from bot.entities.skin_types import find_skin_types
from bot.entities.words import Found, found
from bot.glued import Spaced, spaced
from bot.prices import find_price_limits

# Full-width letters and digits (ＤＧ２４０１０００１) count as their usual forms; one character stays one.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

_EMAIL = re.compile(
    r"(?<![\w+-])(?<!\w\.)[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}", re.ASCII
)
_PHONE = re.compile(
    r"(?<![\w-])(?:\+?82[\s-]?(?:\(0\))?|0)(?:1[016789][\s.-]?\d{3,4}[\s.-]?\d{4}|(?:2|[3-6]\d|70)"
    r"[\s.-]?\d{3,4}[\s.-]?\d{4})(?!\d)",
    re.ASCII,
)
# With the country's number, as customers abroad give it.
_PHONE_ABROAD = re.compile(r"(?<![\w-])\+(?!82)[1-9]\d{0,2}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?!\d)", re.ASCII)
_DIGITS_ABROAD = range(8, 16)
_ORDER = re.compile(r"(?<![A-Za-z0-9])DG(?:[\s-]?\d){6,14}(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)
_ORDER_NAMED = re.compile(
    r"(?:주문\s?번호|오더\s?번호|order\s?(?:number|no\.?|id)|order)\s?(?:은|는|이|가|is|:)?\s?"
    r"(?P<number>(?:#\s?)?\d{6,14})(?![A-Za-z0-9,]|-\d)",
    re.IGNORECASE,
)
# Shorter numbers, or with letters before them: only where something is said of an order. A bare one stands behind the noun, not
# the verb ("to order 1000 balloons").
_ORDER_SHORT = re.compile(
    r"(?:주문\s?번호|오더\s?번호|주문(?:\s?건)?|\border(?:\s?(?:number|no\.?|id))?)\s?(?:은|는|이|가|is|:)?\s?"
    r"(?P<number>(?:#\s?)?(?:(?-i:[A-Z]{1,4}-?)?\d{2,8}(?:-\d{2,8})+|(?-i:[A-Z]{1,4}-?)\d{3,12}"
    r"|(?=(?:-?[A-Z]{0,4}\d){4})(?-i:[A-Z\d]{1,8}(?:-[A-Z\d]{1,12}){1,3})"
    r"|(?<!\bto\sorder\s)(?<!\bi\sorder\s)(?<!\bplease\sorder\s)(?!(?:19|20)\d\d(?!\d))\d{4,5}))"
    r"(?![\w-]*[A-Za-z0-9]|[,.]\d|\s?(?:개|원|점|만|천|명|번째|월|일|년|시|포인트|points?|won|krw|items?|pieces?|packs?|usd|pcs|boxes|sets?|%))",
    re.IGNORECASE,
)
# As other shops number orders: a day and a running number, or "#48213".
_ORDER_BY_DAY = re.compile(r"(?<![\w-])20\d{2}[01]\d[0-3]\d-\d{2,8}(?![\d-])", re.ASCII)
_ORDER_HASHED = re.compile(
    r"(?<![\w&])(?P<number>#\s?(?=(?:-?\d){4})\d{2,14}(?:-[A-Za-z0-9]{1,8}){0,3})(?![\w-]*[A-Za-z0-9]|,\d)", re.ASCII
)
# What is said in passing, of the day or of oneself, asks for nothing.
_SMALL_TALK = frozenset(
    {"greet", "goodbye", "thank", "help", "bot_challenge", "talk_to_human", "chitchat", "abuse", "out_of_scope"}
)
_IN_PASSING = frozenset({"colour", "size", "skin_type", "date", "quantity"})
# Characters beside what answers a question (네 L이요, 내일요); a day has fewer, for 오늘 덥다 answers none.
_AROUND_AN_ANSWER = 6
_AROUND_A_DAY = 2


def _emails(text: str) -> Iterable[Found]:
    for match in _EMAIL.finditer(text):
        yield found(text, "email", match.group().lower(), *match.span())


def _phones(text: str) -> Iterable[Found]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        national = digits[2:] if digits.startswith("82") else digits
        yield found(text, "phone", "+82" + national.lstrip("0"), *match.span())
    for match in _PHONE_ABROAD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) in _DIGITS_ABROAD:
            yield found(text, "phone", f"+{digits}", *match.span())


def _order_numbers(text: str) -> Iterable[Found]:
    for match in _ORDER.finditer(text):
        yield found(text, "order_number", "DG" + re.sub(r"\D", "", match.group()), *match.span())
    for match in _ORDER_NAMED.finditer(text):
        yield found(text, "order_number", "DG" + match["number"].lstrip("# "), *match.span("number"))
    for match in _ORDER_BY_DAY.finditer(text):
        yield found(text, "order_number", match.group(), *match.span())
    for pattern in (_ORDER_SHORT, _ORDER_HASHED):
        for match in pattern.finditer(text):
            yield found(text, "order_number", match["number"].upper().lstrip("# "), *match.span("number"))


def _prices(text: str) -> Iterable[Found]:
    for limit in find_price_limits(text):
        yield found(text, limit.kind, limit.value, limit.start, limit.end)


def _readers(intent: str | None, now: datetime) -> tuple[Callable[[str], Iterable[Found]], ...]:
    """Where two claim the same characters, the earlier one wins."""
    return (
        _emails,
        _order_numbers,
        _phones,
        find_referral_codes,
        find_addresses,
        lambda text: find_dates(text, now, intent),
        lambda text: find_ratings(text, intent),
        find_points,
        _prices,
        lambda text: find_counts(text, intent),
        lambda text: find_codes(text, intent),
        find_skin_types,
        lambda text: find_sizes(text, intent),
        find_colours,
        lambda text: find_channels(text, intent),
    )


def _is_free(one: Found, taken: Iterable[Found]) -> bool:
    """Whether nothing taken stands there; price_min and price_max of one amount (만원대) share their place."""
    for other in taken:
        if one["start"] < other["end"] and other["start"] < one["end"]:
            alike = (one["start"], one["end"]) == (other["start"], other["end"])
            if not (alike and {one["entity"], other["entity"]} == {"price_min", "price_max"}):
                return False
    return True


def _bears(one: Found, text: str, intent: str | None) -> bool:
    """Whether it is part of a request, or the whole of an answer."""
    if intent == "ask_tier" and one["entity"] == "colour":
        return False  # 골드로 올라가려면
    if intent not in _SMALL_TALK or one["entity"] not in _IN_PASSING:
        return True
    around = _AROUND_A_DAY if one["entity"] == "date" else _AROUND_AN_ANSWER
    return len(text.strip(" .!?~")) - len(one["raw"]) <= around


def _claims(narrow: str, intent: str | None, now: datetime) -> Iterator[Found]:
    kept: list[Found] = []
    for read in _readers(intent, now):
        for one in sorted(read(narrow), key=lambda one: (one["start"] - one["end"], one["start"])):
            if _is_free(one, kept):
                kept.append(one)
                yield one


def _as_written(one: Found, text: str, apart: Spaced) -> Found:
    start, end = apart.span(one["start"], one["end"])
    return {**one, "raw": text[start:end], "start": start, "end": end}


def find_entities(text: str, intent: str | None = None, now: datetime | None = None) -> list[Found]:
    """All entities of `text` in order, no two on the same characters but a reason, which is a clause and has others inside.

    `intent` is what the message was understood as (None: unknown), which some entities depend on; `now`, with a zone, is
    what days are counted from, by default this moment.
    """
    apart = spaced(text.translate(_NARROW))
    kept = [one for one in _claims(apart.text, intent, now or datetime.now(KST)) if _bears(one, text, intent)]
    together = [*keep_wanted(apart.text, kept), *find_reasons(apart.text, intent)]
    whole = [_as_written(one, text, apart) for one in together]
    return sorted(whole, key=lambda one: (one["start"], one["entity"]))
