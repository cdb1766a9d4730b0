"""How well questions find their article: `python -m knowledge.compare [questions.jsonl ...]`.

Prints, per language and kind of question, the share whose topic comes first (R@1) and among the first three (R@3) by
characters alone, by the embedding alone, and as the index mixes them; what the thresholds make of them; how far the
chances are from what came true; and what it costs. Without files: the development questions of
tests/language/dev-faq.{ko,en}.jsonl.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from core.language import LOCALES
from core.settings import load_settings
from knowledge.articles import ArticleFile, read_articles
from knowledge.calibrate import calibrate, load_calibration, read_strangers
from knowledge.calibrate import read_questions as read_development
from knowledge.embedded import MODEL_FILE
from knowledge.encoder import EMBEDDED, Encoder, load_encoder
from knowledge.faq import FaqIndex, Floats, entries
from knowledge.lexical import LexicalIndex

QUESTIONS = [Path(f"tests/language/dev-faq.{locale}.jsonl") for locale in LOCALES]
_BINS = 10
Ranker = Callable[[str], list[str]]


def by_best_entry(articles: list[ArticleFile], similarity: Callable[[str], Floats]) -> Ranker:
    """Topics in the order of their most similar entry."""
    owner = np.array([number for number, article in enumerate(articles) for _ in entries(article)])

    def rank(text: str) -> list[str]:
        best = np.full(len(articles), -1.0, np.float32)
        np.maximum.at(best, owner, similarity(text))
        return [articles[number].topic for number in np.argsort(-best)]

    return rank


def recall(rank: Ranker, questions: list[dict[str, str]], k: int) -> float:
    """The share of questions whose topic is among the first `k`, in percent."""
    hits = [question["topic"] in rank(question["text"])[:k] for question in questions]
    return 100 * sum(hits) / max(len(hits), 1)


def _rankers(articles: list[ArticleFile], encoder: Encoder, index: FaqIndex, locale: str) -> dict[str, Ranker]:
    texts = [text for article in articles for text in entries(article)]
    vectors = encoder.encode(texts)
    lexical = LexicalIndex(texts, locale)
    return {
        "character TF-IDF": by_best_entry(articles, lexical.similarity),
        "embedding": by_best_entry(articles, lambda text: vectors @ encoder.encode([text])[0]),
        "index": lambda text: [candidate.topic for candidate in index.rank(text, locale, 3)],
    }


def _verdicts(index: FaqIndex, questions: list[dict[str, str]], locale: str) -> str:
    seen: Counter[str] = Counter()
    chances, right = [], []
    for question in questions:
        candidates = index.rank(question["text"], locale, 3)
        verdict = index.verdict(candidates)
        chances.append(candidates[0].score)
        right.append(candidates[0].topic == question["topic"])
        if verdict == "answer":
            seen["answered right" if right[-1] else "answered wrong"] += 1
        else:
            seen["asked back" if verdict == "ask" else "not known"] += 1
    error = calibration_error(np.array(chances), np.array(right))
    shares = ", ".join(f"{name} {100 * count / len(questions):.1f} %" for name, count in sorted(seen.items()))
    return f"{shares}; expected calibration error {error:.3f}"


def calibration_error(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean distance of chance from share of right ones over ten equal ranges of chances [questions], by their sizes."""
    bins = np.minimum((chances * _BINS).astype(int), _BINS - 1)
    distances = [abs(chances[bins == at].mean() - right[bins == at].mean()) * np.sum(bins == at) for at in set(bins)]
    return float(sum(distances) / max(len(chances), 1))


def read_questions(path: Path) -> list[dict[str, str]]:
    """The labelled questions of a JSON-lines file; their language is their own or stands in the name: <name>.<locale>.jsonl."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [{"language": path.stem[-2:], "overlap": "", **json.loads(line)} for line in lines if line.strip()]


def _milliseconds(index: FaqIndex, encoder: Encoder, questions: list[dict[str, str]]) -> str:
    times = []
    for work in (lambda text: encoder.encode([text]), lambda text: index.rank(text, "ko", 3)):
        laps = []
        for question in questions:
            began = time.perf_counter()
            work(question["text"])
            laps.append(1000 * (time.perf_counter() - began))
        times.append(float(np.median(laps)))
    return f"Median {times[0]:.2f} ms to embed a question, {times[1]:.2f} ms to embed and rank it"


def main(paths: Sequence[Path] = QUESTIONS) -> None:
    """Print the table."""
    console = Console()
    encoder = load_encoder(load_settings())
    articles = read_articles()
    shipped = encoder.name == EMBEDDED
    calibration = load_calibration() if shipped else calibrate(articles, encoder, read_development(), read_strangers())
    index = FaqIndex(articles, encoder, calibration)
    questions = [question for path in paths for question in read_questions(path)]
    headings = ("language", "overlap", "questions", "ranked by", "R@1", "R@3")
    table = Table(*headings, title=f"{len(index)} articles, {encoder.name}")
    verdicts = []
    for locale, overlap in sorted({(question["language"], question["overlap"]) for question in questions}):
        asked = [question for question in questions if (question["language"], question["overlap"]) == (locale, overlap)]
        group = [article for article in articles if article.locale == locale]
        for name, rank in _rankers(group, encoder, index, locale).items():
            shares = (f"{recall(rank, asked, k):.1f}" for k in (1, 3))
            table.add_row(locale, overlap, str(len(asked)), name, *shares)
        verdicts.append(f"{locale} {overlap}: {_verdicts(index, asked, locale)}")
    console.print(table)
    console.print("\n".join(verdicts))
    console.print(f"{_milliseconds(index, encoder, questions)}; model file {MODEL_FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or QUESTIONS)
