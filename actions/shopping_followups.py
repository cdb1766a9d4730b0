"""What goes on with a shopping request without naming it again: taking out, one more, another colour, something cheaper."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.cart_words import CART, INSTEAD, MORE, OF_THE_ACCOUNT, TAKE_OUT, WISHLIST
from actions.context import Entity, TurnContext
from actions.options import says_an_option
from actions.references import CHEAPER, DEARER, MOST, names_a_place, points_at_shown
from crm_store.catalogue.queries import products_by_id

# Below this the classifier's choice counts less than what the conversation is about.
_SURE = 0.6
_SHOPPING = frozenset({"view_cart", "add_to_cart", "add_to_wishlist", "checkout", "redeem_coupon"})
# Requests about a product's variant: a bare colour or size goes on with them.
_OF_VARIANTS = frozenset({"add_to_cart", "check_stock", "notify_restock", "add_to_wishlist", "ask_product_detail"})
_OF_GOODS = _OF_VARIANTS | _SHOPPING | {"search_product", "recommend_product", "similar_product"}
_TAKES_ONE = frozenset({"add_to_cart", "add_to_wishlist", "notify_restock"})
_OWN_NOUNS = frozenset({"product", "category", "brand"})
# What goes on about the points that were just told.
_ABOUT_POINTS = re.compile(
    r"없어지|사라지|소멸|만료|기한|내역|어디(?:에|다)|썼|쌓였"
    r"|\b(?:expir\w*|spen[dt]|history|used?|earn(?:ed)?|run(?:ning)? out)\b",
    re.IGNORECASE,
)
_NO_MORE_WAITING = re.compile(
    r"취소|됐|괜찮|안\s*(?:할|해도|불러|기다)|필요\s*없|그만"
    r"|\b(?:cancel|never\s*mind|forget|no\s+(?:need|longer|agent)|don['’]?t\s+need)\b",
    re.IGNORECASE,
)
_OF_ORDERS = re.compile(r"주문|\border", re.IGNORECASE)
_OF_PURCHASES = re.compile(r"주문|구매|결제|\b(?:order|bought|purchase)", re.IGNORECASE)


def intent_gone_on_with(session: Session, ctx: TurnContext) -> str | None:
    """The intent that a message goes on with; None where it stands for itself."""
    return _of_the_queue(ctx) or _of_cart(ctx) or _of_points(ctx) or _of_variant(session, ctx) or _of_the_shown(ctx)


def names_goods_alone(ctx: TurnContext) -> bool:
    """Whether of a message that was not understood at least something the shop sells is."""
    known = any(entity.entity in _OWN_NOUNS and (entity.value or entity.ids) for entity in ctx.call.entities)
    return ctx.call.intent == "nlu_fallback" and known


def price_bound(session: Session, ctx: TurnContext) -> Entity | None:
    """The bound that "anything cheaper?" sets after a search that showed several things; None for other messages."""
    text, shown = ctx.call.text, ctx.memory.products
    if ctx.call.intent in _TAKES_ONE and ctx.call.confidence >= _SURE:
        return None  # "put the cheaper one in my cart" wants one of those shown
    if ctx.memory.product is not None or len(shown) < 2 or MOST.search(text) or points_at_shown(text):
        return None
    if any(entity.entity in (*_OWN_NOUNS, "price_max", "price_min") for entity in ctx.call.entities):
        return None
    prices = [product.price for product in products_by_id(session, shown).values()]
    if prices and CHEAPER.search(text):
        return Entity("price_max", "", min(prices) - 1, None, None)
    return Entity("price_min", "", max(prices) + 1, None, None) if prices and DEARER.search(text) else None


def _of_the_queue(ctx: TurnContext) -> str | None:
    """Taking back the call for a person."""
    if ctx.conversation.state != "waiting_for_staff":
        return None
    stopping = ctx.call.intent in ("cancel_flow", "cancel_order", "talk_to_human", "deny", "nlu_fallback")
    text = ctx.call.text
    return "withdraw_handover" if stopping and _NO_MORE_WAITING.search(text) and not _OF_ORDERS.search(text) else None


def _of_cart(ctx: TurnContext) -> str | None:
    """Taking out of the cart or the wishlist, and one more of the same: without their names they sound like much else."""
    text, said, before = ctx.call.text, ctx.memory.said.intent, ctx.memory.said.text
    named = CART.search(text) or WISHLIST.search(text)
    if TAKE_OUT.search(text) and (named or (said in _SHOPPING and not OF_THE_ACCOUNT.search(text))):
        of_wishes = said == "add_to_wishlist" or (said == "view_cart" and WISHLIST.search(before))
        saved = WISHLIST.search(text) or (of_wishes and not CART.search(text))
        return "add_to_wishlist" if saved else "add_to_cart"
    if said in _SHOPPING and INSTEAD.search(text) and ctx.value("quantity") is not None:
        return "add_to_cart"
    unsure = ctx.call.confidence < _SURE or ctx.call.intent in ("add_to_cart", "reorder", "affirm", "nlu_fallback")
    return "add_to_cart" if said in _SHOPPING and ctx.memory.added and unsure and MORE.search(text) else None


def _of_points(ctx: TurnContext) -> str | None:
    unnamed = ctx.call.intent == "list_orders" and not _OF_PURCHASES.search(ctx.call.text)
    vague = ctx.call.confidence < _SURE or ctx.call.intent == "ask_faq" or unnamed
    on_points = ctx.memory.said.intent == "ask_points" and vague and _ABOUT_POINTS.search(ctx.call.text)
    return "ask_points" if on_points else None


def _of_the_shown(ctx: TurnContext) -> str | None:
    """What was not understood but for the one of the shown products that it is about."""
    asked = ctx.call.intent == "nlu_fallback" and ctx.memory.products and names_a_place(ctx.call.text)
    return "ask_product_detail" if asked and ctx.memory.said.intent in _OF_GOODS else None


def _of_variant(session: Session, ctx: TurnContext) -> str | None:
    """A bare colour or size, of the product last spoken of."""
    said, product = ctx.memory.said.intent, ctx.memory.product
    own_noun = any(entity.entity in _OWN_NOUNS for entity in ctx.call.entities)
    stands_alone = ctx.call.intent in _OF_VARIANTS and ctx.call.confidence >= _SURE
    if said not in _OF_VARIANTS or stands_alone or product is None or own_noun:
        return None
    return said if says_an_option(session, ctx, product) else None
