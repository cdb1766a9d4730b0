"""Ten sentences a class, and the rest to be understood: the project's pipeline beside Rasa's stock one, same split, same run.

RASA_MAX_CACHE_SIZE=0 .venv-bot/bin/python -m bot.ablation.fewshot CSV [--per-class 10] [--seed 0] [--epochs 100]

CSV has the columns `text` and `category`. Each pipeline's figures are one JSON line on stdout; Rasa talks on stderr.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.ablation.pipelines import measure, project, stock_diet, stock_logistic
from bot.ablation.samples import draw, results_alone


def main() -> None:
    """Draw, then train and ask one pipeline after the other."""
    parser = argparse.ArgumentParser(prog="python -m bot.ablation.fewshot")
    parser.add_argument("file", type=Path)
    parser.add_argument("--per-class", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    asked = parser.parse_args()
    taught, others = draw(asked.file, asked.per_class, asked.seed)
    pipelines = {
        "the project's": project(),
        "stock logistic regression": stock_logistic(),
        f"stock DIET, {asked.epochs} epochs": stock_diet(asked.epochs),
    }
    with results_alone() as output:
        for name, pipeline in pipelines.items():
            measure(name, pipeline, taught, others).write(output)


if __name__ == "__main__":
    main()
