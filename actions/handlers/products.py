"""Finding and recommending products. What was stated (price, kind, brand) holds without exception."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.result import Reply, Result
from actions.run import Handler, Tools
from actions.wording import local, say
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import products_by_id
from knowledge.products import FITTING, Filters, Item, ProductIndex
from knowledge.shop_rows import list_signals

SHOWN = 4
# Words of asking, which say nothing of what is wished for.
_ASKING_KO = re.compile(
    r"추천\w*|(?:골라|찾아|보여|알려)\s*\w*|좀|해\s*(?:주|줘|줄)\w*|주(?:세요|라)|상품\w*|제품\w*|물건\w*|(?:거|것|게)(?=\s|$|\W)"
    r"|뭐\w*|무엇\w*|어떤|좋은|괜찮은|좋을까\w*|(?:나|저|내)(?:한테|에게|게)|맞는|어울리는|살까\w*|사면|하나|요즘|있(?:어|나|을)\w*"
)
_ASKING_EN = re.compile(
    r"\b(?:recommend\w*|suggest\w*|can|could|would|will|you|your|what|which|for|me|my|i|i'm|please|pls|plz|something|anything|a|an|the|"
    r"should|buy|get|nice|good|best|great|products?|items?|things?|stuff|do|have|show|any|to|of|want|need|some|like|looking|find|pick|"
    r"any|ideas?|give|got|is|are|there|help|choose|us|it|that|this|one|thinking|shop|shopping)\b",
    re.IGNORECASE,
)


def wish_of(text: str) -> str:
    """What of an utterance says what is wished for; "" when it only asks."""
    left = _ASKING_EN.sub(" ", _ASKING_KO.sub(" ", text))
    return " ".join(re.findall(r"[\w%+]{2,}", left))


def _filters(ctx: TurnContext, index: ProductIndex, *, in_stock: bool = True) -> Filters:
    """What the customer stated, as hard filters; a name of the catalogue may be a kind or a whole category."""
    names = [value for entity in ("category", "product") for value in ctx.values(entity)]
    kinds, categories = ({getattr(facts, field) for facts in index.facts} for field in ("kind", "category"))
    return Filters(
        price_min=ctx.value("price_min"),
        price_max=ctx.value("price_max"),
        kind=next((name for name in names if name in kinds), None),
        category=next((name for name in names if name in categories), None),
        brand=next(iter(ctx.values("brand")), None),
        in_stock=in_stock,
    )


def _reason(ctx: TurnContext, item: Item, products: dict[str, Product]) -> str:
    key = f"reason_{item.reason.code}"
    origin = item.reason.args.get("product")
    if origin is None or item.reason.code == "again":
        return say(ctx, key)
    return say(ctx, f"{key}_own") if origin == item.product_id else say(ctx, key, name=local(ctx, products[origin].name))


def card(ctx: TurnContext, product: Product, reason: str) -> dict[str, Any]:
    """A product as the API shows it."""
    return {
        "id": product.id,
        "name": local(ctx, product.name),
        "price": product.price,
        "currency": product.currency,
        "in_stock": product.stock > 0,
        "url": product.url,
        "image_url": product.image_url,
        "reason": reason,
    }


def _show(session: Session, ctx: TurnContext, items: list[Item], lead: str, filters: Filters) -> Result:
    if not items:
        priced = filters.price_max is not None or filters.price_min is not None
        return Result("answered", [Reply(say(ctx, "products_none_price" if priced else "products_none"))])
    bought = {item.reason.args["product"] for item in items if "product" in item.reason.args}
    products = products_by_id(session, {item.product_id for item in items} | bought)
    cards = [card(ctx, products[item.product_id], _reason(ctx, item, products)) for item in items]
    return Result("answered", [Reply(say(ctx, lead, count=len(cards)), products=cards)])


def search(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Products with the stated attributes; those in stock first."""
    index = tools.knowledge.products()
    filters = _filters(ctx, index, in_stock=False)
    wish = wish_of(ctx.call.text)
    stated = filters.kind or filters.category or filters.brand
    items = index.search(wish or ctx.call.text, filters, 3 * SHOWN, ctx.locale)
    items = [item for item in items if stated or item.score >= FITTING]
    stock = {facts.id: facts.stock > 0 for facts in index.facts}
    items.sort(key=lambda item: not stock[item.product_id])
    return _show(session, ctx, items[:SHOWN], "products_found", filters)


def recommend(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """What fits the customer: by wish and by what was bought, saved and seen, else what sells best. Nothing sold out."""
    index = tools.knowledge.products()
    filters = _filters(ctx, index)
    signals = list_signals(session, ctx.customer.id, ctx.now) if ctx.customer else ()
    items = index.recommend(signals, wish_of(ctx.call.text), filters, SHOWN, locale=ctx.locale)
    return _show(session, ctx, items, "products_recommended", filters)


HANDLERS: dict[str, Handler] = {"search_product": search, "recommend_product": recommend}
