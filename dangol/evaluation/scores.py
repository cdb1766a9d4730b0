"""The arithmetic of the measures: shares with their margins, F1, calibration, percentiles, McNemar's test."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959964  # of a 95 % interval
BINS = 10


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count`. The value is None of nothing, so that nobody reads a zero there."""

    hits: int
    count: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.hits / self.count if self.count else None

    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval: what other samples of this size would give."""
        if not self.count:
            return None
        n, p = self.count, self.hits / self.count
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


def share(flags: Iterable[bool]) -> Share:
    """How many of the flags are set."""
    counted = Counter(flags)
    return Share(counted[True], counted.total())


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found rightly, found though not there, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def labelled(self) -> int:
        """How many there were to find."""
        return self.right + self.missed

    @property
    def precision(self) -> float:
        """The right ones of those found; 0 when nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """The right ones of those to find; 0 when there was nothing to find."""
        return self.right / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        """2·right / (2·right + wrong + missed); 0 when there was nothing and nothing was found."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 0.0


def class_counts(labels: Sequence[str], guesses: Sequence[str]) -> dict[str, Counts]:
    """Counts of every class that is labelled or guessed, by name."""
    right = Counter(label for label, guess in zip(labels, guesses, strict=True) if label == guess)
    labelled, guessed = Counter(labels), Counter(guesses)
    return {
        name: Counts(right[name], guessed[name] - right[name], labelled[name] - right[name])
        for name in sorted(labelled.keys() | guessed.keys())
    }


def macro_f1(labels: Sequence[str], guesses: Sequence[str]) -> float | None:
    """The mean F1 of the classes that are labelled: in a part of a file a guess of an absent class is only the other's miss."""
    counts = class_counts(labels, guesses)
    scores = [counts[name].f1 for name in set(labels)]
    return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True, slots=True)
class Bin:
    """The messages whose confidence lies in one tenth: their mean confidence, and the share of them that is right."""

    low: float
    count: int
    confidence: float
    right: float


def calibration_bins(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Bins of equal width over 0..1 that are not empty, from the lowest; a confidence on a border belongs to the higher one."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in zip(confidences, right, strict=True):
        groups.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, is_right))
    return [
        Bin(number / bins, len(group), sum(c for c, _ in group) / len(group), sum(r for _, r in group) / len(group))
        for number, group in sorted(groups.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: how far confidence is from truth, on average over the messages."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.right - one.confidence) for one in bins) / total if total else None


def percentile(values: Iterable[float], at: float) -> float | None:
    """The `at` (0..100) percentile, between two values in proportion; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * at / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of McNemar's test: the chance of so lopsided a split if both models were equally good."""
    total = only_first + only_second
    if not total:
        return 1.0
    tail = sum(math.comb(total, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / (1 << total))


def holm(chances: Sequence[float]) -> list[float]:
    """The p-values, in their order, made larger for there being several (Holm's step-down)."""
    adjusted = [0.0] * len(chances)
    largest = 0.0
    for rank, at in enumerate(sorted(range(len(chances)), key=lambda at: chances[at])):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[at]))
        adjusted[at] = largest
    return adjusted
