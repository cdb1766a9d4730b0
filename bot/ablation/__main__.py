"""One row after another of docs/ablation.md.

RASA_MAX_CACHE_SIZE=0 .venv-bot/bin/python -m bot.ablation FILE... [--only NAME ...] [--per-intent N] [--epochs N]

FILE: JSON lines with `text` and `intent`, whose language is in their name (dev.ko.jsonl). Trained on data/nlu, or on so many
sentences of each intent and language, drawn by seed: DIET takes hours on all of them. Each row is a JSON line on stdout.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bot.ablation import linear, pipelines
from bot.ablation.samples import Result, Sample, read_labelled, results_alone
from bot.crosscheck import read_examples
from bot.intent_classifier import PROJECT_ROOT

# Intents that only buttons have are not understood from text (config.yml).
_BUTTON_ONLY = frozenset({"withdraw_handover", "choose"})
Row = Callable[[list[Sample], list[Sample]], Result]


def read_training(per_intent: int | None, seed: int) -> list[Sample]:
    """The sentences of data/nlu, or `per_intent` of each intent and language."""
    groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for text, intent, language in zip(*read_examples(PROJECT_ROOT / "data" / "nlu"), strict=True):
        if intent not in _BUTTON_ONLY:
            groups[intent, language].append(Sample(text, intent, language))
    chance = random.Random(seed)
    drawn = [chance.sample(group, min(per_intent or len(group), len(group))) for _, group in sorted(groups.items())]
    return [sample for group in drawn for sample in group]


def rows(epochs: int) -> dict[str, Row]:
    """Every row by its name."""
    found: dict[str, Row] = {name: partial(linear.measure, name, each) for name, each in linear.VARIANTS.items()}
    whole = {
        "the project's in Rasa": pipelines.project(),
        "stock logistic regression": pipelines.stock_logistic(),
        f"stock DIET, {epochs} epochs": pipelines.stock_diet(epochs),
        f"DIET over Kiwi and word vectors, {epochs} epochs": pipelines.kiwi_diet(epochs),
    }
    return {**found, **{name: partial(pipelines.measure, name, each) for name, each in whole.items()}}


def main() -> None:
    """Train and ask each row."""
    parser = argparse.ArgumentParser(prog="python -m bot.ablation")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--only", action="append", help="rows whose name begins so")
    parser.add_argument("--per-intent", type=int)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    asked, training = read_labelled(given.files), read_training(given.per_intent, given.seed)
    with results_alone() as output:
        for name, measure in rows(given.epochs).items():
            if not given.only or name.startswith(tuple(given.only)):
                measure(training, asked).write(output)


if __name__ == "__main__":
    main()
