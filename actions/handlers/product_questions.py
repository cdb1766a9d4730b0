"""Questions about one product: facts, stock, something like it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.product_facts import asked_attributes, fact_lines, full_name, variant_name
from actions.handlers.product_filters import stated_filters, wish_of
from actions.handlers.products import SHOWN, card, cards, product_button, show
from actions.references import find_products, products_meant
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say, won
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import list_variants, products_by_id
from crm_store.shop.queries import current_rules
from crm_store.wishes.service import note_view
from knowledge.products import FITTING

# Asked for at once, more than these are a search.
FEW = 3
_CHEAPER = ("싼", "저렴", "cheap", "less expensive", "lower price")


def which_product(session: Session, ctx: TurnContext, tools: Tools, intent: str) -> tuple[list[Product], Result | None]:
    """The products a question is about, or the reply that asks which one is meant.

    A kind of thing ("is there a toner?") leads to the products of that kind; nothing at all to a question.
    """
    meant = products_meant(session, ctx)
    found = find_products(session, meant)
    if found and (len(found) == 1 or meant.every):
        return found[:FEW], None
    if found:
        return [], _ask_which(ctx, found, intent)
    index = tools.knowledge.products()
    wish = wish_of(ctx.call.text)
    filters = stated_filters(ctx, index, in_stock=False)
    items = [item for item in index.search(wish, filters, SHOWN, ctx.locale) if wish and item.score >= FITTING]
    if items and (filters.kind or items[0].score >= 2 * FITTING):
        products = products_by_id(session, [item.product_id for item in items])
        return [], _ask_which(ctx, [products[item.product_id] for item in items], intent)
    return [], Result("asked", [Reply(say(ctx, "which_product"))])


def _ask_which(ctx: TurnContext, products: list[Product], intent: str) -> Result:
    buttons = [
        Button(local(ctx, product.name)[:60], f'/{intent}{{"id": "{product.id}"}}') for product in products[:SHOWN]
    ]
    shown = [card(ctx, product) for product in products[:SHOWN]]
    return Result("asked", [Reply(say(ctx, "which_of_these"), buttons, shown)])


def _words(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = current_rules(session).get("catalogue", {}).get("attributes", {})
    return found


def tell_detail(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """What was asked about a product, from its attributes and its description; never anything that is in neither."""
    products, reply = which_product(session, ctx, tools, "ask_product_detail")
    if reply is not None:
        return reply
    texts = [_detail(session, ctx, product) for product in products]
    for product in products:
        note_view(
            session, product_id=product.id, customer_id=ctx.conversation.customer_id,
            conversation_id=ctx.conversation.id, now=ctx.now,
        )  # fmt: skip
    buttons = []
    if len(products) == 1:
        keys = (("add_to_cart", "add_to_cart"), ("check_stock", "check_stock"), ("similar", "similar_product"))
        buttons = [product_button(ctx, key, intent, products[0].id) for key, intent in keys]
    shown = [card(ctx, product) for product in products]
    return Result("answered", [Reply("\n\n".join(texts), buttons, shown)])


def _detail(session: Session, ctx: TurnContext, product: Product) -> str:
    asked = asked_attributes(ctx.call.text)
    words = _words(session)
    lines = list(fact_lines(ctx, product, words, asked)) if asked else []
    lead = say(ctx, "detail_lead", name=full_name(ctx, product), price=won(ctx, product.price))
    description = local(ctx, product.description) if product.description else ""
    if asked and not lines and "price" not in asked:
        # Neither made up nor passed over: what is not written down is said to be so, with what is.
        missing = say(ctx, "detail_missing")
        return "\n".join(part for part in (lead, description, missing) if part)
    if not asked:
        lines = list(fact_lines(ctx, product, words))[:8]
    return "\n".join(part for part in (lead, *lines, description) if part)


def check_stock(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Whether a product is there, in the colour and size asked for; what to do where it is not."""
    products, reply = which_product(session, ctx, tools, "check_stock")
    if reply is not None:
        return reply
    if len(products) == 1:
        return _stock_of_one(session, ctx, tools, products[0])
    lines = [
        say(ctx, "stock_line_in" if product.stock else "stock_line_out", name=local(ctx, product.name))
        for product in products
    ]
    return Result("answered", [Reply("\n".join(lines), products=[card(ctx, product) for product in products])])


