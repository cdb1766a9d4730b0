"""Questions about one product: facts, stock, something like it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.product_facts import asked_attributes, fact_lines, full_name, variant_name
from actions.handlers.product_filters import stated_filters, wish_of
from actions.handlers.products import SHOWN, card, cards, product_button, show
from actions.offers import offer
from actions.options import attribute_words, options_said
from actions.references import CHEAPER, Meant, find_products, products_meant
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, person_button, say, won
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import list_variants, products_by_id
from crm_store.wishes.service import note_view
from knowledge.products import FITTING

# Of more than these left nobody needs to hurry.
FEW = 3
# A question for whatever there is to tell, rather than for one fact.
_IN_GENERAL = re.compile(
    r"자세히|자세한|상세|설명|소개|정보|어떤|어때|뭐(?:예요|에요|야|지|죠)|궁금|더\s*알"
    r"|\b(?:tell|about|details?|describe|description|info\w*|more|show|what\s+is|what's|what\s+are|specs?)\b",
    re.IGNORECASE,
)


def which_product(session: Session, ctx: TurnContext, tools: Tools, intent: str) -> tuple[list[Product], Result | None]:
    """The products a question is about, or the reply that asks which one is meant.

    A kind of thing ("is there a toner?") leads to the products of that kind; nothing at all to a question.
    """
    meant = products_meant(session, ctx)
    found = find_products(session, meant)
    if found and (len(found) == 1 or meant.every):
        return found, None
    if found:
        return [], _ask_which(ctx, found, intent)
    index = tools.knowledge.products()
    wish = wish_of(ctx.call.text)
    filters = stated_filters(ctx, index, in_stock=False)
    items = [item for item in index.search(wish, filters, SHOWN, ctx.locale) if wish and item.score >= FITTING]
    if items and (filters.kind or items[0].score >= 2 * FITTING):
        products = products_by_id(session, [item.product_id for item in items])
        return [], _ask_which(ctx, [products[item.product_id] for item in items], intent)
    named = any(entity.entity in ("product", "category") for entity in ctx.call.entities)
    shown = [] if named else find_products(session, Meant(tuple(ctx.memory.products)))
    if shown:
        return [], _ask_which(ctx, shown, intent)
    unsold = next((entity.raw for entity in ctx.call.unsold if entity.entity in ("product", "category")), None)
    if unsold is not None and not meant.ids:
        return [], Result("answered", [Reply(say(ctx, "not_sold_here", name=unsold))])
    return [], Result("asked", [Reply(say(ctx, "which_product"))])


def _ask_which(ctx: TurnContext, products: list[Product], intent: str) -> Result:
    buttons = [
        Button(local(ctx, product.name)[:60], f'/{intent}{{"id": "{product.id}"}}') for product in products[:SHOWN]
    ]
    shown = [card(ctx, product) for product in products[:SHOWN]]
    return Result("asked", [Reply(say(ctx, "which_of_these"), buttons, shown)])


def tell_detail(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """What was asked about a product, from its attributes and its description; never anything that is in neither."""
    products, reply = which_product(session, ctx, tools, "ask_product_detail")
    if reply is not None:
        return reply
    told = [_detail(session, ctx, product) for product in products]
    missing = not all(complete for _, complete in told)
    for product in products:
        note_view(
            session, product_id=product.id, customer_id=ctx.conversation.customer_id,
            conversation_id=ctx.conversation.id, now=ctx.now,
        )  # fmt: skip
    buttons = []
    if len(products) == 1:
        keys = (("add_to_cart", "add_to_cart"), ("check_stock", "check_stock"), ("similar", "similar_product"))
        buttons = [product_button(ctx, key, intent, products[0].id) for key, intent in keys]
    if missing:
        offer(ctx, "talk_to_human")
        buttons.append(person_button(ctx))
    shown = [card(ctx, product) for product in products]
    text = "\n\n".join([*(text for text, _ in told), *([say(ctx, "detail_missing")] if missing else [])])
    return Result("answered", [Reply(text, buttons, shown)])


def _detail(session: Session, ctx: TurnContext, product: Product) -> tuple[str, bool]:
    """What is written down of what was asked, and whether that may be all. What is not is neither made up nor passed over."""
    asked = asked_attributes(ctx.call.text)
    words = attribute_words(session)
    lines = list(fact_lines(ctx, product, words, asked)) if asked else []
    lead = say(ctx, "detail_lead", name=full_name(ctx, product), price=won(ctx, product.price))
    description = local(ctx, product.description) if product.description else ""
    in_general = not ctx.call.text or _IN_GENERAL.search(ctx.call.text) is not None
    complete = bool(lines) or "price" in asked if asked else in_general
    if not asked:
        lines = list(fact_lines(ctx, product, words))[:8]
    return "\n".join(part for part in (lead, *lines, description) if part), complete


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
    variants = list_variants(session, product.id)
    colour, size = options_said(session, ctx, variants)
    wanted = [
        variant for variant in variants
        if (colour is None or variant.colour == colour or (variant.colour is None and len(variants) == 1))
        and (size is None or (variant.size or "").lower() == str(size).lower())
    ]  # fmt: skip
    name, words = local(ctx, product.name), attribute_words(session)
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
        lines.append(_options(ctx, wanted if colour or size else variants, words))
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
    what = variant_name(ctx, wanted[0], attribute_words(session)) if len(wanted) == 1 else ""
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
    if CHEAPER.search(ctx.call.text):
        # Cheap things of other kinds are no answer to that.
        filters = replace(filters, price_max=product.price - 1, kind=product.kind)
    items = index.similar(product.id, filters, SHOWN)
    if not items:
        again = product_button(ctx, "similar", "similar_product", product.id)
        return Result("answered", [Reply(say(ctx, "similar_none", name=local(ctx, product.name)), [again])])
    result = show(session, ctx, items, "products_found")
    text = say(ctx, "similar_lead", name=local(ctx, product.name))
    return replace(result, replies=[replace(result.replies[0], text=text)])


HANDLERS: dict[str, Handler] = {
    "ask_product_detail": tell_detail,
    "check_stock": check_stock,
    "similar_product": show_similar,
}
