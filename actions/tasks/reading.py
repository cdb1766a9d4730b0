"""Reading answers that many steps ask for: a button's choice, yes or no, an entity, free words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actions.tasks.kinds import TaskTurn

YES, NO = "yes", "no"


def chosen(step: str) -> Callable[[TaskTurn], Any]:
    """The choice of a pressed button of this step."""

    def read(turn: TaskTurn) -> Any:
        call = turn.ctx.call
        return turn.ctx.value("choice") if call.pressed and turn.ctx.value("step") == step else None

    return read


def yes_or_no(step: str) -> Callable[[TaskTurn], str | None]:
    """Yes or no, pressed or said."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> str | None:
        choice = pressed(turn)
        if choice is not None:
            return YES if choice == YES else NO
        return {"affirm": YES, "deny": NO}.get(turn.ctx.call.intent)

    return read


def entity(step: str, name: str) -> Callable[[TaskTurn], Any]:
    """A pressed choice, else the first value of an entity in the message."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> Any:
        choice = pressed(turn)
        return choice if choice is not None else turn.ctx.value(name)

    return read


def words(step: str, least: int = 2, most: int = 1000) -> Callable[[TaskTurn], str | None]:
    """A pressed choice, else the message as it is."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> str | None:
        choice = pressed(turn)
        if choice is not None:
            return str(choice)
        text = turn.ctx.call.text.strip()
        return text if least <= len(text) <= most else None

    return read
