"""What belongs to an account is told to its owner alone."""

from __future__ import annotations

from actions.context import TurnContext
from actions.result import Reply, Result
from actions.wording import person_button, say


def ask_to_verify(ctx: TurnContext, what: str) -> Result:
    """Ask an anonymous customer to sign in first; `what` is the key of what they asked for."""
    text = f"{say(ctx, f'verify_{what}')} {say(ctx, 'verify_how')}"
    return Result("asked", [Reply(text, [person_button(ctx)])])
