"""What a shop's rules must look like, so that code and articles find in them what they read; each fault with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import yaml
from babel.numbers import is_currency

from core.clock import zone
from core.language import LOCALES
from dangol.rules_text import DEMONSTRATION, is_amount

# Words for codes (import writes them), and what only the shop's own articles quote: of any shape.
FREE = ("catalogue", "own")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_CODE = re.compile(r"[a-z0-9_]+")
# Of nothing at all these would make no sense.
_AT_LEAST_ONE = {
    "valid_days", "valid_months", "streak_days", "months", "code_minutes", "code_attempts", "codes_per_hour",
    "export_link_hours",
}  # fmt: skip
_RISING = (
    ("shipping.days_min", "shipping.days_max"),
    ("products.restock_weeks_min", "products.restock_weeks_max"),
    ("support.open", "support.close"),
    ("support.lunch_from", "support.lunch_to"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that does not fit, by its dotted path."""

    path: str
    message: str


@lru_cache(maxsize=1)
def _pattern() -> dict[str, Any]:
    pattern: dict[str, Any] = yaml.safe_load(DEMONSTRATION.read_text(encoding="utf-8"))
    return pattern


def list_faults(rules: Mapping[str, Any]) -> list[Fault]:
    """All that does not fit: unknown and missing names, wrong kinds of values, values that contradict each other."""
    known = {name: value for name, value in rules.items() if name not in FREE}
    faults = list(_compare(known, _pattern(), ""))
    faults += [Fault(name, "must hold names and values") for name in FREE if not isinstance(rules.get(name, {}), dict)]
    if not faults:
        faults += [*_names_of_the_world(rules), *_order(rules)]
    return faults


def _compare(value: Any, pattern: Any, path: str) -> Iterator[Fault]:
    if path == "tiers":
        yield from _tiers(value, pattern)
    elif isinstance(pattern, Mapping) and pattern.keys() == set(LOCALES):
        yield from _text(value, path)
    elif isinstance(pattern, Mapping):
        yield from _part(value, pattern, path)
    elif isinstance(pattern, list):
        yield from _list(value, pattern, path)
    elif isinstance(pattern, bool):
        if not isinstance(value, bool):
            yield Fault(path, f"must be true or false, and is {value!r}")
    elif isinstance(pattern, int):
        yield from _whole(value, path)
    elif not isinstance(value, str):
        hint = " (put it in quotes)" if isinstance(value, bool | int | float) else ""
        yield Fault(path, f"must be a text{hint}, and is {value!r}")
    elif _TIME.fullmatch(pattern) and not _TIME.fullmatch(value):
        yield Fault(path, f'must be a time of day such as "{pattern}", and is {value!r}')


def _part(value: Any, pattern: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, f"must hold {', '.join(pattern)}")
        return
    wanted, optional = dict(pattern), {"language": "ko"} if path == "shop" else {}
    if path.startswith("coupons."):
        yield from _worth(value, path, wanted, optional)
    dot = f"{path}." if path else ""
    for name in value:
        if name not in wanted and name not in optional:
            yield Fault(f"{dot}{name}", "is no rule of Dangol (your own ones go under `own`)")
    for name, inner in (wanted | optional).items():
        if name in value and inner is not ...:
            yield from _compare(value[name], inner, f"{dot}{name}")
        elif name in wanted and name not in value:
            yield Fault(f"{dot}{name}", "is missing")


def _worth(value: Mapping[str, Any], path: str, wanted: dict[str, Any], optional: dict[str, Any]) -> Iterator[Fault]:
    """What a coupon is worth may be said in one of two ways, and what it counts for."""
    optional |= {"stackable": True, "excluded": ...}
    if {"percent", "amount"} & wanted.keys():
        optional |= {"percent": 1, "amount": 1, "maximum_discount": 1}
        for name in ("percent", "amount", "maximum_discount"):
            wanted.pop(name, None)
        if ("percent" in value) == ("amount" in value):
            yield Fault(path, "must have either percent or amount")
    if not isinstance(value.get("excluded", {}), Mapping):
        yield Fault(f"{path}.excluded", "must hold lists of ids: {categories: [...], products: [...]}")


