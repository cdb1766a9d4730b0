"""How sure a score is: `python -m knowledge.calibrate` fits it on the article files and writes model/calibration.json.

Four kinds of question: the development questions of tests/language (as customers ask), phrasings held out of the index
(harder: those of one article are written to differ), phrasings whose topic is taken out whole (what a question looks
like that no article answers), and the classifier's examples of what is none of the shop's business. The blind
evaluation sets are not read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import yaml
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
    both_scores,
    fit_ridge,
    kernel,
    lead_over_others,
)

Floats = NDArray[np.float32]
CALIBRATION_FILE = MODEL_FILE.with_name("calibration.json")
QUESTIONS = [PROJECT_ROOT / f"tests/language/{name}.jsonl" for name in ("faq", "dev-faq.ko", "dev-faq.en")]
STRANGERS = PROJECT_ROOT / "data" / "nlu"
FOLDS = 5
# Of the questions that have an article, the share taken to be as hard as held-out phrasings.
HARD_SHARE = 0.04
# What questions without an article, and strangers, count all together beside those with one: the intent classifier
# keeps most of them away.
UNANSWERABLE_WEIGHT = 0.04
STRANGE_WEIGHT = 0.12
_GATE_RIDGE = 3.0
# What a customer gains by the turn: an answer, right or wrong; three topics to choose from, with the right one or
# without it; "I do not know", where an article would have answered.
RIGHT, WRONG, ASKED_WELL, ASKED_IN_VAIN, NOT_SERVED = 1.0, -1.5, 0.4, -0.3, -0.2
_CANDIDATES = 3


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The shipped calibration, for the embedded model."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    curves = {locale: Curve(**values) for locale, values in stored["curves"].items()}
    return Calibration(curves, stored["answer_from"], stored["ask_from"])


def read_questions(paths: Sequence[Path] = tuple(QUESTIONS)) -> list[dict[str, str]]:
    """The development questions (text, topic, language); none where the project runs without its tests."""
    return [
        {"language": path.stem[-2:], **json.loads(line)}
        for path in paths
        if path.exists()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def read_strangers(folder: Path = STRANGERS) -> dict[str, list[str]]:
    """Per language, the intent classifier's out-of-scope examples; none where the project runs without them."""
    found: dict[str, list[str]] = {}
    for locale in LOCALES:
        path = folder / locale / "out_of_scope.yml"
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"] if path.exists() else []
        found[locale] = [line[2:].strip() for block in blocks for line in block["examples"].splitlines() if line[2:]]
    return found


def calibrate(
    articles: Sequence[Published],
    encoder: Encoder,
    asked: Sequence[dict[str, str]] = (),
    strangers: Mapping[str, Sequence[str]] | None = None,
) -> Calibration:
    """Fit a curve per language, and thresholds for both together, on the articles' phrasings and the questions `asked`.

    `strangers` are, per language, sentences that are no question for the shop.
    """
    curves: dict[str, Curve] = {}
    cases: list[_Case] = []
    chances: list[float] = []
    indexes: dict[str, LocaleIndex] = {
        locale: LocaleIndex([article for article in articles if article.locale == locale], locale, encoder)
        for locale in LOCALES
    }
    for locale in LOCALES:
        own = [question for question in asked if question["language"] == locale]
        found, gate = _cases(indexes, locale, own, (strangers or {}).get(locale, ()))
        coefficients = _fit(found)
        bias, by_score, by_lead, by_length, by_gate = coefficients
        curves[locale] = Curve(bias, by_score, by_lead, by_length, by_gate, gate)
        chances += [float(1 / (1 + np.exp(-case.features[0] @ coefficients))) for case in found]
        cases += found
    grid = [step / 100 for step in range(5, 96)]
    pairs = [(answer, ask) for answer in grid for ask in grid if ask <= answer]
    return Calibration(curves, *pairs[int(np.argmax(_gains(cases, np.array(chances), np.array(pairs))))])


def _cases(
    indexes: Mapping[str, LocaleIndex], locale: str, asked: Sequence[dict[str, str]], strangers: Sequence[str]
) -> tuple[list[_Case], list[float]]:
    """All cases of a language, weighed, and the gate."""
    index = indexes[locale]
    strange = [index.hear(text) for text in strangers]
    inside, outside = index.vectors, np.array([heard.vector for heard in strange]).reshape(-1, index.vectors.shape[1])
    own_gate, strange_gate = _gates_held_out(inside, outside)
    gate = _fit_gate(inside, outside)
    rows = [*_asked(indexes, locale, asked, gate)]
    strange_cases = [
        _Case(both_scores(indexes, locale, heard), -1, len(heard.text), belongs)
        for heard, belongs in zip(strange, strange_gate, strict=True)
    ]
    hard, unanswerable = held_out(index, own_gate), list(without_topic(index, own_gate))
    return _weighed(hard, rows, unanswerable, strange_cases), [round(float(value), 3) for value in gate]


def held_out(index: LocaleIndex, belongs: NDArray[np.float64] | None = None) -> list[_Case]:
    """Each entry, whose gate is `belongs` [entries], as a question to the index without it and a share of the others."""
    gates = np.zeros(len(index.texts)) if belongs is None else belongs
    fold = np.random.default_rng(0).integers(0, FOLDS, len(index.texts))
    similarities = index.similarities()
    return [
        _Case(scores, int(index.owner[row]), len(index.texts[row]), gates[row])
        for number in range(FOLDS)
        for row, scores in _score_without(index, similarities, fold != number)
    ]


