"""Coupon codes and referral codes.

A referral code is DG and six of A-Z and 2-9 (DG7K2QMX), or whatever follows 추천인 코드, invite code and the like. A coupon
code has a digit beside letters, or is all capitals where a code is expected; the nearest word says which of the two it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import Found, found, is_shouted

_REFERRAL_FORM = re.compile(
    r"(?<![A-Za-z0-9-])(?:DG(?=[2-9]*[A-Z])[A-Z2-9]{6}|(?i:dg(?=[a-z]*[2-9])(?=[2-9]*[a-z])[a-z2-9]{6}))(?![A-Za-z0-9-])",
    re.ASCII,
)
_REFERRAL_LABEL = re.compile(
    r"(?:추천인?\s?코드|친구\s?코드|초대\s?코드|추천인|(?:referral|referrer|invit(?:e|ation)|"
    r"friend(?:['’]?s)?(?:\sreferral)?|refer)\scode)"
    r"\s?(?:은|는|를|을|가|이|로|is|:|=|#|['\"‘“(\[]|입력|,|\s)*"
    r"(?P<code>(?=[A-Za-z0-9-]*(?:\d|[A-Z]{2}))[A-Za-z0-9][A-Za-z0-9-]{3,19})(?![A-Za-z0-9@])",
    re.IGNORECASE,
)
_REFERRAL_LABEL_KO = re.compile(
    r"(?:추천인?|친구|초대)\s?코드(?:는|은|가|를|이)?\s?[:'\"(]?\s?(?P<code>[A-Za-z0-9][A-Za-z0-9-]{3,19})"
    r"(?![A-Za-z0-9@])"
)
_MIXED = re.compile(
    r"(?<![A-Z0-9@.-])(?=[A-Z-]*\d|[0-9-]+[A-Z])(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,}(?:-[A-Z0-9]{2,})*(?![A-Z0-9@]|\.[A-Z])",
    re.IGNORECASE | re.ASCII,
)
_SAID = r"(?:쿠폰|할인|프로모션|추천인|초대|친구|코드|번호|coupon|promo|discount|voucher|referral|invite|code)"
_CAPITALS = re.compile(
    rf"(?i:{_SAID})\s?(?:코드|번호|(?i:code)|이|은|는|을|를|(?i:is)|:|'|\")*\s?(?P<after>[A-Z][A-Z0-9]{{3,19}})"
    rf"(?![A-Za-z0-9])"
    rf"|(?<![A-Za-z0-9])(?P<before>[A-Z][A-Z0-9]{{3,19}})['\"]?\s?(?:이라는|라는)?\s?(?i:{_SAID})"
)
_COUPON_WORDS = re.compile(r"쿠폰|할인|프로모션|바우처|coupon|promo|voucher|discount", re.IGNORECASE)
_REFERRAL_WORDS = re.compile(r"추천인|추천\s?코드|초대|친구|refer|invit|friend", re.IGNORECASE)
_CODE_WORDS = re.compile(r"코드|\bcode", re.IGNORECASE)
_NAMING = (_COUPON_WORDS, _CODE_WORDS, _REFERRAL_WORDS)
# Issued codes need no word beside them: hyphenated or ten long, capitals and digits.
_ISSUED = re.compile(
    r"(?<![A-Za-z0-9@.-])(?=[A-Z-]*\d)(?=[\d-]*[A-Z])(?:[A-Z0-9]{3,10}(?:-[A-Z0-9]{2,10}){1,3}|[A-Z2-9]{10})"
    r"(?![A-Za-z0-9@-])",
    re.ASCII,
)
# Where a code is all that is expected, capitals alone are one.
_SHOUTED = re.compile(r"(?<![A-Za-z0-9@.'-])[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9]{2,})*(?![A-Za-z0-9@])", re.ASCII)
_NOT_CODES = frozenset(
    {"COUPON", "COUPONS", "CODE", "CODES", "PLEASE", "DISCOUNT", "PROMO", "VOUCHER", "HELLO", "THANKS"}
)
_NOT_CODES |= {"ORDER", "NUMBER", "KAKAO", "REFERRAL", "INVITE", "FRIEND", "HELP", "DANGOL"}
_MEASURE = re.compile(
    r"\d+(?:ml|mg|g|kg|l|cm|mm|k|p|won|krw|pm|am|st|nd|rd|th|x|days?|hours?|weeks?|months?|points?|pts|percent)",
    re.IGNORECASE,
)
_CODE_INTENTS = ("redeem_coupon", "refer_friend")
# What has a code's form there numbers an order, as shops do: B2B-11-0932.
_ORDER_INTENTS = frozenset({
    "ask_order_status", "list_orders", "cancel_order", "change_address", "request_return", "request_exchange", "ask_refund_status",
    "reorder", "ask_case_status", "complain",
})  # fmt: skip


def _kind(text: str, start: int, end: int, intent: str | None) -> str:
    """The kind of the word nearest before the code, else after it."""
    if intent == "redeem_coupon":
        return "coupon_code"
    if intent in _ORDER_INTENTS and not any(words.search(text) for words in _NAMING):
        return "order_number"
    before, after = text[max(0, start - 40) : start], text[end : end + 20]
    coupon = max((match.end() for match in _COUPON_WORDS.finditer(before)), default=-1)
    referral = max((match.end() for match in _REFERRAL_WORDS.finditer(before)), default=-1)
    if coupon == referral == -1:
        is_referral = bool(_REFERRAL_WORDS.match(after.lstrip())) or (
            intent == "refer_friend" and not _COUPON_WORDS.search(after)
        )
        return "referral_code" if is_referral else "coupon_code"
    return "referral_code" if referral > coupon else "coupon_code"


def _named_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _CAPITALS.finditer(text):
        group = "after" if match["after"] else "before"
        if match[group] not in _NOT_CODES:
            yield match.span(group)


def _expected_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _SHOUTED.finditer(text):
        if len(match.group()) >= 4 and match.group() not in _NOT_CODES:
            yield match.span()


def _spans(text: str, intent: str | None) -> Iterator[tuple[int, int]]:
    is_named = any(words.search(text) for words in _NAMING)
    if is_named or intent in _CODE_INTENTS:
        for match in _MIXED.finditer(text):
            if len(match.group()) >= 4 and not _MEASURE.fullmatch(match.group()):
                yield match.span()
    if is_named:
        yield from _named_spans(text)
    yield from (match.span() for match in _ISSUED.finditer(text))
    if intent in _CODE_INTENTS and not is_shouted(text):
        yield from _expected_spans(text)


def find_referral_codes(text: str) -> Iterator[Found]:
    """Codes that are a referral's by their form or by the words before them."""
    for match in _REFERRAL_FORM.finditer(text):
        yield found(text, "referral_code", match.group().upper(), *match.span())
    for pattern in (_REFERRAL_LABEL, _REFERRAL_LABEL_KO):
        for match in pattern.finditer(text):
            code = match["code"]
            latin_word = pattern is _REFERRAL_LABEL and not re.search(r"\d", code) and not code.isupper()
            if code.upper() not in _NOT_CODES and not latin_word:
                yield found(text, "referral_code", code.upper(), *match.span("code"))


def find_codes(text: str, intent: str | None) -> Iterator[Found]:
    """Coupon codes, referral codes without their form, and numbers of orders that have a code's form; upper case."""
    for start, end in _spans(text, intent):
        yield found(text, _kind(text, start, end, intent), text[start:end].upper(), start, end)
