"""How sure a score is: `python -m knowledge.calibrate` fits it on the article files and writes model/calibration.json.

Held-out phrasings say how often the right topic comes first; questions whose topic is taken out whole say what a
question looks like that no article answers. The evaluation sets are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.language import LOCALES
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
FOLDS = 10
# What an unanswerable question counts beside a held-out one.
UNANSWERABLE_WEIGHT = 0.3
# What a customer gains by the turn: an answer, right or wrong; three topics to choose from, with the right one or
# without it; "I do not know", where an article would have answered.
RIGHT, WRONG, ASKED_WELL, ASKED_IN_VAIN, NOT_SERVED = 1.0, -0.5, 0.4, -0.3, -0.2
_CANDIDATES = 3


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The shipped calibration, for the embedded model."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    curves = {locale: Curve(**values) for locale, values in stored["curves"].items()}
    return Calibration(curves, stored["answer_from"], stored["ask_from"])


def calibrate(articles: Sequence[Published], encoder: Encoder) -> Calibration:
    """Fit a curve per language, and thresholds for both together, on the articles' own phrasings."""
    curves: dict[str, Curve] = {}
    cases: list[_Case] = []
    chances: list[float] = []
    for locale in LOCALES:
        group = [article for article in articles if article.locale == locale]
        texts = [text for article in group for text in entries(article)]
        vectors = dict(zip(texts, encoder.encode(texts), strict=True))
        found = [_Case(*case) for case in held_out(LocaleIndex(group, locale, vectors, encoder.dim))]
        curve = curves[locale] = _fit(found)
        chances += [float(curve.chance(case.features[:1, 1], case.features[:1, 2])[0]) for case in found]
        cases += found
    grid = [step / 100 for step in range(5, 96)]
    pairs = [(answer, ask) for answer in grid for ask in grid if ask <= answer]
    return Calibration(curves, *pairs[int(np.argmax(_gains(cases, np.array(chances), np.array(pairs))))])


def held_out(index: LocaleIndex) -> Iterator[tuple[Floats, int, float]]:
    """Topic scores of each entry as if it were a question: (scores [topics], right topic or -1, weight)."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(index.texts))
    topics = len(index.topics)
    for number in range(FOLDS):
        kept = fold != number
        for row, scores in _score_without(index, kept, np.flatnonzero(~kept)):
            yield scores, int(index.owner[row]), 1.0
    for number in range(FOLDS):
        gone = np.arange(number, topics, FOLDS)
        kept = ~np.isin(index.owner, gone)
        for _, scores in _score_without(index, kept, np.flatnonzero(~kept)):
            yield np.delete(scores, gone), -1, UNANSWERABLE_WEIGHT


def _score_without(
    index: LocaleIndex, kept: NDArray[np.bool_], rows: NDArray[np.int64]
) -> Iterator[tuple[int, Floats]]:
    owner = index.owner[kept]
    ridge = fit_ridge(index.kernel[np.ix_(kept, kept)], owner, len(index.topics))
    for row in rows:
        yield int(row), topic_scores(index.kernel[row][kept], owner, ridge)


def _fit(cases: list[_Case]) -> Curve:
    x = np.concatenate([case.features for case in cases]).astype(np.float64)
    y = np.concatenate([case.order == case.right for case in cases]).astype(np.float64)
    w = np.concatenate([np.full(len(case.order), case.weight) for case in cases])
    return Curve(*(round(float(value), 4) for value in _logistic(x, y, w)))


class _Case:
    """One held-out question: the features of its first candidates, best first."""

    def __init__(self, scores: Floats, right: int, weight: float) -> None:
        leads = lead_over_others(scores)
        self.order = np.argsort(-scores)[:_CANDIDATES]
        self.features: Floats = np.ones((len(self.order), 3), np.float32)
        self.features[:, 1], self.features[:, 2] = scores[self.order], leads[self.order]
        self.right, self.weight = right, weight


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
    text = json.dumps(asdict(calibrate(read_articles(), EmbeddedEncoder())), indent=2)
    CALIBRATION_FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
