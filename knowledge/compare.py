"""How well questions find their article: `python -m knowledge.compare [faq.jsonl]`, on questions that nothing is fitted to.

Prints, per language, the share of questions whose topic comes first (R@1) and among the first three (R@3) by characters
alone, by the embedding alone, and as the index mixes them; what the thresholds make of them; and what it costs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from core.language import LOCALES
from core.settings import load_settings
from knowledge.articles import ArticleFile, read_articles
from knowledge.calibrate import calibrate, load_calibration
from knowledge.embedded import MODEL_FILE
from knowledge.encoder import EMBEDDED, Encoder, load_encoder
from knowledge.faq import FaqIndex, Floats, entries
from knowledge.lexical import LexicalIndex

QUESTIONS = Path("tests/language/faq.jsonl")
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
    for question in questions:
        candidates = index.rank(question["text"], locale, 3)
        verdict = index.verdict(candidates)
        if verdict == "answer":
            seen["answered right" if candidates[0].topic == question["topic"] else "answered wrong"] += 1
        else:
            seen["asked back" if verdict == "ask" else "not known"] += 1
    return ", ".join(f"{name} {100 * count / len(questions):.0f} %" for name, count in sorted(seen.items()))


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


def main(path: Path = QUESTIONS) -> None:
    """Print the table."""
    console = Console()
    encoder = load_encoder(load_settings())
    articles = read_articles()
    calibration = load_calibration() if encoder.name == EMBEDDED else calibrate(articles, encoder)
    index = FaqIndex(articles, encoder, calibration)
    lines = path.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    table = Table("language", "questions", "ranked by", "R@1", "R@3", title=f"{len(index)} articles, {encoder.name}")
    for locale in LOCALES:
        asked = [question for question in questions if question["language"] == locale]
        group = [article for article in articles if article.locale == locale]
        for name, rank in _rankers(group, encoder, index, locale).items():
            table.add_row(
                locale, str(len(asked)), name, f"{recall(rank, asked, 1):.1f}", f"{recall(rank, asked, 3):.1f}"
            )
    console.print(table)
    for locale in LOCALES:
        asked = [question for question in questions if question["language"] == locale]
        console.print(f"{locale}: {_verdicts(index, asked, locale)}")
    console.print(f"{_milliseconds(index, encoder, questions)}; model file {MODEL_FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
