"""What of themself a customer names, and the new value: out of a request, an answer or a button."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from actions.context import TurnContext
from actions.handlers.mailbox import read_email
from actions.handlers.postal import one_line, parse_address
from actions.tasks.kinds import TaskTurn
from actions.tasks.reading import chosen
from actions.wording import replies
from crm_store.accounts.mails import written_day

FIELDS = ("name", "phone", "email", "birthday", "address", "language", "gender", "skin_type", "sizes")
_WORDS = {
    "email": r"이메일|이멜|메일|e-?mail",
    "phone": r"전화|휴대폰|핸드폰|폰\s*번호|연락처|번호|phone|mobile|number|cell",
    "birthday": r"생일|생년월일|birth|b-?day|\bdob\b",
    "address": r"주소|배송지|address",
    "language": r"언어|language|speak",
    "gender": r"성별|gender|\bsex\b",
    "skin_type": r"피부|skin",
    "sizes": r"사이즈|치수|신발|발\s*크기|size|shoe",
    "name": r"이름|성함|개명|\bname\b|surname",
}
# The entity that says a field by itself, the surest first.
_ENTITIES = {
    "email": "email",
    "phone": "phone",
    "skin_type": "skin_type",
    "address": "address",
    "date": "birthday",
    "size": "sizes",
}
_CHOICES = {
    "gender": {
        "female": r"여자|여성|^여$|female|woman|\bf\b",
        "male": r"남자|남성|^남$|\bmale|\bman\b|\bm\b",
        "none": r"안\s*(?:할|밝|알)|비공개|none|prefer|rather",
    },
    "language": {"ko": r"한국|한글|korean", "en": r"영어|english"},
    "skin_type": {"none": r"선택\s*안|모르|몰라|none|don'?t\s+know"},
}
_NEW_NAME = (
    re.compile(
        r"(?:이름|성함)(?:을|은|이|를)?\s*(?P<name>[가-힣]{2,5}?|[A-Za-z][A-Za-z .'-]+?)"
        r"\s*(?:으로|로)\s*(?:바꿔|바꾸|변경|수정|고쳐|해)"
    ),
    re.compile(r"\bname\s+(?:to|is)\s+(?P<name>[A-Z][\w.'-]*(?:\s+[A-Z][\w.'-]*){0,3})"),
)
_ANSWERED_NAME = re.compile(
    r"^(?:제\s*이름은|이름은|저는|my\s+name\s+is|it'?s|i'?m)?\s*(?P<name>.+?)\s*(?:으로|로)?\s*"
    r"(?:바꿔\s*주세요|변경해\s*주세요|해\s*주세요|부탁(?:해요|드려요|드립니다)|입니다|이에요|예요|이요|요|please)?\s*[.!~]*$",
    re.IGNORECASE,
)  # fmt: skip
_DAY = re.compile(r"(?P<year>(?:19|20)\d{2})\s*[-./년]?\s*(?P<month>\d{1,2})\s*[-./월]?\s*(?P<day>\d{1,2})")
_SHOE = re.compile(r"(?<!\d)(2[0-9][05]|300)(?!\d)")
_CLOTHING = re.compile(r"(?<![A-Za-z])(XXS|XS|S|M|L|XL|XXL|XXXL)(?![A-Za-z])", re.IGNORECASE)


def read_field(turn: TaskTurn) -> str | None:
    """Which field is meant: pressed, named in words, or clear from what was given."""
    if (pressed := chosen("field")(turn)) is not None:
        return str(pressed) if pressed in FIELDS else None
    if turn.ctx.call.pressed:
        return None
    for field, words in _WORDS.items():
        if re.search(words, turn.ctx.call.text, re.IGNORECASE):
            return field
    return next((field for entity, field in _ENTITIES.items() if turn.ctx.value(entity) is not None), None)


def find_value(turn: TaskTurn) -> Any:
    """The new value where the request itself gives it; never a bare word, which may be something else."""
    if turn.ctx.call.pressed:
        return None
    field = str(turn.values["field"])
    if field == "name":
        matches = (pattern.search(turn.ctx.call.text) for pattern in _NEW_NAME)
        return next((match["name"].strip() for match in matches if match), None)
    if field == "address" and turn.ctx.value("address") is None:
        return None
    return _READ[field](turn) if field in _READ else _read_choice(turn, field)


def read_value(turn: TaskTurn) -> Any:
    """The new value in an answer."""
    if (pressed := chosen("value")(turn)) is not None:
        return pressed
    if turn.ctx.call.pressed:
        return None
    field = str(turn.values["field"])
    if turn.task.step != "value":  # a correction names what it corrects
        return find_value(turn)
    if field == "name":
        match = _ANSWERED_NAME.match(turn.ctx.call.text.strip())
        return find_value(turn) or (match["name"].strip() if match else None)
    return _READ[field](turn) if field in _READ else _read_choice(turn, field)


def shown(ctx: TurnContext, field: str, value: Any) -> str:
    """A value as its owner reads it."""
    if field in ("gender", "language", "skin_type"):
        return replies().say(f"{field}_{value}", ctx.locale)
    if field == "birthday":
        return written_day(date.fromisoformat(value), ctx.locale)
    if field == "address":
        return one_line(value)
    if field == "sizes":
        return ", ".join(f"{replies().say(f'size_{kind}', ctx.locale)} {size}" for kind, size in value.items())
    return re.sub(r"^\+8210(\d{4})(\d{4})$", r"010-\1-\2", str(value)) if field == "phone" else str(value)


def _read_phone(turn: TaskTurn) -> str | None:
    found = turn.ctx.value("phone")
    digits = re.search(r"\+?\d[\d\s().-]{7,16}\d", turn.ctx.call.text)
    return str(found) if found is not None else digits.group() if digits else None


def _read_birthday(turn: TaskTurn) -> str | None:
    # What is said without a year ("--05-03") is asked for again: the question names the year.
    found = str(turn.ctx.value("date") or "")
    if (match := _DAY.search(turn.ctx.call.text)) is not None:
        found = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    return found if re.fullmatch(r"\d{4}-\d{2}-\d{2}", found) else None


def _read_address(turn: TaskTurn) -> dict[str, str] | None:
    found = turn.ctx.value("address")
    address = parse_address(turn.ctx.call.text, raw=str(found) if found else None)
    return address if address and address.get("line1") else None


def _read_sizes(turn: TaskTurn) -> dict[str, str] | None:
    text = f"{turn.ctx.call.text} {' '.join(str(size) for size in turn.ctx.values('size'))}"
    sizes = {}
    if (shoe := _SHOE.search(text)) is not None:
        sizes["shoes"] = shoe[1]
    if (clothing := _CLOTHING.search(text)) is not None:
        sizes["clothing"] = clothing[1].upper()
    return sizes or None


def _read_skin_type(turn: TaskTurn) -> str | None:
    found = turn.ctx.value("skin_type")
    return str(found) if found is not None else _read_choice(turn, "skin_type")


def _read_choice(turn: TaskTurn, field: str) -> str | None:
    text = turn.ctx.call.text
    return next((value for value, words in _CHOICES[field].items() if re.search(words, text, re.IGNORECASE)), None)


_READ = {
    "email": read_email, "phone": _read_phone, "birthday": _read_birthday, "address": _read_address,
    "sizes": _read_sizes, "skin_type": _read_skin_type,
}  # fmt: skip
