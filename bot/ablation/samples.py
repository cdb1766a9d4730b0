"""Labelled sentences for the comparisons, and what is measured on them."""

from __future__ import annotations

import csv
import json
import logging
import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import numpy as np


@dataclass(frozen=True)
class Sample:
    """A text, its intent, and the group (a language) that its figure is given for."""

    text: str
    intent: str
    group: str


@dataclass(frozen=True)
class Result:
    """One pipeline's figures. `accuracy` by group; milliseconds a message (half of them, 95 %); model on disk in MB."""

    name: str
    sentences: int
    accuracy: dict[str, float]
    median: float
    slow: float
    megabytes: float
    training_seconds: float

    def write(self, output: TextIO) -> None:
        """One JSON line."""
        output.write(json.dumps(asdict(self), ensure_ascii=False) + "\n")
        output.flush()


@contextmanager
def results_alone() -> Iterator[TextIO]:
    """The real stdout, for results; whatever libraries print goes to stderr, and Rasa logs warnings only."""
    # Reading and drawing samples need no Rasa.
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)
        yield output


def read_labelled(paths: Iterable[Path]) -> list[Sample]:
    """The lines with an intent of JSON-lines files; the group is their `language`, else the file's (dev.ko.jsonl: ko)."""
    samples = []
    for path in paths:
        group = path.stem.rpartition(".")[2]
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        samples += [Sample(row["text"], row["intent"], row.get("language", group)) for row in rows if "intent" in row]
    return samples


def draw(path: Path, per_class: int, seed: int) -> tuple[list[Sample], list[Sample]]:
    """A CSV with `text` and `category`: so many sentences of each category, drawn by seed, and all the others."""
    by_class: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_class[row["category"]].append(" ".join(row["text"].split()))
    chance = random.Random(seed)
    drawn, others = [], []
    for category, texts in sorted(by_class.items()):
        chance.shuffle(texts)
        drawn += [Sample(text, category, path.stem) for text in texts[:per_class]]
        others += [Sample(text, category, path.stem) for text in texts[per_class:]]
    taught = {sample.text for sample in drawn}
    return drawn, [sample for sample in others if sample.text not in taught]


def measured(
    name: str,
    training: Sequence[Sample],
    asked: Sequence[Sample],
    heard: Sequence[tuple[str, float]],
    made: tuple[float, float],
) -> Result:
    """Figures of one pipeline: `heard` is (intent, milliseconds) for each of `asked`; `made` is (MB, training seconds)."""
    right: dict[str, list[bool]] = defaultdict(list)
    for sample, (intent, _) in zip(asked, heard, strict=True):
        right[sample.group].append(sample.intent == intent)
    times = np.array([milliseconds for _, milliseconds in heard])
    return Result(
        name, len(training), {group: round(float(np.mean(hits)), 4) for group, hits in right.items()},
        round(float(np.median(times)), 2), round(float(np.quantile(times, 0.95)), 2),
        round(made[0], 1), round(made[1], 1),
    )  # fmt: skip
