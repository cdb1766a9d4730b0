"""The cart: looking, putting in and taking out, coupons and points in it, and the way to the till."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.cart_words import CART, EVERYTHING, INSTEAD, MORE, TAKE_OUT, WISHLIST
from actions.checkout import checkout_url
from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.choosing import Choice, choose_variant
from actions.handlers.coupon_refusals import why_not_usable
from actions.handlers.product_facts import variant_name
from actions.handlers.product_questions import which_product
from actions.handlers.products import card
from actions.offers import offer
from actions.options import attribute_words
from actions.references import points_at_shown, products_meant
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say, won
from core.errors import NotFoundError, RuleViolationError
from crm_store.carts import service as carts
from crm_store.carts.queries import CartView, PricedLine, view
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import get_product, products_by_id, variants_by_id
from crm_store.coupons.pricing import Goods, list_offers
from crm_store.coupons.queries import list_usable
from crm_store.wishes.service import list_wishlist


def line_text(ctx: TurnContext, line: PricedLine, words: dict[str, object]) -> str:
    """A line of the cart in words."""
    option = variant_name(ctx, line.variant, words)
    name = f"{local(ctx, line.product.name)} ({option})" if option else local(ctx, line.product.name)
    return say(ctx, "cart_line", name=name, count=line.quantity, worth=won(ctx, line.worth))


def price_lines(ctx: TurnContext, cart: CartView) -> list[str]:
    """What the cart costs, a line each for what is not nothing."""
    lines = [say(ctx, "cart_goods", amount=won(ctx, cart.goods))]
    for discount in cart.discounts:
        title = local(ctx, discount.coupon.terms.title)
        lines.append(say(ctx, "cart_coupon", title=title, amount=won(ctx, discount.amount)))
    if cart.points:
        lines.append(say(ctx, "cart_points", points=cart.points))
    key = "cart_shipping" if cart.shipping_fee else "cart_shipping_free"
    lines.append(say(ctx, key, amount=won(ctx, cart.shipping_fee)))
    return [*lines, say(ctx, "cart_total", amount=won(ctx, cart.total))]


def look(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The cart with its price, the wishlist, or both: whichever was asked for."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "cart")
    text = ctx.call.text
    wishes_asked = bool(WISHLIST.search(text))
    replies = []
    if not wishes_asked or CART.search(text):
        replies.append(_cart_reply(session, ctx, ctx.customer.id))
    if wishes_asked:
        replies.append(_wishlist_reply(session, ctx, ctx.customer.id))
    return Result("answered", replies)


def _cart_reply(session: Session, ctx: TurnContext, customer_id: str) -> Reply:
    cart = view(session, customer_id, ctx.now)
    if not cart.lines:
        return Reply(say(ctx, "cart_empty"), [button(ctx, "recommend", "/recommend_product")])
    words = attribute_words(session)
    lines = [line_text(ctx, line, words) for line in cart.lines]
    short = _short_lines(ctx, cart)
    text = "\n".join([say(ctx, "cart_lead"), *lines, "", *price_lines(ctx, cart), *short])
    buttons = [button(ctx, "checkout", "/checkout"), button(ctx, "coupons", "/ask_coupons")]
    return Reply(text, buttons, [card(ctx, line.product) for line in cart.lines])


def _wishlist_reply(session: Session, ctx: TurnContext, customer_id: str) -> Reply:
    items = list_wishlist(session, customer_id)
    if not items:
        return Reply(say(ctx, "wishlist_empty"))
    products = products_by_id(session, [item.product_id for item in items])
    shown = [card(ctx, products[item.product_id]) for item in items if item.product_id in products]
    return Reply(say(ctx, "wishlist_lead", count=len(shown)), products=shown)


def put_in(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Put what is meant into the cart, or take it out; a product in several colours or sizes is asked about."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "cart")
    if TAKE_OUT.search(ctx.call.text) or ctx.value("choice") == "out":
        return _take_out(session, ctx)
    if INSTEAD.search(ctx.call.text) and ctx.value("quantity") is not None:
        changed = _change_quantity(session, ctx)
        if changed is not None:
            return changed
    variant = _variant_meant(session, ctx)
    if variant is not None:
        return _add(session, ctx, [(get_product(session, variant.product_id), variant)])
    products, reply = which_product(session, ctx, tools, "add_to_cart")
    if reply is not None:
        return reply
    chosen: list[tuple[Product, Variant]] = []
    questions: list[Choice] = []
    for product in products:
        choice = choose_variant(session, ctx, product, "add_to_cart")
        if choice.variant is not None:
            chosen.append((product, choice.variant))
        else:
            questions.append(choice)
    done = _add(session, ctx, chosen) if chosen else None
    asked = [reply for question in questions if question.reply for reply in question.reply.replies]
    if done is None:
        return Result("asked", asked, about=products[0].id if len(products) == 1 else None)
    return Result(done.outcome, [*done.replies, *asked], done.effects)


def _variant_meant(session: Session, ctx: TurnContext) -> Variant | None:
    """The variant of a pressed button, or the one put in last where "one more" is asked for and nothing is named."""
    pressed = variants_by_id(session, [str(value) for value in ctx.values("id")])
    if pressed:
        return next(iter(pressed.values()))
    named = any(entity.entity in ("product", "category", "colour", "size") for entity in ctx.call.entities)
    if named or ctx.memory.added is None or not MORE.search(ctx.call.text) or points_at_shown(ctx.call.text):
        return None
    return variants_by_id(session, [ctx.memory.added]).get(ctx.memory.added)


def _change_quantity(session: Session, ctx: TurnContext) -> Result | None:
    """Have another number of what is in the cart already; None where nothing in it is meant."""
    assert ctx.customer is not None
    lines = _lines_meant(session, ctx, view(session, ctx.customer.id, ctx.now))
    if len(lines) != 1:
        return None
    [line], quantity = lines, _quantity(ctx)
    name = local(ctx, line.product.name)
    try:
        carts.set_quantity(
            session, customer_id=ctx.customer.id, variant_id=line.variant.id, quantity=quantity, now=ctx.now
        )
    except RuleViolationError as error:
        return Result("declined", [Reply(_refused(ctx, error, name))])
    total = say(ctx, "cart_now", amount=won(ctx, view(session, ctx.customer.id, ctx.now).total))
    text = say(ctx, "cart_quantity_changed", name=name, count=quantity)
    buttons = [button(ctx, "checkout", "/checkout"), button(ctx, "view_cart", "/view_cart")]
    effects = [Effect("cart_changed", line.variant.id)]
    return Result("acted", [Reply(f"{text}\n{total}", buttons)], effects, about=line.product.id)


def _short_lines(ctx: TurnContext, cart: CartView) -> list[str]:
    """What of the cart is not there in that number."""
    lines = [(local(ctx, line.product.name), line.available) for line in cart.short]
    return [say(ctx, "cart_short" if left else "cart_gone", name=name, count=left) for name, left in lines]


def _refused(ctx: TurnContext, error: RuleViolationError, name: str) -> str:
    """Why that many of a product cannot be in the cart."""
    gone = error.code == "out_of_stock" and error.context.get("available") == 0
    return say(ctx, "cart_sold_out" if gone else f"cart_{error.code}", name=name, **_numbers(error))


def _quantity(ctx: TurnContext) -> int:
    value = ctx.value("quantity")
    return int(value) if isinstance(value, int | float) and value >= 1 else 1


def _add(session: Session, ctx: TurnContext, chosen: list[tuple[Product, Variant]]) -> Result:
    assert ctx.customer is not None
    quantity, words = _quantity(ctx), attribute_words(session)
    added, said, effects, buttons = list[str](), list[str](), [], []
    for product, variant in chosen:
        option = variant_name(ctx, variant, words)
        name = f"{local(ctx, product.name)} ({option})" if option else local(ctx, product.name)
        try:
            carts.add(session, customer_id=ctx.customer.id, variant_id=variant.id, quantity=quantity, now=ctx.now)
        except RuleViolationError as error:
            said.append(_refused(ctx, error, name))
            if error.code == "out_of_stock":
                buttons.append(button(ctx, "notify_restock", f'/notify_restock{{"id": "{variant.id}"}}'))
            continue
        added.append(name)
        effects.append(Effect("cart_changed", variant.id))
        ctx.memory.added = variant.id
    if not effects:
        return Result("declined", [Reply("\n".join(said), buttons)])
    cart = view(session, ctx.customer.id, ctx.now)
    if len(added) == 1:
        said.insert(0, say(ctx, "cart_added", name=added[0], count=quantity))
    else:
        lines = [say(ctx, "cart_added_line", name=name, count=quantity) for name in added]
        said = [say(ctx, "cart_added_several"), *lines, *said]
    said.append(say(ctx, "cart_now", amount=won(ctx, cart.total)))
    buttons += [button(ctx, "checkout", "/checkout"), button(ctx, "view_cart", "/view_cart")]
    about = chosen[0][0].id if len(chosen) == 1 else None
    return Result("acted", [Reply("\n".join(said), buttons)], effects, about=about)


def _numbers(error: RuleViolationError) -> dict[str, int]:
    return {name: int(str(error.context.get(name, 0))) for name in ("available", "most")}


def _lines_meant(session: Session, ctx: TurnContext, cart: CartView) -> list[PricedLine]:
    """The lines of the cart that a message is about: named, pointed at, or the only one there is."""
    wanted = {str(value) for value in [*ctx.values("product"), *ctx.values("id")]}
    lines = [
        line for line in cart.lines
        if wanted & {line.product.id, line.product.kind, line.variant.id, line.product.category}
    ]  # fmt: skip
    if lines or wanted:
        return lines
    meant = products_meant(session, ctx)
    pointed = [line for line in cart.lines if line.product.id in meant.ids] if meant.one or meant.every else []
    return pointed or (list(cart.lines) if len(cart.lines) == 1 else [])


def _take_out(session: Session, ctx: TurnContext) -> Result:
    assert ctx.customer is not None
    cart = view(session, ctx.customer.id, ctx.now)
    if not cart.lines:
        return Result("answered", [Reply(say(ctx, "cart_empty"))])
    everything = EVERYTHING.search(ctx.call.text) is not None
    lines = list(cart.lines) if everything else _lines_meant(session, ctx, cart)
    if not lines:
        buttons = [
            Button(local(ctx, line.product.name)[:60], f'/add_to_cart{{"id": "{line.variant.id}", "choice": "out"}}')
            for line in cart.lines[:10]
        ]
        return Result("asked", [Reply(say(ctx, "cart_which_out"), buttons)])
    for line in lines:
        carts.remove(session, customer_id=ctx.customer.id, variant_id=line.variant.id, now=ctx.now)
    names = ", ".join(local(ctx, line.product.name) for line in lines)
    effects = [Effect("cart_changed", line.variant.id) for line in lines]
    if len(lines) == len(cart.lines) > 1:
        return Result(
            "acted", [Reply(say(ctx, "cart_emptied"), [button(ctx, "recommend", "/recommend_product")])], effects
        )
    text = say(ctx, "cart_removed", names=names)
    return Result("acted", [Reply(text, [button(ctx, "view_cart", "/view_cart")])], effects)


def go_to_till(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """A link to the shop's own checkout with the cart signed in it."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "cart")
    cart = view(session, ctx.customer.id, ctx.now)
    if not cart.lines:
        return Result("declined", [Reply(say(ctx, "cart_empty"), [button(ctx, "recommend", "/recommend_product")])])
    short = _short_lines(ctx, cart)
    if short:
        return Result("declined", [Reply("\n".join(short), [button(ctx, "view_cart", "/view_cart")])])
    url = checkout_url(session, tools.settings, ctx.customer, cart, ctx.now)
    text = "\n".join([say(ctx, "checkout_lead"), *price_lines(ctx, cart), url])
    saving = list_offers(session, ctx.customer.id, _goods(cart), ctx.now) if not cart.discounts else []
    buttons = []
    if saving:
        offer(ctx, "redeem_coupon")
        best = saving[0]
        text += "\n" + say(
            ctx, "checkout_coupon", title=local(ctx, best.coupon.terms.title), amount=won(ctx, best.amount)
        )
        buttons = [button(ctx, "use_coupon", f'/redeem_coupon{{"id": "{best.coupon.code}"}}')]
    return Result("answered", [Reply(text, buttons)])