def _stock_of_one(session: Session, ctx: TurnContext, tools: Tools, product: Product) -> Result:
    colour, size = ctx.value("colour"), ctx.value("size")
    variants = list_variants(session, product.id)
    wanted = [
        variant for variant in variants
        if (colour is None or variant.colour == colour or (variant.colour is None and len(variants) == 1))
        and (size is None or (variant.size or "").lower() == str(size).lower())
    ]  # fmt: skip
    name, words = local(ctx, product.name), _words(session)
    if (colour or size) and not wanted:
        options = _options(ctx, variants, words)
        text = say(ctx, "stock_no_such_option", name=name)
        return Result("answered", [Reply(f"{text}\n{options}" if options else text, products=[card(ctx, product)])])
    there = [variant for variant in wanted if variant.stock > 0]
    if not there:
        return _sold_out(session, ctx, tools, product, wanted)
    key = "stock_few" if sum(variant.stock for variant in there) <= FEW else "stock_in"
    what = variant_name(ctx, there[0], words) if (colour or size) and len(there) == 1 else ""
    lines = [say(ctx, key, name=f"{name} {what}".strip(), count=sum(variant.stock for variant in there))]
    if len(variants) > 1 and len(there) > 1:
        lines.append(_options(ctx, variants, words))
    buttons = [product_button(ctx, "add_to_cart", "add_to_cart", product.id)]
    return Result("answered", [Reply("\n".join(lines), buttons, [card(ctx, product)])])


def _options(ctx: TurnContext, variants: list[Variant], words: dict[str, Any]) -> str:
    """What a product comes in, with what is left; "" for a plain one."""
    named = [(variant_name(ctx, variant, words), variant.stock) for variant in variants]
    there = ", ".join(name for name, stock in named if name and stock)
    gone = ", ".join(name for name, stock in named if name and not stock)
    lines = [say(ctx, "options_there", options=there)] if there else []
    return "\n".join([*lines, say(ctx, "options_gone", options=gone)] if gone else lines)


def _sold_out(
    session: Session, ctx: TurnContext, tools: Tools, product: Product, wanted: list[Variant]
) -> Result:  # fmt: skip
    what = variant_name(ctx, wanted[0], _words(session)) if len(wanted) == 1 else ""
    name = f"{local(ctx, product.name)} {what}".strip()
    items = tools.knowledge.products().alternatives(product.id, k=3)
    text = say(ctx, "stock_out", name=name)
    if items:
        text = f"{text} {say(ctx, 'stock_alternatives')}"
    alert = wanted[0].id if len(wanted) == 1 else product.id
    buttons = [button(ctx, "notify_restock", f'/notify_restock{{"id": "{alert}"}}')]
    return Result("answered", [Reply(text, buttons, cards(session, ctx, items))], about=product.id)


def show_similar(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Products like one that is named or was shown; cheaper ones when that is asked for."""
    products, reply = which_product(session, ctx, tools, "similar_product")
    if reply is not None:
        return reply
    [product, *_] = products
    index = tools.knowledge.products()
    filters = replace(stated_filters(ctx, index), kind=None, category=None, brand=None)
    if any(word in ctx.call.text.lower() for word in _CHEAPER):
        filters = replace(filters, price_max=product.price - 1)
    items = index.similar(product.id, filters, SHOWN)
    if not items:
        return Result("answered", [Reply(say(ctx, "similar_none", name=local(ctx, product.name)))])
    result = show(session, ctx, items, "products_found")
    text = say(ctx, "similar_lead", name=local(ctx, product.name))
    return replace(result, replies=[replace(result.replies[0], text=text)])


HANDLERS: dict[str, Handler] = {
    "ask_product_detail": tell_detail,
    "check_stock": check_stock,
    "similar_product": show_similar,
}
