"""Points as a discount on what is in the cart: set aside now, spent when it is ordered."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.cart import price_lines
from actions.result import Effect, Reply, Result
from actions.wording import button, say
from core.errors import RuleViolationError
from crm_store.carts import service as carts
from crm_store.carts.queries import view

_ON_CART = re.compile(r"장바구니|주문|결제|담은|살\s*때|\b(?:cart|basket|checkout|order|purchase)\b", re.IGNORECASE)


def wants_cart_discount(text: str) -> bool:
    """Whether points are to come off an order rather than become a coupon."""
    return bool(_ON_CART.search(text))


def use_on_cart(session: Session, ctx: TurnContext, points: int) -> Result | None:
    """Set `points` aside for the cart, at most what its goods cost; None where the cart is empty."""
    assert ctx.customer is not None
    cart = view(session, ctx.customer.id, ctx.now)
    if not cart.lines:
        return None
    try:
        carts.use_points(
            session, customer_id=ctx.customer.id, points=min(points, cart.goods - cart.discount), now=ctx.now
        )
    except RuleViolationError as error:
        values = {name: int(str(error.context.get(name, 0))) for name in ("minimum", "available")}
        return Result("declined", [Reply(say(ctx, f"cart_{error.code}", **values))])
    text = "\n".join([say(ctx, "cart_points_used"), *price_lines(ctx, view(session, ctx.customer.id, ctx.now))])
    return Result(
        "acted", [Reply(text, [button(ctx, "checkout", "/checkout")])], [Effect("cart_changed", ctx.customer.id)]
    )
