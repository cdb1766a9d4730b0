"""What a task is made of: steps that are asked for one after another, and what happens when all are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.memory import OpenTask
from actions.result import Effect, Reply, Result
from actions.run import Tools


@dataclass(frozen=True, slots=True)
class TaskTurn:
    """One turn of a task, for its steps. `values` is what was answered so far, by step; JSON values only.

    A step that changes the store (sends a code) adds to `effects`.
    """

    session: Session
    ctx: TurnContext
    tools: Tools
    task: OpenTask
    effects: list[Effect] = field(default_factory=list)

    @property
    def values(self) -> dict[str, Any]:
        """What was answered so far, by step."""
        return self.task.values


class TaskStopped(Exception):
    """Raised by a step or an end that cannot go on: the task is over, with this result."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.outcome)
        self.result = result


Read = Callable[[TaskTurn], Any]


def _nothing(_: TaskTurn) -> None:
    return None


def _always(_: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a task needs to know.

    `ask` words the question, with buttons (`choice`). `read` finds the answer in the message, None when there is none.
    `find` answers it without asking, from the store or the request itself, None when it has to be asked. `check` may say
    (a text) why a chosen or read value will not do. `takes` names intents that are an answer here and no new request
    ("complain" to a question for a reason); with `free` any words are an answer unless they are clearly a new request.
    What `read` finds for a `certain` step is an answer whatever the message was taken for: six digits, an e-mail address.
    `plain` finds what is an answer even where the message was taken for a wish to stop ("skip", "I changed my mind" to a why).
    """

    name: str
    ask: Callable[[TaskTurn], Reply]
    read: Read
    find: Read = _nothing
    check: Callable[[TaskTurn, Any], str | None] = lambda _turn, _value: None
    needed: Callable[[Mapping[str, Any]], bool] = _always
    takes: frozenset[str] = field(default_factory=frozenset)
    free: bool = False
    certain: bool = False
    plain: Read = _nothing


@dataclass(frozen=True, slots=True)
class TaskKind:
    """A kind of task. `intents` begin it (again: a correction); `corrects` re-reads answered steps from a later message."""

    name: str
    intents: frozenset[str]
    steps: tuple[Step, ...]
    finish: Callable[[TaskTurn], Result]
    # Steps whose answer a later message may change ("no, order DG2"), and those that hang on it and are asked again.
    corrects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def step(self, name: str | None) -> Step | None:
        """The step of that name."""
        return next((step for step in self.steps if step.name == name), None)
