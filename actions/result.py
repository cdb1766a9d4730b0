"""What an action did and says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["acted", "answered", "asked", "declined", "handed_over", "chatted"]


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: what it reads, and the intent it stands for."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the customer, with what is shown beside its text (as in the public API)."""

    text: str
    buttons: list[Button] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    coupon: dict[str, Any] | None = None
    coupons: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of the store that the customer brought about; `type` is one of the API's effects."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Result:
    """The whole of an action's run. `unclear` counts towards the point where a person is offered.

    `about` is the product spoken of, where others are shown beside it. `answers`: the message answered a question of a task,
    and so is none of the intents.
    """

    outcome: Outcome
    replies: list[Reply]
    effects: list[Effect] = field(default_factory=list)
    unclear: bool = False
    answers: bool = False
    about: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As stored with the run."""
        return asdict(self)
