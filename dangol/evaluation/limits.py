"""`--fail-under NAME=VALUE`: figures that must not fall below a value, for continuous integration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.language import LOCALES
from dangol.progress import CommandError

# Where in the document a figure is. `harmless` is the share of lines labelled no_action that change nothing.
_FIGURES = {
    "accuracy": ("intents", "accuracy", "value"),
    "macro_f1": ("intents", "macro_f1"),
    "answered_accuracy": ("intents", "answered_accuracy", "value"),
    "entity_precision": ("entities", "precision"),
    "entity_recall": ("entities", "recall"),
    "entity_f1": ("entities", "f1"),
    "recall_at_1": ("topics", "recall_at_1", "value"),
    "recall_at_3": ("topics", "recall_at_3", "value"),
    "harmless": ("no_action", "false_actions", "value"),
    "turned_away": ("no_action", "turned_away", "value"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure, of one language or of all, and the least it may be (0 to 1)."""

    figure: str
    language: str | None
    least: float

    @property
    def name(self) -> str:
        """As it was written: `accuracy`, `accuracy.ko`."""
        return f"{self.figure}.{self.language}" if self.language else self.figure


def read_limits(texts: Iterable[str]) -> list[Limit]:
    """The limits in `accuracy=0.9`, `entity_f1.ko=0.92`; CommandError for what is none."""
    return [_read(text) for text in texts]


def _read(text: str) -> Limit:
    name, _, value = text.partition("=")
    figure, _, language = name.strip().partition(".")
    if figure not in _FIGURES or language not in ("", *LOCALES):
        raise CommandError(f"--fail-under {text}: the figures are {', '.join(_FIGURES)}, each also with .ko or .en")
    try:
        least = float(value)
    except ValueError:
        least = -1.0
    if not 0 <= least <= 1:
        raise CommandError(f"--fail-under {text}: the value is a number from 0 to 1")
    return Limit(figure, language or None, least)


def failures(document: Mapping[str, Any], limits: Iterable[Limit]) -> list[str]:
    """One line a limit that is not kept, or that there is no label to measure for."""
    failed = []
    for limit in limits:
        found = find_figure(document, limit)
        if found is None:
            failed.append(f"{limit.name}: nothing in the files is labelled for it")
        elif found < limit.least:
            failed.append(f"{limit.name} is {found:.4f}, below {limit.least:g}")
    return failed


def find_figure(document: Mapping[str, Any], limit: Limit) -> float | None:
    """The figure, None where nothing was measured for it."""
    measure, *path = _FIGURES[limit.figure]
    at: Any = document.get(measure)
    if at is not None and limit.language:
        at = at["by_language"].get(limit.language)
    for step in path:
        at = None if at is None else at[step]
    if at is None:
        return None
    return 1 - float(at) if limit.figure == "harmless" else float(at)
