"""How the texts of a file become values: amounts, moments, days, yes and no. Errors carry a code and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any

from babel.numbers import get_currency_precision
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from core.clock import zone

_LARGEST = 2_000_000_000  # amounts are four bytes in PostgreSQL
_YES = frozenset({"1", "y", "yes", "true", "t", "o", "on", "예", "네", "동의"})
_NO = frozenset({"0", "n", "no", "false", "f", "x", "off", "아니오", "아니요", "미동의"})
_DAY = re.compile(r"(\d{4})[-./]\s*(\d{1,2})[-./]\s*(\d{1,2})\.?(?=[\sT]|$)")
_REF = re.compile(r"\S(?:.*\S)?")


@dataclass(frozen=True)
class Manner:
    """How a file writes things, and the shop's currency, time zone and language."""

    currency: str
    timezone: str
    language: str
    decimal: str = "."
    date_formats: tuple[str, ...] = ()


class Row(BaseModel):
    """A row by our columns, as values."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Rejected(Exception):
    """Why a row is not taken in."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def wrong(code: str, message: str) -> PydanticCustomError:
    """The error that a validator raises."""
    return PydanticCustomError(code, message.replace("{", "{{").replace("}", "}}"))


def reason_of(error: ValidationError) -> Rejected:
    """The first thing that is wrong with a row."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return Rejected(f"{field}_missing", f"{field} is missing")
    ours = first["type"] not in _PYDANTIC_TYPES and "_" in first["type"] and first.get("ctx") is None
    return Rejected(first["type"] if ours else f"{field}_invalid", f"{field}: {first['msg']}")


_PYDANTIC_TYPES = frozenset(
    {"int_parsing", "int_type", "string_type", "literal_error", "value_error", "extra_forbidden"}
)


@lru_cache(maxsize=50_000)
def number(text: str, decimal: str) -> Decimal:
    """A number as people write it: 1.234,5 with a decimal comma, 1,234.5 with a point; currency signs are left out."""
    bare = re.sub(r"[\s\u00a0원₩£€$]|KRW|GBP|EUR|USD", "", text)
    bare = bare.replace(".", "").replace(",", ".") if decimal == "," else bare.replace(",", "")
    bare = bare.replace("\u2212", "-")
    if bare.startswith("(") and bare.endswith(")"):  # how accountants write less than nothing
        bare = "-" + bare[1:-1]
    elif bare.endswith("-"):
        bare = "-" + bare[:-1]
    try:
        found = Decimal(bare)
    except InvalidOperation:
        raise wrong("number_invalid", f"{text!r} is no number") from None
    if not found.is_finite():
        raise wrong("number_invalid", f"{text!r} is no number")
    return found


def _manner(info: ValidationInfo) -> Manner:
    assert isinstance(info.context, Manner)
    return info.context


def minor_units(text: str, manner: Manner) -> int:
    """An amount in the currency's minor unit. More decimals than the currency has are an error: nothing is rounded away."""
    amount = number(text, manner.decimal).scaleb(get_currency_precision(manner.currency))
    if amount != amount.to_integral_value():
        raise wrong("amount_precision", f"{text!r} has more decimals than {manner.currency}")
    if abs(amount) > _LARGEST:
        raise wrong("amount_too_large", f"{text!r} is too large")
    return int(amount)


def _amount(value: Any, info: ValidationInfo) -> int:
    amount = value if isinstance(value, int) else minor_units(str(value), _manner(info))
    if amount < 0:
        raise wrong("amount_negative", f"{value!r} is below zero")
    return amount


def _whole(value: Any, info: ValidationInfo) -> int:
    if isinstance(value, int):
        return value
    found = number(str(value), _manner(info).decimal)
    if found != found.to_integral_value() or abs(found) > _LARGEST:
        raise wrong("number_invalid", f"{value!r} is no whole number")
    return int(found)


@lru_cache(maxsize=50_000)
def read_moment(text: str, formats: tuple[str, ...], timezone: str) -> datetime:
    """A moment, UTC. Without an offset it is of the shop's time zone; a day alone begins at midnight."""
    found: datetime | None = None
    for form in formats:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - its zone is given below
            break
        except ValueError:
            continue
    if found is None and not formats:
        found = _iso(text)
    if found is None or not 1900 <= found.year <= 9998:
        raise wrong("date_invalid", f"{text!r} is no date of the form {' or '.join(formats) or '2026-01-31 15:30'}")
    return (found if found.tzinfo else found.replace(tzinfo=zone(timezone))).astimezone(UTC)


def _iso(text: str) -> datetime | None:
    """ISO 8601, and days as 2026/1/31, 2026.1.31 or 2026. 1. 31."""
    day = _DAY.match(text)
    if day is not None:
        rest = text[day.end() :].strip()
        text = f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}" + (f" {rest}" if rest and rest[0] != "T" else rest)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moment(value: Any, info: ValidationInfo) -> datetime:
    manner = _manner(info)
    return read_moment(str(value), manner.date_formats, manner.timezone)


def _day(value: Any, info: ValidationInfo) -> date:
    manner = _manner(info)
    return read_moment(str(value), manner.date_formats, manner.timezone).astimezone(zone(manner.timezone)).date()


def _boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise wrong("yes_no_invalid", f"{value!r} is neither yes nor no")
    return text in _YES


def _list(value: Any) -> list[str]:
    return [part.strip() for part in re.split(r"[|;]", str(value)) if part.strip()]


def text_of(limit: int) -> BeforeValidator:
    """A text that fits its column; control characters have no place in it."""

    def check(value: Any) -> str:
        text = str(value)
        if len(text) > limit:
            raise wrong("text_too_long", f"longer than {limit} characters")
        if "\x00" in text or not _REF.fullmatch(text.replace("\n", " ")):
            raise wrong("text_invalid", "control characters or blanks only")
        return text

    return BeforeValidator(check)


Amount = Annotated[int, BeforeValidator(_amount)]
Whole = Annotated[int, BeforeValidator(_whole)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, BeforeValidator(_day)]
YesNo = Annotated[bool, BeforeValidator(_boolean)]
Words = Annotated[list[str], BeforeValidator(_list)]
Ref = Annotated[str, text_of(200)]
ProductId = Annotated[str, text_of(80)]
VariantId = Annotated[str, text_of(140)]
Code = Annotated[str, text_of(40)]
Short = Annotated[str, text_of(80)]
Title = Annotated[str, text_of(300)]
Long = Annotated[str, text_of(20_000)]
