"""Begin a task, go on with it, take an answer: the same for every kind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.memory import OpenTask
from actions.offers import offer
from actions.result import Button, Reply, Result
from actions.run import Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.wording import button, person_button, replies, say

# Answers of no use after which a person is offered.
PATIENCE = 3


def choice(ctx: TurnContext, step: str, value: str, title: str) -> Button:
    """A button that answers a step."""
    return Button(title[:60], f"/choose{json.dumps({'step': step, 'choice': value}, ensure_ascii=False)}")


def stop_button(ctx: TurnContext) -> Button:
    """The way out of a task."""
    return button(ctx, "stop_task", "/cancel_flow")


def begin(session: Session, ctx: TurnContext, tools: Tools, kind: TaskKind, **values: Any) -> Result:
    """Start a task with what is known already, in place of one that may be open: ask for what is missing, or finish."""
    task = OpenTask(kind.name, dict(values))
    ctx.memory.task = task
    turn = TaskTurn(session, ctx, tools, task)
    return go_on(turn, kind)


def go_on(turn: TaskTurn, kind: TaskKind, lead: str = "") -> Result:
    """Ask for the first step without an answer, else finish. `lead` comes before the question."""
    try:
        for step in kind.steps:
            if step.name in turn.values or not step.needed(turn.values):
                continue
            found = step.find(turn)
            if found is not None and step.check(turn, found) is None:
                turn.values[step.name] = found
                continue
            return _ask(turn, step, lead)
        result = kind.finish(turn)
    except TaskStopped as stopped:
        result = stopped.result
    turn.ctx.memory.task = None
    return replace(result, effects=[*turn.effects, *result.effects])


def _ask(turn: TaskTurn, step: Step, lead: str) -> Result:
    if turn.task.step != step.name:
        turn.task.step, turn.task.misses = step.name, 0
    reply = step.ask(turn)
    text = f"{lead}\n{reply.text}" if lead else reply.text
    buttons = [*reply.buttons, stop_button(turn.ctx)]
    return Result("asked", [Reply(text, buttons, reply.products)], turn.effects)


def take(turn: TaskTurn, kind: TaskKind, step: Step, value: Any) -> Result:
    """Put an answer to a step and go on; one that will not do is explained and asked for again."""
    complaint = step.check(turn, value)
    if complaint is not None:
        return miss(turn, kind, step, complaint)
    for dependent in kind.corrects.get(step.name, ()):
        turn.values.pop(dependent, None)
    turn.values[step.name] = value
    return go_on(turn, kind)


def miss(turn: TaskTurn, kind: TaskKind, step: Step, complaint: str | None = None) -> Result:
    """An answer of no use: ask again, saying why; the third time a person is offered beside it."""
    turn.task.misses += 1
    lead = complaint or say(turn.ctx, "task_not_understood")
    if turn.task.misses < PATIENCE:
        return go_on(turn, kind, lead)
    turn.task.misses = 0
    offer(turn.ctx, "talk_to_human")
    text = say(turn.ctx, "task_offer_person", task=task_name(turn.ctx, kind))
    try:
        choices = step.ask(turn).buttons
    except TaskStopped as stopped:
        turn.ctx.memory.task = None
        return stopped.result
    buttons = [person_button(turn.ctx), *choices, stop_button(turn.ctx)]
    return Result("asked", [Reply(text, buttons)], turn.effects)


def resume(turn: TaskTurn, kind: TaskKind) -> list[Reply]:
    """The open question once more, after something else was answered in between."""
    lead = say(turn.ctx, "task_resume", task=task_name(turn.ctx, kind))
    return go_on(turn, kind, lead).replies if turn.ctx.memory.task is turn.task else []


def task_name(ctx: TurnContext, kind: TaskKind) -> str:
    """What the customer calls the task."""
    return replies().say(f"task_{kind.name}", ctx.locale)
