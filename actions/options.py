"""Colours and sizes said of one product: the entities of the message, else the words its own options go by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from crm_store.catalogue.models import Variant
from crm_store.catalogue.queries import list_variants
from crm_store.shop.queries import current_rules


def attribute_words(session: Session) -> dict[str, Any]:
    """What attribute codes are called, from the shop's rules."""
    words: dict[str, Any] = current_rules(session).get("catalogue", {}).get("attributes", {})
    return words


def options_said(
    session: Session, ctx: TurnContext, variants: Sequence[Variant]
) -> tuple[str | None, str | None]:  # fmt: skip
    """The colour and the size that a message says of a product with these variants; None for what it does not say."""
    words = attribute_words(session)
    colour = ctx.value("colour") or _named(ctx.call.text, words.get("colours", {}), (one.colour for one in variants))
    size = ctx.value("size") or _named(ctx.call.text, words.get("sizes", {}), (one.size for one in variants))
    return (str(colour) if colour else None), (str(size) if size else None)


def says_an_option(session: Session, ctx: TurnContext, product_id: str) -> bool:
    """Whether a message says a colour or a size of a product that comes in several."""
    variants = list_variants(session, product_id)
    return len(variants) > 1 and options_said(session, ctx, variants) != (None, None)


def _named(text: str, words: Mapping[str, Mapping[str, list[str]]], codes: Iterable[str | None]) -> str | None:
    """The one of a product's own codes whose word stands in the text, the longest word first."""
    called = [
        (name, code)
        for code in sorted({code for code in codes if code})
        for name in (*([code] if len(code) > 1 else []), *(name for names in words.get(code, {}).values() for name in names))
    ]  # fmt: skip
    for name, code in sorted(called, key=lambda one: -len(one[0])):
        if len(name) > 1 and re.search(rf"(?<![0-9A-Za-z가-힣]){re.escape(name)}(?![0-9A-Za-z])", text, re.IGNORECASE):
            return code
    return None
