"""Of an old and a new value the wanted one: 블랙 말고 화이트, M에서 L로, from M to L, white instead of black."""

from __future__ import annotations

import re

from bot.entities.words import Found

_CHOSEN = frozenset({
    "colour", "size", "channel", "date", "email", "phone", "address", "quantity", "coupon_code", "referral_code", "brand",
    "product",
})  # fmt: skip
_REFUSED_ALONE = frozenset({"colour", "size"})
_REFUSED_AFTER = re.compile(
    r"\s?(?:색상|색|컬러|사이즈)?(?:은|는|이|가)?\s?(?:말고(?!는|도)|아니고|아니라|아닌|빼고|제외|싫)|\s?대신(?!\s?(?:해|전))"
)
_LEFT_AFTER = re.compile(
    r"\s?(?:색상|색|컬러|사이즈)?(?:에서|인데|이었는데|였는데|\s중에|(?:이?랑|와|과|하고)\s\S+\s중에)\s|"
    r"\s?(?:->|→|=>)|(?:으로|로)\s?(?:돼|되어|등록돼|저장돼)\s?있(?:는데|었는데|지만)|"
    # Corrected in the same breath.
    r"\s?(?:,|\.+|…)?\s?(?:아니|앗|아\s?참)[\s,.]|(?:\sme)?\s?(?:,|\.+|-|…)?\s?(?:no|wait|oops|actually|scratch\sthat)[\s,.]",
    re.IGNORECASE,
)
_REFUSED_BEFORE = re.compile(
    r"(?:\bscrap|\bforget|\bno\slonger\suse|\bstopped\susing|\binst(?:ea|e|ae)d\s?(?:of|ov|o)|\brather\sthan|\bnot|n['’]t\swant|\bexcept|\bother\sthan|\bwithout)\s(?:(?:the|my|an?|"
    r"in|size|colou?r|any)\s)*$",
    re.I,
)
# 255 샀는데 260으로 바꿔줘요.
_BOUGHT_AFTER = re.compile(r"(?:을|를|으로|로)?\s?(?:샀|시켰|주문했|골랐|구매했)는데\s")
_CHANGED_TO_AFTER = re.compile(r"\s?(?:사이즈|색상|색|컬러)?(?:으로|로)\s?(?:바꿔|바꾸|교환|변경)")
# What came, where another was meant: 245가 왔어요, I got the grey.
_CAME_AFTER = re.compile(r"(?:이|가|을|를)?\s?(?:왔|온\s|와서|받았|받은|배송됐|도착했)")
_CAME_BEFORE = re.compile(
    r"\b(?:got|received|sent(?:\sme)?|came\sin|arrived\sin)\s(?:(?:the|my|an?|in|size)\s)*$", re.IGNORECASE
)
_LEFT_BEFORE = re.compile(r"\bfrom\s(?:(?:the|my|an?|size)\s)*$", re.IGNORECASE)
_TO = re.compile(r"(?:\s(?:one|size|colou?r))?\s(?:to|for|into|4|2)\s(?:(?:the|my|an?|size)\s)*", re.IGNORECASE)
_FOR_ANOTHER = re.compile(r"[^.?!,]{0,30}?\s(?:to|for|into|with|4|2)\s(?:(?:the|my|an?|size)\s)*", re.IGNORECASE)
_CHANGED_FOR = re.compile(r"\b(?:replace|swap|switch|trade|exchange|change)\b[^.?!]{0,30}$", re.IGNORECASE)


def _is_refused(text: str, one: Found) -> bool:
    return bool(
        _REFUSED_AFTER.match(text, one["end"]) or _REFUSED_BEFORE.search(text, max(0, one["start"] - 40), one["start"])
    )


def _has_come(text: str, one: Found) -> bool:
    return bool(
        _CAME_AFTER.match(text, one["end"]) or _CAME_BEFORE.search(text, max(0, one["start"] - 40), one["start"])
    )


def _is_left(text: str, one: Found, others: list[Found]) -> bool:
    """Whether it is what one comes from, with another to go to."""
    differs = any(other["value"] != one["value"] for other in others)
    if differs and one["entity"] in _REFUSED_ALONE and _has_come(text, one):
        return True
    later = [other for other in others if other["start"] >= one["end"]]
    if not later:
        return False
    if _LEFT_AFTER.match(text, one["end"]) or _LEFT_BEFORE.search(text, max(0, one["start"] - 40), one["start"]):
        return True
    if _BOUGHT_AFTER.match(text, one["end"]) and any(_CHANGED_TO_AFTER.match(text, other["end"]) for other in later):
        return True
    if _CHANGED_FOR.search(text, 0, one["start"]):
        return any(_FOR_ANOTHER.fullmatch(text, one["end"], other["start"]) for other in later)
    to = _TO.match(text, one["end"])
    return to is not None and any(other["start"] == to.end() for other in later)


def keep_wanted(text: str, entities: list[Found]) -> list[Found]:
    """`entities` without those that the words beside them refuse, or leave for another."""
    kept = []
    for one in entities:
        others = [other for other in entities if other["entity"] == one["entity"] and other is not one]
        if one["entity"] in _CHOSEN:
            if _is_refused(text, one) and (others or one["entity"] in _REFUSED_ALONE):
                continue
            if _is_left(text, one, others):
                continue
        kept.append(one)
    return kept
