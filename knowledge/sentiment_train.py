"""Train the sentiment model: `python -m knowledge.sentiment_train FILE... [--out FILE] [--seed 7]` (two minutes).

FILE: `label<TAB>text` a line in .tsv or .tsv.gz, the label being positive, negative, mixed or neutral, or a rating from 1
to 10; or a Rasa file of `complain` sentences (.yml), which are negative. A tenth of the rated texts is held out and
measured. Korean: character n-grams weighted by how they lean (after Wang and Manning, 2012). English: words, pairs and
pieces, and the embedded model's word vectors, whose part is written out into a leaning for each of its words.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]

from knowledge.embedded import load_tables
from knowledge.sentiment import MODEL_FILE, SentimentModel, Weights
from knowledge.sentiment_features import (
    EN_BUCKETS,
    KO_BUCKETS,
    WORD_BUCKETS,
    english_features,
    is_korean,
    korean_pieces,
    word_bucket,
)

Floats = NDArray[np.float32]
_TARGETS = {"positive": 1.0, "negative": 0.0, "mixed": 0.5, "neutral": 0.5}
_MARKED = re.compile(r"\[([^\]]+)\]\([^)]+\)")
# A sentence of the shop counts as much as so many rated texts of another trade.
OWN_WEIGHT = 12.0
# How far weights may go: the larger, the farther.
KO_LOOSE, EN_LOOSE = 10.0, 1.0
# What a bucket may say that leans to neither side by itself.
LEAST_LEANING = 0.3
# Word vectors beside n-grams.
VECTOR_SHARE = 1.0
_ROUNDS = 60
_HELD_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """A text, how good it is (0 to 1), how much it counts, and whether it may be held out."""

    text: str
    target: float
    weight: float = 1.0
    rated: bool = False


def read_examples(path: Path) -> list[Example]:
    """The examples of one file; those without a text are left out. Raises ValueError naming the line that is none."""
    if path.suffix == ".yml":
        return list(_read_sentences(path))
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = data.decode().rstrip("\n").split("\n")
    found = [_read_line(path, number, line) for number, line in enumerate(lines, 1)]
    return [example for example in found if example.text.strip()]


def _read_line(path: Path, number: int, line: str) -> Example:
    label, _, text = line.rstrip("\n").partition("\t")
    if label in _TARGETS:
        return Example(text, _TARGETS[label], OWN_WEIGHT)
    if label.isdigit() and 1 <= int(label) <= 10:
        return Example(text, float(int(label) > 5), rated=True)
    raise ValueError(f"{path.name}, line {number}: neither a label nor a rating")


def _read_sentences(path: Path) -> Iterable[Example]:
    for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        if block.get("intent") == "complain":
            for line in block["examples"].splitlines():
                yield Example(_MARKED.sub(r"\1", line.removeprefix("- ")), 0.0, OWN_WEIGHT)


def fit(matrix: csr_matrix, examples: Sequence[Example], loose: float) -> Floats:
    """Logistic regression with a ridge: the weights of the columns and, last, the bias."""
    target = np.array([example.target for example in examples], np.float32)
    weight = np.array([example.weight for example in examples], np.float32)
    across = matrix.T.tocsr()

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        columns, bias = values[:-1].astype(np.float32), float(values[-1])
        margin = np.clip(matrix @ columns + bias, -60, 60)
        wrong = weight * (1 / (1 + np.exp(-margin)) - target)
        total = float((weight * (np.logaddexp(0, margin) - target * margin)).sum() + columns @ columns / (2 * loose))
        slope = np.append(across @ wrong + columns / loose, wrong.sum())
        return total, slope.astype(np.float64)

    start = np.zeros(matrix.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    return np.asarray(found.x, np.float32)


def bucket_matrix(rows: Iterable[Sequence[int]], size: int) -> csr_matrix:
    """One row a text: 1 / sqrt(n) in each of its n buckets."""
    ends, columns, values = [0], list[int](), list[float]()
    for row in rows:
        columns.extend(row)
        values.extend([1 / sqrt(max(len(row), 1))] * len(row))
        ends.append(len(columns))
    return csr_matrix((np.array(values, np.float32), columns, ends), shape=(len(ends) - 1, size))


def _quantise(values: Floats) -> tuple[Weights, float]:
    # The few largest weights are cut off, so that the many small ones keep their differences.
    step = float(np.quantile(np.abs(values[values != 0]), 0.9995)) / 127 if values.any() else 1.0
    return np.clip(np.rint(values / step), -127, 127).astype(np.int8), step


def _leanings(counts: csr_matrix, examples: Sequence[Example]) -> Floats:
    """How strongly each bucket leans to either side: the absolute log ratio of its shares in good and bad texts."""
    weight = np.array([example.weight for example in examples], np.float32)
    target = np.array([example.target for example in examples], np.float32)
    there = counts.copy()
    there.data[:] = 1
    good, bad = there.T @ (weight * target) + 1, there.T @ (weight * (1 - target)) + 1
    leaning = np.abs(np.log(good / good.sum()) - np.log(bad / bad.sum()))
    # What stands in a single rated text says nothing about others.
    return np.where(good + bad > 3.5, leaning + LEAST_LEANING, 0).astype(np.float32)


def train_korean(examples: Sequence[Example]) -> tuple[Weights, float, float]:
    """Weights by bucket, their step, and the bias."""
    rows = bucket_matrix((korean_pieces(example.text) for example in examples), KO_BUCKETS)
    leaning = _leanings(rows, examples)
    kept = np.flatnonzero(leaning)
    matrix = rows[:, kept].multiply(leaning[kept]).tocsr()
    values = fit(matrix, examples, KO_LOOSE)
    table = np.zeros(KO_BUCKETS, np.float32)
    table[kept] = values[:-1] * leaning[kept]
    return (*_quantise(table), float(values[-1]))


def _word_vectors() -> dict[str, Floats]:
    """The embedded model's English words, each vector weighted as in a sentence."""
    table = load_tables().en
    vectors = table.rows.astype(np.float32) * (table.scale * table.weight)[:, None]
    return {key: vectors[row] for row, key in enumerate(table.keys) if not key.startswith("##")}


