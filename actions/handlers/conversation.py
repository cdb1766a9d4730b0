"""Greeting, thanks, help, and what this shop's assistant does not do."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.offers import accept
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, person_button, replies, say
from crm_store.shop.queries import current_rules

# Small talk among the intents that have no handler of their own yet.
_TALK = frozenset({"goodbye", "affirm", "deny", "bot_challenge", "cancel_flow", "chitchat", "abuse"})


def _menu(ctx: TurnContext) -> list[Button]:
    return [
        button(ctx, "order_status", "/ask_order_status"),
        button(ctx, "recommend", "/recommend_product"),
        button(ctx, "coupons", "/ask_coupons"),
        person_button(ctx),
    ]


def greet(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Greet, by name where it is known."""
    shop = local(ctx, current_rules(session)["shop"]["name"])
    if ctx.customer is not None and ctx.customer.name:
        text = say(ctx, "greet_by_name", shop=shop, name=ctx.customer.name)
    else:
        text = say(ctx, "greet", shop=shop)
    return Result("chatted", [Reply(text, _menu(ctx))])


def thank(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Answer thanks."""
    return Result("chatted", [Reply(say(ctx, "thank"))])


def show_help(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Say what the assistant can do."""
    return Result("answered", [Reply(say(ctx, "help"), _menu(ctx))])


def decline_out_of_scope(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Say kindly that this is not the shop's."""
    return Result("declined", [Reply(say(ctx, "out_of_scope"))])


def decline_not_yet(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Say honestly that a person has to do this, and offer one; small talk gets a short answer, a yes what was offered."""
    if ctx.call.intent == "affirm" and (done := accept(session, ctx, tools)) is not None:
        return done
    if ctx.call.intent in _TALK:
        return Result("chatted", [Reply(say(ctx, ctx.call.intent))])
    key = f"not_yet_{ctx.call.intent}"
    known = key in replies().keys(ctx.locale)
    return Result("declined", [Reply(say(ctx, key if known else "not_yet"), [person_button(ctx)])])


HANDLERS: dict[str, Handler] = {
    "greet": greet,
    "thank": thank,
    "help": show_help,
    "out_of_scope": decline_out_of_scope,
    **dict.fromkeys(sorted(_TALK), decline_not_yet),
}
