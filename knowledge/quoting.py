"""Articles quote the shop's rules, so that an answer cannot disagree with what the code does: `{{ shipping.fee | money }}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import NotFoundError, RuleViolationError
from core.money import Money
from crm_store.shop.queries import rule

_QUOTE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PLACE = re.compile(r"\s*([a-z0-9_]+(?:\.[a-z0-9_]+)*)\s*\|\s*([a-z]+)\s*", re.ASCII)


def render(body: str, rules: Mapping[str, Any], locale: str) -> str:
    """`body` with every `{{ path | filter }}` replaced by the rule at `path`.

    Filters: `money` (an integer amount in the shop's currency), `number` (an integer or decimal), `text` (a text, or a
    map of texts by language). RuleViolationError("quote_invalid", quote=..., reason=...) names a quote that is not so
    written, an unknown path or filter, and a value that the filter is not for.
    """
    return _QUOTE.sub(lambda match: _quote(match, rules, locale), body)


def _quote(match: re.Match[str], rules: Mapping[str, Any], locale: str) -> str:
    quote = match.group(1).strip()
    place = _PLACE.fullmatch(match.group(1))
    if place is None:
        raise RuleViolationError("quote_invalid", quote=quote, reason="form")
    path, name = place.groups()
    if name not in _FILTERS:
        raise RuleViolationError("quote_invalid", quote=quote, reason="filter")
    try:
        value = rule(dict(rules), path)
    except NotFoundError as error:
        raise RuleViolationError("quote_invalid", quote=quote, reason="path") from error
    text = _FILTERS[name](value, rules, locale)
    if text is None:
        raise RuleViolationError("quote_invalid", quote=quote, reason="value")
    return text


def _money(value: Any, rules: Mapping[str, Any], locale: str) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    shop = rules.get("shop")
    currency = shop.get("currency", "KRW") if isinstance(shop, Mapping) else "KRW"
    return Money(value, currency).format(locale)


def _number(value: Any, _: Mapping[str, Any], __: str) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return f"{value:,}"


def _text(value: Any, _: Mapping[str, Any], locale: str) -> str | None:
    if isinstance(value, Mapping):
        value = value.get(locale)
    return value if isinstance(value, str) else None


_FILTERS: dict[str, Callable[[Any, Mapping[str, Any], str], str | None]] = {
    "money": _money,
    "number": _number,
    "text": _text,
}
