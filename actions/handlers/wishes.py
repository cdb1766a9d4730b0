"""Saving for later, and being told when something is back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.cart_words import TAKE_OUT
from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.product_questions import which_product
from actions.handlers.products import card, product_button
from actions.offers import offer
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import list_variants, products_by_id, variants_by_id
from crm_store.wishes.service import forget, save_for_later, set_alert

_CANCEL = ("취소", "cancel", "undo")


def save(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Put what is meant on the wishlist, or take it off again."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "wishlist")
    products, reply = which_product(session, ctx, tools, "add_to_wishlist")
    if reply is not None:
        return reply
    if TAKE_OUT.search(ctx.call.text) or any(word in ctx.call.text.lower() for word in _CANCEL):
        return _take_off(session, ctx, products)
    new = [
        product for product in products
        if save_for_later(session, customer_id=ctx.customer.id, product_id=product.id, now=ctx.now)
    ]  # fmt: skip
    names = ", ".join(local(ctx, product.name) for product in products)
    buttons = [button(ctx, "view_wishlist", "/view_cart")]
    shown = [card(ctx, product) for product in products]
    if not new:
        return Result("answered", [Reply(say(ctx, "wishlist_already", names=names), buttons, shown)])
    effects = [Effect("wishlist_changed", product.id) for product in new]
    return Result("acted", [Reply(say(ctx, "wishlist_added", names=names), buttons, shown)], effects)


def _take_off(session: Session, ctx: TurnContext, products: list[Product]) -> Result:
    assert ctx.customer is not None
    gone = [product for product in products if forget(session, customer_id=ctx.customer.id, product_id=product.id)]
    names = ", ".join(local(ctx, product.name) for product in products)
    if not gone:
        return Result("answered", [Reply(say(ctx, "wishlist_not_on", names=names))])
    effects = [Effect("wishlist_changed", product.id) for product in gone]
    return Result("acted", [Reply(say(ctx, "wishlist_removed", names=names))], effects)


def alert(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Store a restock alert for the product or the variant asked for; what is there now is offered instead."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "restock")
    variant = variants_by_id(session, [str(value) for value in ctx.values("id")])
    if variant:
        wanted: Variant | None = next(iter(variant.values()))
        assert wanted is not None
        [product] = products_by_id(session, [wanted.product_id]).values()
    else:
        products, reply = which_product(session, ctx, tools, "notify_restock")
        if reply is not None:
            return reply
        product, wanted = products[0], _variant(session, ctx, products[0])
    if (wanted.stock if wanted else product.stock) > 0:
        offer(ctx, "add_to_cart")
        text = say(ctx, "restock_is_there", name=local(ctx, product.name))
        return Result(
            "answered", [Reply(text, [product_button(ctx, "add_to_cart", "add_to_cart", product.id)])], about=product.id
        )
    stored, new = set_alert(
        session, customer_id=ctx.customer.id, product_id=product.id, variant_id=wanted.id if wanted else None,
        conversation_id=ctx.conversation.id, channel=ctx.value("channel"), now=ctx.now,
    )  # fmt: skip
    if not new:
        return Result("answered", [Reply(say(ctx, "restock_already", name=local(ctx, product.name)))])
    text = say(ctx, "restock_set", name=local(ctx, product.name))
    return Result("acted", [Reply(text)], [Effect("restock_alert_set", stored.id)])


def _variant(session: Session, ctx: TurnContext, product: Product) -> Variant | None:
    """The one variant of the colour and size asked for; None where none was or it is not one."""
    colour, size = ctx.value("colour"), ctx.value("size")
    if colour is None and size is None:
        return None
    found = list_variants(session, product.id, colour=colour, size=str(size) if size else None)
    return found[0] if len(found) == 1 else None


HANDLERS: dict[str, Handler] = {"add_to_wishlist": save, "notify_restock": alert}
