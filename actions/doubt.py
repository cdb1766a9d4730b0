"""A request that would change an account is made sure of when it was not understood with enough confidence, is forbidden, or is
about another shop or somebody else; what shows the customer's own is made sure of in the last case, and below even chances.

What asking back costs is 1; what acting wrongly costs is stated here for each intent. Acting is worth it from the chance 1 - 1/cost
on (the classifier's confidence is a calibrated chance: docs/evaluation.md). Tasks sum up and wait for a yes by themselves.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.offers import offer
from actions.result import Reply, Result
from actions.run import Tools
from actions.strangers import (
    comes_from_shop,
    concerns_others,
    forbids,
    is_of_others,
    keeps,
    makes_no_sense,
    names_account,
    names_shop,
    orders_about,
    spares,
    tells,
)
from actions.wording import button, say

COST_OF_ACTING_WRONGLY: dict[str, float] = {
    # Spent or promised, and a person is needed to undo it.
    "exchange_points": 20, "opt_in_marketing": 20, "export_my_data": 10, "redeem_coupon": 10,
    # Undone with a word.
    "reorder": 6, "refer_friend": 5, "request_coupon": 4, "check_in": 4, "notify_restock": 4, "add_to_wishlist": 3,
    "add_to_cart": 5,
    # To be asked back when one is angry, wants a person or no more advertising is itself a harm.
    "opt_out_marketing": 5, "complain": 5, "give_feedback": 4, "talk_to_human": 2.5,
}  # fmt: skip
# Where a person is named, or something is only told: so many times as likely to be wrong.
_OF_OTHERS = 6.0
# Of these a prohibition is a part: "보내지 마세요" is the request.
_MAY_FORBID = frozenset({"opt_out_marketing", "complain", "give_feedback"})
# Praise of a gift names people, and so does anger.
_TELLS = frozenset({"complain", "give_feedback", "talk_to_human", "opt_out_marketing"})
# Praise and anger compare with other shops too.
_COMPARES = frozenset({"complain", "give_feedback", "opt_out_marketing"})
# They show what is the customer's own: nothing to show where another shop's or person's is asked for.
_OF_OWN = frozenset({
    "ask_order_status", "list_orders", "ask_points", "ask_coupons", "ask_tier", "ask_refund_status", "ask_case_status", "view_cart",
    "checkout", "check_stock",
})  # fmt: skip
# They do nothing but show.
_SHOWS = _OF_OWN - {"checkout", "check_stock"} | {
    "search_product", "similar_product", "recommend_product", "ask_product_detail",
}  # fmt: skip
# No e-mail address belongs to them: one that stands there is somebody's account.
_OF_ACCOUNT = frozenset({"request_coupon", "redeem_coupon", "exchange_points", "check_in", "reorder", "add_to_cart"})
_NEVER = 1.1
# To show what was not asked for costs twice what asking back does: from even chances on.
_SHOWN_FROM = 1 - 1 / 2
# Who knows an order's number is asked nothing.
_ORDER_NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}-?\d{6,}(?!\d)", re.IGNORECASE)


def acting_from(intent: str, text: str) -> float:
    """The confidence from which on a message is served at once: 0 where nothing is at stake, above 1 where it never is."""
    if _is_spared(intent, text):
        return _NEVER
    if intent in _OF_OWN:
        if _is_unclear(intent, text):
            return _NEVER
        return 0.0 if _ORDER_NUMBER.search(text) else _SHOWN_FROM
    cost = COST_OF_ACTING_WRONGLY.get(intent)
    if cost is None:
        return 0.0
    if _never_at_once(intent, text):
        return _NEVER
    others = tells(text) if intent == "refer_friend" else intent not in _TELLS and concerns_others(text)
    return 1 - 1 / (cost * (_OF_OTHERS if others else 1.0))


def _is_spared(intent: str, text: str) -> bool:
    return intent in _SHOWS and spares(text)


def _is_unclear(intent: str, text: str) -> bool:
    of_nobody_here = is_of_others(text) or names_account(text) or makes_no_sense(text)
    return of_nobody_here or (intent == "checkout" and forbids(text))


def _never_at_once(intent: str, text: str) -> bool:
    if (
        orders_about(text)
        or (intent not in _TELLS and makes_no_sense(text))
        or (intent not in _COMPARES and names_shop(text))
    ):
        return True
    if intent in _OF_ACCOUNT and names_account(text):
        return True
    if intent == "opt_out_marketing":
        return keeps(text) or comes_from_shop(text)
    return (intent not in _TELLS and is_of_others(text)) or (intent not in _MAY_FORBID and forbids(text))


def is_doubtful(ctx: TurnContext) -> bool:
    """Whether a written message is to be made sure of before it changes anything."""
    return not ctx.call.pressed and ctx.call.confidence < acting_from(ctx.call.intent, ctx.call.text)


def doubt(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Ask whether that is what was meant; a yes, said or pressed, does it. What need not be shown is left alone."""
    if _is_spared(ctx.call.intent, ctx.call.text):
        return Result("chatted", [Reply(say(ctx, "deny"))])
    offer(ctx, ctx.call.intent, as_said=True)
    others = is_of_others(ctx.call.text) or (ctx.call.intent in _OF_OWN and _is_unclear(ctx.call.intent, ctx.call.text))
    text = say(ctx, "doubt_others") if others else say(ctx, "doubt", request=say(ctx, f"doubt_{ctx.call.intent}"))
    return Result("asked", [Reply(text, [button(ctx, "yes", "/affirm"), button(ctx, "help", "/help")])])
