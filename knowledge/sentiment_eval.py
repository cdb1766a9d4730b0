"""Measure the shipped sentiment model: `python -m knowledge.sentiment_eval FILE.jsonl...` (`text`, `sentiment` a line)."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from knowledge.sentiment import NEUTRAL, SentimentModel, shipped_model


@dataclass(frozen=True, slots=True)
class Measured:
    """Accuracy of the sign over what is positive or negative; shares of clear verdicts that are right, and of mixed and
    neutral texts that get none; the wrong ones with their scores; the middle time of a text in microseconds.
    """

    count: int
    accuracy: float
    undecided: float
    wrong: list[tuple[float, str]]
    microseconds: float


def measure(model: SentimentModel, rows: list[dict[str, str]]) -> Measured:
    """What the model makes of labelled texts."""
    times, clear, calm, wrong = list[float](), 0, list[bool](), list[tuple[float, str]]()
    for row in rows:
        begun = perf_counter()
        score = model.score(row["text"])
        times.append((perf_counter() - begun) * 1e6)
        if row["sentiment"] not in ("positive", "negative"):
            calm.append(abs(score) < NEUTRAL)
            continue
        clear += 1
        if (score > 0) != (row["sentiment"] == "positive"):
            wrong.append((score, row["text"]))
    return Measured(
        len(rows), 1 - len(wrong) / max(clear, 1), sum(calm) / max(len(calm), 1), wrong, median(times)
    )  # fmt: skip


def read_rows(path: Path) -> list[dict[str, str]]:
    """The lines of a labelled file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    """Print a line for each file, and below it what was taken the wrong way."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.sentiment_eval")
    parser.add_argument("files", nargs="+", type=Path)
    for path in parser.parse_args().files:
        found = measure(shipped_model(), read_rows(path))
        sys.stdout.write(
            f"{path.name}: {found.count} texts, accuracy {found.accuracy:.3f}, mixed and neutral undecided "
            f"{found.undecided:.2f}, {found.microseconds:.0f} us a text\n"
        )
        sys.stdout.writelines(f"  {score:+.2f}  {text}\n" for score, text in sorted(found.wrong))


if __name__ == "__main__":
    main()
