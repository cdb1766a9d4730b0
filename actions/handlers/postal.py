"""Postal addresses as people write them, Korean or English: street, postcode and what says the door."""

from __future__ import annotations

import re
from typing import Any

_POSTCODE = re.compile(
    r"[\[(]?\s*(?:우편\s*번호|우편|postcode|post\s*code|zip(?:\s*code)?)?\s*:?\s*"
    r"(?<![\d-])(\d{5})(?![\d-])\s*[\])]?,?",
    re.IGNORECASE,
)
_BUILDING = re.compile(
    r"(?<=\d)[\s,]+(?=[^\d\s,][^,]*?(?:아파트|빌라|빌딩|오피스텔|타워|맨션|하우스|자이|래미안|푸르지오|센터|상가|주택|원룸|단지)|(?:[A-Za-z가나다라]|\d{1,4})동\s*\d+|"
    r"(?:지하\s*)?\d{1,3}층|[Bb]?\d{1,5}호)"
)
_DOOR_KO = re.compile(
    r"(?:(?:[A-Za-z가나다라]|\d{1,4})동\s*)?(?:(?:지하\s*)?\d{1,3}층\s*)?[Bb]?\d{1,5}호|(?:[A-Za-z]|\d{1,4})동\s+\d{1,5}|(?:지하\s*)?\d{1,3}층"
)
_DOOR_EN = re.compile(
    r"(?:,\s*)?(?:\b(?:apt|apartment|unit|suite|ste|room|rm|flat|floor|fl)\b\.?\s*(?:number|no\.?|is|it'?s|,)?\s*#?\s*[a-z]?\d[\w-]*|#\s*\w+|\b\d{1,4}-dong\b,?\s*|\b\d{1,5}-ho\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\s+floor)",
    re.IGNORECASE,
)
_STREET_KO = re.compile(
    r"[가-힣\d]+(?:대로|로|길)\s*(?:\d+번?길\s*)?\d+(?:-\d+)?"
    r"|[가-힣]+\d?(?:동|읍|면|리|가)\s+(?:산\s*)?\d+(?:-\d+)?(?:번지)?"
)
_STREET_EN = re.compile(
    r"-(?:daero|ro|gil)\b|\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|place|square|terrace|way|close|highway)\b",
    re.IGNORECASE,
)
# Words of asking that stand around an address.
_TAIL_KO = re.compile(
    r"\s*(?:(?:으로|로|에|이에요|예요|입니다|이요|요)?\s*(?:좀\s*)?(?:(?:보내|바꿔|바꾸|변경|배송|부탁|해\s*주|수정|고쳐|받고|받을|가져다)\S*.*)?)$"
)
_PARTICLE = re.compile(r"(?<=[\d호층동번지])(?:으로|로|이에요|예요|입니다|이요|요)$")
_LEAD_EN = re.compile(
    r"^.*?\b(?:to|at|is|it'?s|address|use)\b[:\s]+(?=(?:apt|unit|flat|room|suite)?\.?\s*#?\d)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL_EN = re.compile(r"\s*(?:,?\s*(?:please|pls|thanks|thank you|instead))+\s*[.!]*$", re.IGNORECASE)
_LEAD_KO = re.compile(r"^.*?(?:주소(?:는|를|가)?|배송지(?:는|를|가)?|여기로|이쪽으로)\s*:?\s*(?=[가-힣])")
# Where an address begins in a sentence.
_REGION_KO = re.compile(
    r"(?<![가-힣])(?:(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충[청북남]|전[라북남]|경[상북남]|제주)[가-힣]*|[가-힣]{1,4}[시군구])\s+(?=[가-힣\d])"
)
_ORDER_NUMBER = re.compile(r"(?<![A-Za-z0-9])DG[\s-]?\d{6,}(?:번|\s*주문)?(?:은|는|을|를|의|건)?", re.IGNORECASE)
_REMOTE = re.compile(r"제주|울릉|서귀포|도서|\bjeju|\bulleung|\bseogwipo", re.IGNORECASE)
_RECIPIENT = re.compile(
    r"(?:받는\s*(?:사람|분)|수령인|받으실\s*분)\s*(?:은|는|이|을|를|:)?\s*(?P<ko>[가-힣]{2,5}?)(?=(?:이|으|고|예|입|님|씨|에|로|,|\s|$))"
    r"|\b(?:recipient|attn|c/o|care\s+of)\s*:?\s*(?:is\s+)?(?P<en>[A-Z][\w'-]+(?:\s[A-Z][\w'-]+){0,2})"
)
_JOINED = re.compile(r"^(?:이고|이며|고|이에요|예요|입니다|으로|로)?[\s,.]*")
_SHORTEST = 5


def parse_address(text: str, *, raw: str | None = None) -> dict[str, str] | None:
    """The parts of an address found in a text: line1 (street and number), line2 (the door), postcode, recipient; only those
    that are there. `raw` is the address where it is known to stand. A door alone is {line2}. None when nothing is found.
    """
    found: dict[str, str] = {}
    if (name := _RECIPIENT.search(text)) is not None:
        found["recipient"] = name["ko"] or name["en"]
        text = text[: name.start()] + _JOINED.sub("", text[name.end() :])
    if (postcode := _POSTCODE.search(text)) is not None:
        found["postcode"] = postcode[1]
    place = _strip(raw if raw else text)
    place = _POSTCODE.sub(" ", place) if _POSTCODE.search(place) else place
    place = re.sub(r"\s+", " ", place).strip(" ,.")
    if raw or _is_street(place):
        found |= _split(place)
    elif (door := _DOOR_KO.search(place) or _DOOR_EN.search(place)) is not None:
        found["line2"] = door.group().strip(" ,")
    return found if found.keys() & {"line1", "line2", "postcode", "recipient"} else None


def needs_postcode(address: dict[str, Any]) -> bool:
    """Whether only the postcode can say what delivery costs: without one, at a place that may be an island."""
    return not address.get("postcode") and _REMOTE.search(str(address.get("line1", ""))) is not None


def one_line(address: dict[str, Any]) -> str:
    """An address in one line, postcode first."""
    place = ", ".join(str(address[part]) for part in ("line1", "line2") if address.get(part))
    return f"({address['postcode']}) {place}" if address.get("postcode") else place


def phone_number(phone: str) -> str:
    """A phone number as it is dialled in Korea, 010-1234-5678; others as they are."""
    if not phone.startswith("+82"):
        return phone
    digits = f"0{phone[3:]}"
    return f"{digits[:3]}-{digits[3:-4]}-{digits[-4:]}" if len(digits) in (10, 11) else digits


def same_street(one: str, other: str) -> bool:
    """Whether two streets with numbers are the same but for spaces and case."""
    return re.sub(r"\W", "", one).casefold() == re.sub(r"\W", "", other).casefold()


def _is_street(text: str) -> bool:
    return len(text) >= _SHORTEST and bool(
        _STREET_KO.search(text) or (_STREET_EN.search(text) and re.search(r"\d", text))
    )


def _strip(text: str) -> str:
    """The text without the words of asking around an address."""
    text = " ".join(_ORDER_NUMBER.sub(" ", text).split())
    if re.search(r"[가-힣]", text):
        text = _TAIL_KO.sub("", _LEAD_KO.sub("", text))
        region = _REGION_KO.search(text)
        text = text[region.start() :] if region else text
        return _PARTICLE.sub("", text.strip())
    return _TAIL_EN.sub("", _LEAD_EN.sub("", text))


def _split(place: str) -> dict[str, str]:
    """Street and door."""
    if re.search(r"[가-힣]", place):
        parts = _BUILDING.split(place, maxsplit=1)
        street = _STREET_KO.search(parts[0])
        if street is not None and len(parts) == 1 and place[street.end() :].strip(" ,"):
            parts = [place[: street.end()], place[street.end() :]]
        street_text, door = parts[0], parts[1] if len(parts) > 1 else ""
    else:
        doors = [match.group().strip(" ,") for match in _DOOR_EN.finditer(place)]
        street_text = re.sub(r"\s*,(?:\s*,)+", ",", _DOOR_EN.sub("", place))
        door = ", ".join(doors)
    lines = {"line1": street_text.strip(" ,"), "line2": door.strip(" ,")}
    return {name: text for name, text in lines.items() if text}
