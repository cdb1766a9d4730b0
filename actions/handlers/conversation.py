"""Greeting, thanks, small talk, help, and what this shop's assistant does not do."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.handover import hand_over
from actions.offers import offer
from actions.result import Button, Outcome, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, person_button, say
from crm_store.shop.queries import current_rules

# Insults in an episode after which a person is fetched.
ABUSE_PATIENCE = 3


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


def show_help(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Say what the assistant can do."""
    return Result("answered", [Reply(say(ctx, "help"), _menu(ctx))])


def _saying(outcome: Outcome, key: str) -> Handler:
    """A handler that only says something."""

    def handle(_: Session, ctx: TurnContext, __: Tools) -> Result:
        return Result(outcome, [Reply(say(ctx, key))])

    return handle


def challenge(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Own up to being a bot, and offer a person."""
    offer(ctx, "talk_to_human")
    return Result("answered", [Reply(say(ctx, "bot_challenge"), [person_button(ctx)])])


def meet_abuse(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Stay calm; the third time a person is fetched."""
    ctx.memory.abuse += 1
    if ctx.memory.abuse >= ABUSE_PATIENCE:
        ctx.memory.abuse = 0
        return hand_over(session, ctx, "handover_abuse")
    offer(ctx, "talk_to_human")
    return Result("chatted", [Reply(say(ctx, "abuse"), [person_button(ctx)])])


def decline_not_yet(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """Say honestly that a person has to do this, and offer one."""
    offer(ctx, "talk_to_human")
    return Result("declined", [Reply(say(ctx, "not_yet"), [person_button(ctx)])])


def stale_choice(_: Session, ctx: TurnContext, __: Tools) -> Result:
    """A button of a task that is over."""
    return Result("declined", [Reply(say(ctx, "choice_stale"))])


HANDLERS: dict[str, Handler] = {
    "greet": greet,
    "goodbye": _saying("chatted", "goodbye"),
    "thank": _saying("chatted", "thank"),
    "affirm": _saying("chatted", "affirm"),
    "deny": _saying("chatted", "deny"),
    "help": show_help,
    "bot_challenge": challenge,
    "cancel_flow": _saying("chatted", "cancel_flow"),
    "chitchat": _saying("chatted", "chitchat"),
    "abuse": meet_abuse,
    "out_of_scope": _saying("declined", "out_of_scope"),
    "choose": stale_choice,
}
