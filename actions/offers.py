"""Offering something that a plain yes accepts."""

from __future__ import annotations

from dataclasses import asdict

from actions.context import TurnContext


def offer(ctx: TurnContext, intent: str, *, as_said: bool = False) -> None:
    """Let a yes in the next turn stand for a request: of this intent, or (`as_said`) the present message as it is."""
    entities = [asdict(entity) for entity in ctx.call.entities] if as_said else []
    ctx.memory.offer = {"intent": intent, "text": ctx.call.text if as_said else "", "entities": entities}
