"""Which article answers a question: an index over the published articles, rebuilt at each publication.

Every phrasing, title and opening sentence of an article is an entry. A question is compared with all entries by meaning
(embedding) and by letters (character n-grams); a topic's score mixes its best entry with a kernel ridge regression
over all entries, which learns at once, without a training step, which words tell the topics apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from core.language import LOCALES
from knowledge.encoder import Encoder
from knowledge.lexical import LexicalIndex

Floats = NDArray[np.float32]
Verdict = Literal["answer", "ask", "none"]

# Chosen by five-fold cross-validation over the articles' own phrasings; see docs/knowledge.md.
DENSE_SHARE = 0.6
RIDGE_SHARE = 0.5
RIDGE = 1.0
_QUOTE = re.compile(r"\{\{.*?\}\}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Published(Protocol):
    """A published article as the store gives it."""

    @property
    def topic(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def phrasings(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic that may answer; `score` is the chance, 0 to 1, that it does. `locale` is its article's language."""

    topic: str
    score: float
    title: str
    locale: str


@dataclass(frozen=True, slots=True)
class Curve:
    """From a topic's raw score, and its lead over the best other topic, to the chance that it is the right one."""

    bias: float
    by_score: float
    by_lead: float

    def chance(self, score: Floats, lead: Floats) -> Floats:
        """Chances, float32 of the arguments' shape."""
        odds = self.bias + self.by_score * score + self.by_lead * lead
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A curve per language, and from which chance on to answer at once or to ask back."""

    curves: dict[str, Curve]
    answer_from: float
    ask_from: float


def entries(article: Published) -> list[str]:
    """The texts that an article is found by: title, phrasings, the body's first sentence."""
    body = " ".join(_QUOTE.sub("", article.body).split())
    return list(
        dict.fromkeys(text for text in (article.title, *article.phrasings, _SENTENCE_END.split(body)[0]) if text)
    )


class LocaleIndex:
    """The articles of one language. Immutable."""

    def __init__(self, articles: Sequence[Published], locale: str, vectors: dict[str, Floats], dim: int) -> None:
        self.topics = [article.topic for article in articles]
        self.titles = [article.title for article in articles]
        found = [(number, text) for number, article in enumerate(articles) for text in entries(article)]
        self.owner = np.array([number for number, _ in found], np.int64)
        self.texts = [text for _, text in found]
        self.dense = np.stack([vectors[text] for text in self.texts]) if found else np.zeros((0, dim), np.float32)
        self._lexical = LexicalIndex(self.texts, locale)
        self._faiss = faiss.IndexFlatIP(dim)
        self._faiss.add(self.dense)
        self.kernel = np.zeros((len(found), len(found)), np.float32)
        for row, (text, vector) in enumerate(zip(self.texts, self.dense, strict=True)):
            self.kernel[row] = self.similarity(text, vector)
        self.ridge = fit_ridge(self.kernel, self.owner, len(self.topics))

    def similarity(self, text: str, vector: Floats) -> Floats:
        """Mixed similarity of a text, and its vector, with every entry: float32 [entries]."""
        dense = np.zeros(len(self.texts), np.float32)
        if len(self.texts):
            scores, rows = self._faiss.search(vector[None, :], len(self.texts))
            dense[rows[0]] = scores[0]
        return DENSE_SHARE * dense + (1 - DENSE_SHARE) * self._lexical.similarity(text)

    def scores(self, text: str, vector: Floats) -> Floats:
        """Raw score of every topic: float32 [topics]."""
        similarity = self.similarity(text, vector)
        return topic_scores(similarity, self.owner, self.ridge)


def fit_ridge(kernel: Floats, owner: NDArray[np.int64], topics: int) -> Floats:
    """Kernel ridge regression of topic on entry: float32 [entries, topics]."""
    target = np.eye(topics, dtype=np.float32)[owner]
    if not len(owner):
        return target
    return np.linalg.solve(kernel + RIDGE * np.eye(len(kernel), dtype=np.float32), target).astype(np.float32)


def topic_scores(similarity: Floats, owner: NDArray[np.int64], ridge: Floats) -> Floats:
    """Raw topic scores from similarities [entries] with the entries of `owner` [entries]: float32 [topics]."""
    best = np.zeros(ridge.shape[1], np.float32)
    np.maximum.at(best, owner, similarity)
    return np.asarray((1 - RIDGE_SHARE) * best + RIDGE_SHARE * (similarity @ ridge), np.float32)


def lead_over_others(scores: Floats) -> Floats:
    """Each topic's score less the best other one's: float32 [topics]."""
    if len(scores) < 2:
        return scores
    second, first = np.partition(scores, -2)[-2:]
    return np.asarray(np.where(scores == first, scores - second, scores - first), np.float32)


class FaqIndex:
    """All published articles, ready to be asked. Immutable: a publication makes a new one, embedding only new texts."""

    def __init__(
        self,
        articles: Iterable[Published],
        encoder: Encoder,
        calibration: Calibration,
        previous: FaqIndex | None = None,
    ) -> None:
        self._encoder = encoder
        self._calibration = calibration
        rows = list(articles)
        self._articles: dict[str, list[Published]] = {
            locale: [row for row in rows if row.locale == locale] for locale in LOCALES
        }
        known = previous._vectors if previous else {}
        texts = {text for group in self._articles.values() for article in group for text in entries(article)}
        new = sorted(texts - known.keys())
        self.embedded = len(new)
        fresh = dict(zip(new, encoder.encode(new), strict=True)) if new else {}
        self._vectors: dict[str, Floats] = {text: known[text] if text in known else fresh[text] for text in texts}
        self._locales: dict[str, LocaleIndex] = {}
        for locale, group in self._articles.items():
            if previous and previous._articles[locale] == group:
                self._locales[locale] = previous._locales[locale]
            else:
                self._locales[locale] = LocaleIndex(group, locale, self._vectors, encoder.dim)

    def __len__(self) -> int:
        return sum(len(index.topics) for index in self._locales.values())

    def find(self, topic: str, locale: str) -> Published | None:
        """The article of a topic, in `locale` where there is one, else in the other language."""
        for language in [locale, *(other for other in self._articles if other != locale)]:
            found = next((article for article in self._articles[language] if article.topic == topic), None)
            if found is not None:
                return found
        return None

    def rank(self, text: str, locale: str, k: int = 3) -> list[Candidate]:
        """The `k` likeliest topics, best first; a topic without an article in `locale` is taken from the other language."""
        vector = self._encoder.encode([text])[0]
        found: dict[str, Candidate] = {}
        for language in [locale, *(other for other in self._locales if other != locale)]:
            if not found.keys() >= set(self._locales[language].topics):
                for candidate in self._rank_in(language, text, vector):
                    found.setdefault(candidate.topic, candidate)
        return sorted(found.values(), key=lambda candidate: -candidate.score)[:k]

    def _rank_in(self, locale: str, text: str, vector: Floats) -> list[Candidate]:
        index = self._locales[locale]
        scores = index.scores(text, vector)
        chances = self._calibration.curves[locale].chance(scores, lead_over_others(scores))
        return [
            Candidate(topic, float(chance), title, locale)
            for topic, chance, title in zip(index.topics, chances, index.titles, strict=True)
        ]

    def verdict(self, candidates: Sequence[Candidate]) -> Verdict:
        """Whether the best candidate is sure enough to `answer` with, to `ask` back about, or to be left (`none`)."""
        if not candidates:
            return "none"
        best = candidates[0].score
        if best >= self._calibration.answer_from:
            return "answer"
        return "ask" if best >= self._calibration.ask_from else "none"
