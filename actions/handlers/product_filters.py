"""What a customer stated about products, as hard filters; and the words of a wish without those of asking."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions.context import TurnContext
from knowledge.products import Filters, ProductIndex

# Words of asking, which say nothing of what is wished for.
_ASKING_KO = re.compile(
    r"추천\w*|(?:골라|찾아|보여|알려)\s*\w*|좀|해\s*(?:주|줘|줄)\w*|주(?:세요|라)|상품\w*|제품\w*|물건\w*|(?:거|것|게)(?=\s|$|\W)"
    r"|뭐\w*|무엇\w*|어떤|좋은|괜찮은|좋을까\w*|(?:나|저|내)(?:한테|에게|게)|맞는|어울리는|살까\w*|사면|하나|요즘|잘\s*(?:나가|팔리)\w*|인기\w*|베스트\w*|핫한|잘나가\w*|(?:더|제일|가장)\s*(?:싼|저렴한|비싼)|없(?:어|나|을)\w*|있(?:어|나|을)\w*"
)
_ASKING_EN = re.compile(
    r"\b(?:recommend\w*|suggest\w*|can|could|would|will|you|your|what|which|for|me|my|i|i'm|please|pls|plz|something|anything|a|an|the|"
    r"should|buy|get|nice|good|best|great|products?|items?|things?|stuff|do|have|show|any|to|of|want|need|some|like|looking|find|pick|"
    r"any|ideas?|give|got|is|are|there|help|choose|us|it|that|this|one|thinking|shop|shopping|cheaper|cheapest|popular|selling|sellers?|trending|hot|moment|now|right)\b",
    re.IGNORECASE,
)
_ATTRIBUTES = ("colour", "size", "skin_type")
_KEPT = ("price_min", "price_max", "category", "kind", "brand", "attributes")


def wish_of(text: str) -> str:
    """What of an utterance says what is wished for; "" when it only asks."""
    left = _ASKING_EN.sub(" ", _ASKING_KO.sub(" ", text))
    return " ".join(re.findall(r"[\w%+]{2,}", left))


def stated_filters(ctx: TurnContext, index: ProductIndex, *, in_stock: bool = True) -> Filters:
    """Price, kind, department, brand, colour, size and skin type as stated; a catalogue name may be a kind or a department.

    In a refinement ("in blue?") what was stated before holds on unless it is stated anew.
    """
    names = [value for entity in ("category", "product") for value in ctx.values(entity)]
    kinds, categories = ({getattr(facts, field) for facts in index.facts} for field in ("kind", "category"))
    stated: dict[str, Any] = {
        "price_min": ctx.value("price_min"),
        "price_max": ctx.value("price_max"),
        "kind": next((name for name in names if name in kinds), None),
        "category": next((name for name in names if name in categories), None),
        "brand": next(iter(ctx.values("brand")), None),
        "attributes": {name: [str(value) for value in ctx.values(name)] for name in _ATTRIBUTES if ctx.values(name)},
    }
    if ctx.call.refines:
        stated = _on_top(ctx.memory.said.filters, stated)
    ctx.memory.said.filters = {name: value for name, value in stated.items() if value}
    return Filters(in_stock=in_stock, **{name: value for name, value in stated.items() if value})


def _on_top(before: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """What was stated before, with what is stated now in its place."""
    merged = {name: stated[name] or before.get(name) for name in _KEPT}
    if stated["kind"] or stated["category"]:
        merged["kind"], merged["category"] = stated["kind"], stated["category"]
    merged["attributes"] = {**before.get("attributes", {}), **stated["attributes"]}
    return merged


def loosened(filters: Filters) -> list[tuple[str, Filters]]:
    """What might be given up where nothing fits, least painful first: the name of what is, and the filters without it."""
    ways: list[tuple[str, Filters]] = []
    if filters.in_stock:
        ways.append(("stock", replace(filters, in_stock=False)))
    ways += [
        (name, replace(filters, attributes={key: codes for key, codes in filters.attributes.items() if key != name}))
        for name in _ATTRIBUTES
        if name in filters.attributes
    ]
    if filters.price_max is not None or filters.price_min is not None:
        ways.append(("price", replace(filters, price_min=None, price_max=None)))
    if filters.brand is not None:
        ways.append(("brand", replace(filters, brand=None)))
    return ways