def train_english(examples: Sequence[Example]) -> tuple[Weights, float, Weights, float, float]:
    """Weights of n-grams with their step, leanings of words with theirs, and the bias."""
    known = _word_vectors()
    nothing = np.zeros_like(next(iter(known.values())))
    found = [english_features(example.text) for example in examples]
    means = np.stack([
        sum((sign * known.get(word, nothing) for word, sign in each.words), nothing) / sqrt(max(len(each.words), 1))
        for each in found
    ])  # fmt: skip
    rows = bucket_matrix((each.pieces for each in found), EN_BUCKETS)
    kept = np.unique(rows.indices)
    matrix = hstack([rows[:, kept], csr_matrix(means * VECTOR_SHARE)]).tocsr()
    values = fit(matrix, examples, EN_LOOSE)
    pieces = np.zeros(EN_BUCKETS, np.float32)
    pieces[kept] = values[: len(kept)]
    direction = values[len(kept) : -1] * VECTOR_SHARE
    words = np.zeros(WORD_BUCKETS, np.float32)
    for word, vector in known.items():
        words[word_bucket(word)] += float(vector @ direction)
    return (*_quantise(pieces), *_quantise(words), float(values[-1]))


def balance(examples: Sequence[Example]) -> list[Example]:
    """The examples with good and bad ones of the shop counting the same together."""
    good = sum(example.target for example in examples if not example.rated)
    bad = sum(1 - example.target for example in examples if not example.rated)
    if not good or not bad:
        return list(examples)
    half = (good + bad) / 2
    return [
        example if example.rated
        else replace(example, weight=example.weight * half * (example.target / good + (1 - example.target) / bad))
        for example in examples
    ]  # fmt: skip


def train(examples: Sequence[Example]) -> SentimentModel:
    """A model of both languages."""
    korean = balance([example for example in examples if is_korean(example.text)])
    english = balance([example for example in examples if not is_korean(example.text) and not example.rated])
    ko, ko_step, ko_bias = train_korean(korean)
    en, en_step, words, word_step, en_bias = train_english(english)
    return SentimentModel(
        {"ko": ko, "en": en, "words": words}, {"ko": ko_step, "en": en_step, "words": word_step},
        {"ko": ko_bias, "en": en_bias},
    )  # fmt: skip


def train_files(files: Sequence[Path], out: Path, seed: int = 7) -> None:
    """Read, split, train, measure, write. Raises ValueError naming a line that is no example."""
    console = Console(stderr=True)
    examples = [example for path in files for example in read_examples(path)]
    rated = [place for place, example in enumerate(examples) if example.rated]
    held = set(np.random.default_rng(seed).permutation(rated)[: int(len(rated) * _HELD_OUT)].tolist())
    taught = [example for place, example in enumerate(examples) if place not in held]
    with console.status(f"training on {len(taught):,} texts"):
        model = train(taught)
    if held:
        right = [(model.margin(examples[place].text) > 0) == (examples[place].target > 0.5) for place in held]
        console.print(f"{len(held):,} rated texts held out: accuracy {np.mean(right):.4f}")
    model.save(out)
    console.print(f"{out.name}: {out.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Train on the files that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.sentiment_train")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    train_files(asked.files, asked.out, asked.seed)


if __name__ == "__main__":
    main()