def without_topic(index: LocaleIndex, belongs: NDArray[np.float64]) -> Iterator[_Case]:
    """Each entry as a question to the index without its topic and a share of the others."""
    similarities = index.similarities()
    for number in range(FOLDS):
        gone = np.arange(number, len(index.topics), FOLDS)
        for row, scores in _score_without(index, similarities, ~np.isin(index.owner, gone)):
            yield _Case(np.delete(scores, gone), -1, len(index.texts[row]), belongs[row])


def _asked(
    indexes: Mapping[str, LocaleIndex], locale: str, questions: Sequence[dict[str, str]], gate: NDArray[np.float64]
) -> Iterator[_Case]:
    index = indexes[locale]
    for question in questions:
        if question["topic"] in index.topics:
            heard = index.hear(question["text"])
            belongs = float(gate[0] + gate[1:] @ heard.vector)
            scores = both_scores(indexes, locale, heard)
            yield _Case(scores, index.topics.index(question["topic"]), len(heard.text), belongs)


def _weighed(hard: list[_Case], asked: list[_Case], unanswerable: list[_Case], strange: list[_Case]) -> list[_Case]:
    share = HARD_SHARE if asked else 1.0
    shares = (share, 1 - share, UNANSWERABLE_WEIGHT, STRANGE_WEIGHT)
    groups = (hard, asked, unanswerable, strange)
    for cases, total in zip(groups, shares, strict=True):
        for case in cases:
            case.weight = total * 1000 / len(cases)
    return [case for cases in groups for case in cases]


def _gates_held_out(inside: Floats, outside: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What gates fitted without them give for vectors of articles [n, dim] and of strangers [m, dim]: [n] and [m]."""
    own, strange = np.zeros(len(inside)), np.zeros(len(outside))
    for number in range(FOLDS):
        mine, theirs = np.arange(len(inside)) % FOLDS == number, np.arange(len(outside)) % FOLDS == number
        gate = _fit_gate(inside[~mine], outside[~theirs])
        own[mine], strange[theirs] = gate[0] + inside[mine] @ gate[1:], gate[0] + outside[theirs] @ gate[1:]
    return own, strange


def _fit_gate(inside: Floats, outside: Floats) -> NDArray[np.float64]:
    """A logistic regression of belonging to the shop on vectors: [1 + dim], zeros without strangers."""
    x = np.concatenate([inside, outside]).astype(np.float64)
    if not len(outside) or not len(inside):
        return np.zeros(1 + x.shape[1])
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    y = np.concatenate([np.ones(len(inside)), np.zeros(len(outside))])
    # Both kinds weigh the same, however many there are of each.
    w = np.where(y > 0, 1.0, len(inside) / len(outside))
    return _logistic(x, y, w, _GATE_RIDGE, 12)


def _score_without(index: LocaleIndex, similarities: Floats, kept: NDArray[np.bool_]) -> Iterator[tuple[int, Floats]]:
    owner = index.owner[kept]
    ridge = fit_ridge(similarities[np.ix_(kept, kept)], owner, len(index.topics))
    rows = np.flatnonzero(~kept)
    return zip(rows.tolist(), kernel(similarities[np.ix_(~kept, kept)]) @ ridge, strict=True)


def _fit(cases: list[_Case]) -> list[float]:
    x = np.concatenate([case.features for case in cases])
    y = np.concatenate([case.order == case.right for case in cases]).astype(np.float64)
    w = np.concatenate([np.full(len(case.order), case.weight) for case in cases])
    return [round(float(value), 4) for value in _logistic(x, y, w)]


class _Case:
    """One question: the features of its first candidates, best first."""

    def __init__(self, scores: Floats, right: int, length: int, belongs: float) -> None:
        leads = lead_over_others(scores)
        self.order = np.argsort(-scores)[:_CANDIDATES]
        count = len(self.order)
        columns = (np.ones(count), scores[self.order], leads[self.order])
        constant = (np.full(count, math.log(1 + length)), np.full(count, belongs))
        self.features: NDArray[np.float64] = np.stack([*columns, *constant], axis=1).astype(np.float64)
        self.right, self.weight = right, 1.0


def _gains(cases: list[_Case], chances: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each pair of thresholds (answer, ask) [pairs, 2] gains over all cases: float64 [pairs]."""
    weight = np.array([case.weight for case in cases])
    answered = np.array([RIGHT if case.order[0] == case.right else WRONG for case in cases]) * weight
    asked = np.array([ASKED_WELL if case.right in case.order else ASKED_IN_VAIN for case in cases]) * weight
    left = np.array([0.0 if case.right < 0 else NOT_SERVED for case in cases]) * weight
    answers, asks = chances >= pairs[:, :1], chances >= pairs[:, 1:]
    return np.asarray(np.where(answers, answered, np.where(asks, asked, left)).sum(axis=1))


def _logistic(
    x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], ridge: float = 1e-3, steps: int = 50
) -> NDArray[np.float64]:
    coefficients = np.zeros(x.shape[1])
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-x @ coefficients))
        gradient = x.T @ (w * (y - chance)) - ridge * coefficients
        curvature = (x.T * (w * chance * (1 - chance))) @ x + ridge * np.eye(x.shape[1])
        coefficients = coefficients + np.linalg.solve(curvature, gradient)
    return coefficients


def main() -> None:
    """Write the calibration file of the embedded model."""
    fitted = calibrate(read_articles(), EmbeddedEncoder(), read_questions(), read_strangers())
    CALIBRATION_FILE.write_text(json.dumps(asdict(fitted)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
