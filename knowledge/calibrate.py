"""How sure a score is: `python -m knowledge.calibrate` fits it on the article files and writes model/calibration.json.

Three kinds of question: phrasings held out of the index (hard: those of one article are written to differ), the
development questions of tests/language/faq.jsonl (as customers ask), and phrasings whose topic is taken out whole
(what a question looks like that no article answers). The blind evaluation sets are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.language import LOCALES
from core.settings import PROJECT_ROOT
from knowledge.articles import read_articles
from knowledge.embedded import MODEL_FILE, EmbeddedEncoder
from knowledge.encoder import Encoder
from knowledge.faq import (
    Calibration,
    Curve,
    LocaleIndex,
    Published,
    entries,
    fit_ridge,
    lead_over_others,
    topic_scores,
)

Floats = NDArray[np.float32]
CALIBRATION_FILE = MODEL_FILE.with_name("calibration.json")
QUESTIONS = PROJECT_ROOT / "tests/language/faq.jsonl"
FOLDS = 10
# Of the questions that have an article, the share taken to be as hard as held-out phrasings.
HARD_SHARE = 0.1
# What unanswerable questions count, all together, beside those with an article: the intent classifier keeps most away.
UNANSWERABLE_WEIGHT = 0.2
# What a customer gains by the turn: an answer, right or wrong; three topics to choose from, with the right one or
# without it; "I do not know", where an article would have answered.
RIGHT, WRONG, ASKED_WELL, ASKED_IN_VAIN, NOT_SERVED = 1.0, -1.0, 0.4, -0.3, -0.2
_CANDIDATES = 3


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The shipped calibration, for the embedded model."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    curves = {locale: Curve(**values) for locale, values in stored["curves"].items()}
    return Calibration(curves, stored["answer_from"], stored["ask_from"])


def read_questions(path: Path = QUESTIONS) -> list[dict[str, str]]:
    """The development questions (text, topic, language); none where the project runs without its tests."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def calibrate(articles: Sequence[Published], encoder: Encoder, asked: Sequence[dict[str, str]] = ()) -> Calibration:
    """Fit a curve per language, and thresholds for both together, on the articles' phrasings and the questions `asked`."""
    curves: dict[str, Curve] = {}
    cases: list[_Case] = []
    chances: list[float] = []
    for locale in LOCALES:
        group = [article for article in articles if article.locale == locale]
        texts = [text for article in group for text in entries(article)]
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        index = LocaleIndex(group, locale, vectors, encoder.dim)
        own = [question for question in asked if question["language"] == locale]
        found = _weighed(held_out(index), list(_asked(index, encoder, own)), list(without_topic(index)))
        curve = curves[locale] = _fit(found)
        chances += [float(curve.chance(case.features[:1, 1], case.features[:1, 2])[0]) for case in found]
        cases += found
    grid = [step / 100 for step in range(5, 96)]
    pairs = [(answer, ask) for answer in grid for ask in grid if ask <= answer]
    return Calibration(curves, *pairs[int(np.argmax(_gains(cases, np.array(chances), np.array(pairs))))])


def held_out(index: LocaleIndex) -> list[_Case]:
    """Each entry as a question to the index without it and a tenth of the others."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(index.texts))
    similarities = index.similarities()
    return [
        _Case(scores, int(index.owner[row]))
        for number in range(FOLDS)
        for row, scores in _score_without(index, similarities, fold != number)
    ]


def without_topic(index: LocaleIndex) -> Iterator[_Case]:
    """Each entry as a question to the index without its topic and a tenth of the others."""
    similarities = index.similarities()
    for number in range(FOLDS):
        gone = np.arange(number, len(index.topics), FOLDS)
        for _, scores in _score_without(index, similarities, ~np.isin(index.owner, gone)):
            yield _Case(np.delete(scores, gone), -1)


def _asked(index: LocaleIndex, encoder: Encoder, questions: Sequence[dict[str, str]]) -> Iterator[_Case]:
    for question in questions:
        if question["topic"] in index.topics:
            scores = index.scores(question["text"], encoder.encode([question["text"]])[0])
            yield _Case(scores, index.topics.index(question["topic"]))


def _weighed(hard: list[_Case], asked: list[_Case], unanswerable: list[_Case]) -> list[_Case]:
    share = HARD_SHARE if asked else 1.0
    for cases, total in ((hard, share), (asked, 1 - share), (unanswerable, UNANSWERABLE_WEIGHT)):
        for case in cases:
            case.weight = total * 1000 / len(cases)
    return [*hard, *asked, *unanswerable]


def _score_without(index: LocaleIndex, similarities: Floats, kept: NDArray[np.bool_]) -> Iterator[tuple[int, Floats]]:
    owner = index.owner[kept]
    ridge = fit_ridge(similarities[np.ix_(kept, kept)], owner, len(index.topics))
    rows = np.flatnonzero(~kept)
    return zip(rows.tolist(), topic_scores(similarities[np.ix_(~kept, kept)], owner, ridge), strict=True)


def _fit(cases: list[_Case]) -> Curve:
    x = np.concatenate([case.features for case in cases]).astype(np.float64)
    y = np.concatenate([case.order == case.right for case in cases]).astype(np.float64)
    w = np.concatenate([np.full(len(case.order), case.weight) for case in cases])
    return Curve(*(round(float(value), 4) for value in _logistic(x, y, w)))


class _Case:
    """One held-out question: the features of its first candidates, best first."""

    def __init__(self, scores: Floats, right: int) -> None:
        leads = lead_over_others(scores)
        self.order = np.argsort(-scores)[:_CANDIDATES]
        self.features: Floats = np.ones((len(self.order), 3), np.float32)
        self.features[:, 1], self.features[:, 2] = scores[self.order], leads[self.order]
        self.right, self.weight = right, 1.0


def _gains(cases: list[_Case], chances: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each pair of thresholds (answer, ask) [pairs, 2] gains over all cases: float64 [pairs]."""
    weight = np.array([case.weight for case in cases])
    answered = np.array([RIGHT if case.order[0] == case.right else WRONG for case in cases]) * weight
    asked = np.array([ASKED_WELL if case.right in case.order else ASKED_IN_VAIN for case in cases]) * weight
    left = np.array([0.0 if case.right < 0 else NOT_SERVED for case in cases]) * weight
    answers, asks = chances >= pairs[:, :1], chances >= pairs[:, 1:]
    return np.asarray(np.where(answers, answered, np.where(asks, asked, left)).sum(axis=1))


def _logistic(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    coefficients = np.zeros(x.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ coefficients))
        gradient = x.T @ (w * (y - chance)) - 1e-3 * coefficients
        curvature = (x.T * (w * chance * (1 - chance))) @ x + 1e-3 * np.eye(x.shape[1])
        coefficients = coefficients + np.linalg.solve(curvature, gradient)
    return coefficients


def main() -> None:
    """Write the calibration file of the embedded model."""
    text = json.dumps(asdict(calibrate(read_articles(), EmbeddedEncoder(), read_questions())), indent=2)
    CALIBRATION_FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
