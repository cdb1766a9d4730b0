"""What was made of a labelled message: the bot's parse, the platform's entities and articles, what would have happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dangol.evaluation.labelled import Line, Span

Outcome = Literal["acted", "asked", "answered", "declined", "chatted"]
Verdict = Literal["answer", "ask", "none"]


@dataclass(frozen=True, slots=True)
class Articles:
    """The topics nearest to a text, best first, with their scores; what the index's thresholds make of the best one."""

    ranked: tuple[tuple[str, float], ...]
    verdict: Verdict
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One labelled line as one model understood it.

    `intent` is the best real intent also where the bot fell back; `entities` are those that the API returns. `changes` are
    the intents at or above the acting threshold that change the store. `milliseconds` is the time in the Rasa process.
    """

    line: Line
    intent: str
    confidence: float
    fallback: bool
    entities: tuple[Span, ...]
    milliseconds: float
    articles: Articles
    outcome: Outcome
    changes: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether the intent is the labelled one."""
        return self.intent == self.line.intent