def _goods(cart: CartView) -> list[Goods]:
    return [Goods(line.product.id, line.quantity, line.unit_price) for line in cart.lines]


def use_coupon(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Lay the coupon named, chosen or only one there is into the cart; say why it cannot be used otherwise."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "coupons")
    code = ctx.value("id") or ctx.value("coupon_code")
    cart = view(session, ctx.customer.id, ctx.now)
    if code is None:
        return _which_coupon(session, ctx, cart)
    try:
        reserved = carts.reserve_coupon(session, customer_id=ctx.customer.id, code=str(code), now=ctx.now)
    except (RuleViolationError, NotFoundError) as error:
        return Result("declined", [Reply(why_not_usable(ctx, error), [button(ctx, "coupons", "/ask_coupons")])])
    if not cart.lines:
        text = say(ctx, "coupon_waits", code=reserved.code)
        return Result(
            "acted", [Reply(text, [button(ctx, "recommend", "/recommend_product")])], [_reserved(reserved.terms_id)]
        )
    after = view(session, ctx.customer.id, ctx.now)
    refused = next((one.error for one in after.refused if one.code == reserved.code), None)
    if refused is not None:
        carts.release_coupon(session, customer_id=ctx.customer.id, terms_id=reserved.terms_id, now=ctx.now)
        return Result("declined", [Reply(why_not_usable(ctx, refused), [button(ctx, "view_cart", "/view_cart")])])
    text = "\n".join([say(ctx, "coupon_reserved"), *price_lines(ctx, after)])
    return Result("acted", [Reply(text, [button(ctx, "checkout", "/checkout")])], [_reserved(reserved.terms_id)])


def _reserved(terms_id: str) -> Effect:
    return Effect("coupon_reserved", terms_id)


def _which_coupon(session: Session, ctx: TurnContext, cart: CartView) -> Result:
    assert ctx.customer is not None
    usable = list_usable(session, ctx.customer.id, ctx.now)
    if not usable:
        return Result("declined", [Reply(say(ctx, "coupons_none"), [button(ctx, "ask_coupon", "/request_coupon")])])
    fitting = {one.coupon.code: one.amount for one in list_offers(session, ctx.customer.id, _goods(cart), ctx.now)}
    buttons = []
    for issued, terms in usable[:8]:
        title = local(ctx, terms.title)
        saving = fitting.get(issued.code)
        shown = say(ctx, "coupon_choice", title=title, amount=won(ctx, saving)) if saving else title
        buttons.append(Button(shown[:60], f'/redeem_coupon{{"id": "{issued.code}"}}'))
    return Result("asked", [Reply(say(ctx, "which_coupon"), buttons)])


HANDLERS: dict[str, Handler] = {
    "view_cart": look,
    "add_to_cart": put_in,
    "checkout": go_to_till,
    "redeem_coupon": use_coupon,
}
