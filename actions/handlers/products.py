"""Finding and recommending products. What was stated (price, kind, brand, colour ...) holds without exception."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.product_filters import loosened, stated_filters, wish_of
from actions.references import CHEAPER, find_products, products_meant
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import products_by_id
from knowledge.products import FITTING, Filters, Item, ProductIndex
from knowledge.shop_rows import list_signals

SHOWN = 4


def _reason(ctx: TurnContext, item: Item, products: dict[str, Product]) -> str:
    key = f"reason_{item.reason.code}"
    origin = item.reason.args.get("product")
    if origin is None or item.reason.code == "again":
        return say(ctx, key)
    if origin == item.product_id:
        return say(ctx, f"{key}_own")
    return say(ctx, key, name=local(ctx, products[origin].name))


def card(ctx: TurnContext, product: Product, reason: str = "") -> dict[str, Any]:
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


def cards(session: Session, ctx: TurnContext, items: list[Item]) -> list[dict[str, Any]]:
    """Products as the API shows them, each with why it is shown."""
    origins = {item.reason.args["product"] for item in items if "product" in item.reason.args}
    products = products_by_id(session, {item.product_id for item in items} | origins)
    return [card(ctx, products[item.product_id], _reason(ctx, item, products)) for item in items]


def product_button(ctx: TurnContext, key: str, intent: str, product_id: str) -> Button:
    """A button that asks for something about one product."""
    return button(ctx, key, f'/{intent}{{"id": "{product_id}"}}')


def show(session: Session, ctx: TurnContext, items: list[Item], lead: str) -> Result:
    """Products with a sentence before them; the first one's buttons lead on."""
    shown = cards(session, ctx, items)
    text = say(ctx, lead if len(items) > 1 else f"{lead}_one")
    buttons = [product_button(ctx, "similar", "similar_product", items[0].product_id)] if len(items) == 1 else []
    if not any(each["in_stock"] for each in shown):
        text = f"{text} {say(ctx, 'products_sold_out')}"
        buttons = [product_button(ctx, "notify_restock", "notify_restock", items[0].product_id), *buttons]
    if _has_unread_limit(ctx):
        text = f"{text} {say(ctx, 'products_in_won')}"
    return Result("answered", [Reply(text, buttons, shown)])


def _has_unread_limit(ctx: TurnContext) -> bool:
    """Whether a limit was stated that could not be used: dollars, for which the shop has no rate."""
    return any(one.entity in ("price_min", "price_max") and one.value is None for one in ctx.call.entities)


def _none(session: Session, ctx: TurnContext, index: ProductIndex, wish: str, filters: Filters) -> Result:
    """Nothing satisfies what was stated: say so, and what there is when one thing is given up. It is never shown as a match."""
    for given_up, wider in loosened(filters):
        items = index.search(wish, wider, SHOWN, ctx.locale)
        if items:
            text = f"{say(ctx, 'products_none')} {say(ctx, f'products_without_{given_up}')}"
            if given_up == "price" and ctx.call.refines and CHEAPER.search(ctx.call.text):
                text = say(ctx, "products_none_cheaper")
            return Result("answered", [Reply(text, products=cards(session, ctx, items))])
    priced = filters.price_max is not None or filters.price_min is not None
    return Result("answered", [Reply(say(ctx, "products_none_price" if priced else "products_none_at_all"))])


def search(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Products with the stated attributes; those in stock first."""
    index = tools.knowledge.products()
    filters = stated_filters(ctx, index, in_stock=False)
    wish = wish_of(ctx.call.text) or ctx.call.text
    named = (
        find_products(session, products_meant(session, ctx)) if ctx.values("product") and not ctx.call.refines else []
    )
    items = index.search(wish, filters, 3 * SHOWN, ctx.locale)
    stated = filters.kind or filters.category or filters.brand or filters.attributes or named
    items = [item for item in items if stated or item.score >= FITTING]
    if not items:
        return _none(session, ctx, index, wish, filters)
    first = {product.id for product in named}
    stock = {facts.id: facts.stock > 0 for facts in index.facts}
    items.sort(key=lambda item: (item.product_id not in first, not stock[item.product_id]))
    return show(session, ctx, items[:SHOWN], "products_found")


def recommend(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """What fits the customer: by wish and by what was bought, saved and seen, else what sells best. Nothing sold out."""
    index = tools.knowledge.products()
    filters = stated_filters(ctx, index)
    signals = list_signals(session, ctx.customer.id, ctx.now) if ctx.customer else ()
    wish = wish_of(ctx.call.text)
    items = index.recommend(signals, wish, filters, SHOWN, locale=ctx.locale)
    if not items:
        return _none(session, ctx, index, wish, filters)
    return show(session, ctx, items, "products_recommended")


HANDLERS: dict[str, Handler] = {"search_product": search, "recommend_product": recommend}