def _text(value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, "must be a text in both languages: {ko: ..., en: ...}")
        return
    for name in value:
        if name not in LOCALES:
            yield Fault(f"{path}.{name}", "is no language of Dangol: ko or en")
    for locale in LOCALES:
        if not isinstance(value.get(locale), str) or not value[locale].strip():
            yield Fault(
                f"{path}.{locale}", "must be a text, and is missing" if locale not in value else "must be a text"
            )


def _list(value: Any, pattern: list[Any], path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, f"must be a list such as {pattern}")
        return
    for place, one in enumerate(value, 1):
        yield from _compare(one, pattern[0], f"{path}.{place}")
    if not value and isinstance(pattern[0], int):
        yield Fault(path, "must not be empty")


def _whole(value: Any, path: str) -> Iterator[Fault]:
    name = path.rpartition(".")[2]
    if not isinstance(value, int) or isinstance(value, bool):
        unit = " in the smallest unit of the currency (3.50 is written 350)" if is_amount(path) else ""
        yield Fault(path, f"must be a whole number{unit}, without quotes or commas, and is {value!r}")
    elif value < (1 if name in _AT_LEAST_ONE else 0):
        yield Fault(path, f"must not be less than {1 if name in _AT_LEAST_ONE else 0}, and is {value}")
    elif name.endswith("percent") and value > 100:
        yield Fault(path, f"must not be more than 100, and is {value}")
    elif value > 2_000_000_000:
        yield Fault(path, "is too large")


def _tiers(value: Any, pattern: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(value, Mapping) or not value:
        yield Fault("tiers", "must hold at least one tier: {name: {ko: ..., en: ...}, from: 0, rate_percent: 1}")
        return
    one = next(iter(pattern.values()))
    faults = []
    for code, tier in value.items():
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            faults.append(Fault(f"tiers.{code}", "must be called by small letters, digits and _"))
        faults += _part(tier, one, f"tiers.{code}")
    yield from faults
    if faults:
        return
    first = next(iter(value))
    if value[first]["from"] != 0:
        yield Fault(f"tiers.{first}.from", f"the first tier must begin at 0, and begins at {value[first]['from']}")
    for lower, higher in pairwise(value):
        if value[higher]["from"] <= value[lower]["from"]:
            yield Fault(f"tiers.{higher}.from", f"must be more than that of {lower}, {value[lower]['from']}")


def _names_of_the_world(rules: Mapping[str, Any]) -> Iterator[Fault]:
    shop = rules["shop"]
    if not is_currency(shop["currency"]):
        yield Fault("shop.currency", f"{shop['currency']!r} is no currency (ISO 4217: KRW, GBP, USD ...)")
    try:
        zone(shop["timezone"])
    except (KeyError, ValueError, OSError):
        yield Fault("shop.timezone", f"{shop['timezone']!r} is no time zone (Asia/Seoul, Europe/London ...)")
    if shop.get("language", "ko") not in LOCALES:
        yield Fault("shop.language", f"{shop['language']!r} is no language of Dangol: ko or en")
    if shop["agreement"] not in ("at_once", "webhook", "staff"):
        yield Fault("shop.agreement", f"must be at_once, webhook or staff, and is {shop['agreement']!r}")
    if not re.match(r"/|https?://", shop["checkout_url"]):
        yield Fault("shop.checkout_url", "must begin with https:// (or be /checkout)")
    if not 1 <= rules["tier_review"]["day"] <= 28:
        yield Fault("tier_review.day", "must be a day that every month has: 1 to 28")


def _order(rules: Mapping[str, Any]) -> Iterator[Fault]:
    for low, high in _RISING:
        part, least = low.split(".")
        most = high.split(".")[1]
        if rules[part][least] > rules[part][most]:
            yield Fault(high, f"must not be less than {low}, {rules[part][least]}")
    weeks = rules["subscription"]["interval_weeks"]
    if any(later <= earlier for earlier, later in pairwise([0, *weeks])):
        yield Fault("subscription.interval_weeks", "must rise, from 1 on")
