"""What belongs to an account is told to its owner alone."""

from __future__ import annotations

from dataclasses import asdict

from actions.context import TurnContext
from actions.offers import offer
from actions.result import Button, Reply, Result
from actions.wording import button, person_button, say


def ask_to_verify(ctx: TurnContext, what: str) -> Result:
    """Ask an anonymous customer to say who they are; `what` is the key of what they asked for, which is served afterwards.

    A plain yes begins with a code by e-mail.
    """
    asked = {
        "intent": ctx.call.intent, "text": ctx.call.text, "entities": [asdict(entity) for entity in ctx.call.entities],
        "message_id": ctx.call.message_id,
    }  # fmt: skip
    before = [one for one in ctx.memory.after_sign_in if one["message_id"] == ctx.call.message_id]
    ctx.memory.after_sign_in = [*before, asked]
    offer(ctx, "link_account")
    return Result("asked", [Reply(f"{say(ctx, f'verify_{what}')} {say(ctx, 'verify_ways')}", ways_in(ctx))])


def ways_in(ctx: TurnContext) -> list[Button]:
    """How somebody can say who they are. The shop's own sign-in reaches only the chat on its pages."""
    shop = [button(ctx, "shop_login", '/link_account{"channel": "web"}')] if ctx.conversation.channel == "web" else []
    return [button(ctx, "code_login", "/link_account"), *shop, person_button(ctx)]


def serve_after_sign_in(ctx: TurnContext) -> bool:
    """Let what was asked for before signing in be served at the end of this turn; False when nothing was."""
    asked, ctx.memory.after_sign_in = ctx.memory.after_sign_in, []
    ctx.memory.waiting = [
        {key: one[key] for key in ("intent", "text", "entities")} for one in asked
    ] + ctx.memory.waiting
    return bool(asked)
