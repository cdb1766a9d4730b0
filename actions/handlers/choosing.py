"""Which variant of a product: by the colour and size that were said, else by buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.product_facts import variant_name
from actions.options import attribute_words, options_said
from actions.result import Button, Reply, Result
from actions.wording import local, say
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import list_variants

MOST_BUTTONS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """The variant meant, or else the reply that asks for it."""

    variant: Variant | None
    reply: Result | None = None


def choose_variant(
    session: Session, ctx: TurnContext, product: Product, intent: str, *, in_stock: bool = True
) -> Choice:
    """The variant of a product for a request; `intent` is what a pressed choice asks for again, with the variant's id."""
    every = list_variants(session, product.id)
    colour, size = options_said(session, ctx, every)
    found = [
        variant for variant in every
        if (colour is None or variant.colour in (colour, None))
        and (size is None or variant.size is None or variant.size.lower() == str(size).lower())
    ]  # fmt: skip
    name, words = local(ctx, product.name), attribute_words(session)
    if not found:
        text = say(ctx, "stock_no_such_option", name=name)
        return Choice(None, _ask(ctx, text, [one for one in every if one.stock > 0 or not in_stock], intent, words))
    there = [variant for variant in found if variant.stock > 0] if in_stock else found
    if len(found) == 1 or not there:
        return Choice(found[0])
    if len(there) == 1 and (colour or size):
        return Choice(there[0])
    return Choice(None, _ask(ctx, say(ctx, "which_option", name=name), there, intent, words))


def _ask(ctx: TurnContext, text: str, variants: list[Variant], intent: str, words: dict[str, Any]) -> Result:
    buttons = [
        Button(variant_name(ctx, variant, words)[:60] or variant.id, f'/{intent}{{"id": "{variant.id}"}}')
        for variant in variants[:MOST_BUTTONS]
    ]
    return Result("asked", [Reply(text, buttons)])
