"""A request that would change an account is made sure of when it was not understood with enough confidence."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.offers import offer
from actions.result import Reply, Result
from actions.run import Tools
from actions.wording import button, say

# Acting wrongly costs more than asking back. Tasks ask for a confirmation of their own and are not here.
_ACTING = (
    "redeem_coupon", "exchange_points", "check_in", "opt_in_marketing", "opt_out_marketing", "notify_restock",
    "add_to_wishlist", "add_to_cart", "reorder", "request_coupon", "refer_friend",
)  # fmt: skip
DOUBTFUL = dict.fromkeys(_ACTING, 0.55)


def doubt(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Ask whether that is what was meant; a yes, said or pressed, does it."""
    offer(ctx, ctx.call.intent, as_said=True)
    text = say(ctx, "doubt", request=say(ctx, f"doubt_{ctx.call.intent}"))
    return Result("asked", [Reply(text, [button(ctx, "yes", "/affirm"), button(ctx, "help", "/help")])])
