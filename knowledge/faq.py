"""Which article answers a question: an index over the published articles, rebuilt at each publication.

Every phrasing, title and opening sentence of an article is an entry. A question is compared with all entries by meaning
(embedding) and by letters (n-grams with and without the spaces); a topic's score mixes its best entry with a kernel
ridge regression over all entries, which learns at once, without a training step, which words tell the topics apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy import linalg  # type: ignore[import-untyped]

from core.language import LOCALES
from knowledge.encoder import Encoder
from knowledge.lexical import LexicalIndex, cut_run

Floats = NDArray[np.float32]
Verdict = Literal["answer", "ask", "none"]

# Chosen by five-fold cross-validation over the articles' own phrasings; see docs/knowledge.md.
DENSE_SHARE = 0.5
LETTERS_SHARE = 0.25
RUN_SHARE = 0.25
RIDGE_SHARE = 0.9
RIDGE = 0.5
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
    """The articles of one language. Immutable; what `former` has cut into n-grams is not cut again."""

    def __init__(
        self,
        articles: Sequence[Published],
        locale: str,
        vectors: dict[str, Floats],
        dim: int,
        former: LocaleIndex | None = None,
    ) -> None:
        self.topics = [article.topic for article in articles]
        self.titles = [article.title for article in articles]
        found = [(number, text) for number, article in enumerate(articles) for text in entries(article)]
        self.owner = np.array([number for number, _ in found], np.int64)
        self.texts = [text for _, text in found]
        self._letters: LexicalIndex = LexicalIndex(self.texts, locale, former=former._letters if former else None)
        self._run: LexicalIndex = LexicalIndex(self.texts, locale, cut_run, former._run if former else None)
        self._dense = np.stack([vectors[text] for text in self.texts]) if found else np.zeros((0, dim), np.float32)
        self._faiss = faiss.IndexFlatIP(dim)
        self._faiss.add(self._dense)
        self._ridge = fit_ridge(self.similarities(), self.owner, len(self.topics))

    def similarities(self) -> Floats:
        """Mixed similarity of the entries among themselves: float32 [entries, entries]."""
        mixed: Floats = DENSE_SHARE * (self._dense @ self._dense.T)
        mixed += LETTERS_SHARE * self._letters.similarities()
        mixed += RUN_SHARE * self._run.similarities()
        return mixed

    def similarity(self, text: str, vector: Floats) -> Floats:
        """Mixed similarity of a text, and its vector, with every entry: float32 [entries]."""
        dense = np.zeros(len(self.texts), np.float32)
        if len(self.texts):
            scores, rows = self._faiss.search(vector[None, :], len(self.texts))
            dense[rows[0]] = scores[0]
        letters = LETTERS_SHARE * self._letters.similarity(text) + RUN_SHARE * self._run.similarity(text)
        return np.asarray(DENSE_SHARE * dense + letters, np.float32)

    def scores(self, text: str, vector: Floats) -> Floats:
        """Raw score of every topic: float32 [topics]."""
        if not self.topics:
            return np.zeros(0, np.float32)
        scores = topic_scores(self.similarity(text, vector)[None, :], self.owner, self._ridge)
        return np.asarray(scores[0], np.float32)


def kernel(similarity: Floats) -> Floats:
    """What the regression sees: the square lets two likenesses that come together count for more than their sum."""
    return np.asarray(similarity + similarity * similarity, np.float32)


def fit_ridge(similarity: Floats, owner: NDArray[np.int64], topics: int) -> Floats:
    """Kernel ridge regression of topic on entry, from the entries' similarities: float32 [entries, topics]."""
    target = np.eye(topics, dtype=np.float32)[owner]
    if not len(owner):
        return target
    system = kernel(similarity)
    system[np.diag_indices_from(system)] += RIDGE
    return np.asarray(linalg.solve(system, target, assume_a="pos", overwrite_a=True, check_finite=False), np.float32)


def topic_scores(similarity: Floats, owner: NDArray[np.int64], ridge: Floats) -> Floats:
    """Raw topic scores of questions from their similarities [questions, entries] with the entries of `owner` [entries].

    Entries stand in the order of their topics. Returns float32 [questions, topics].
    """
    best = np.zeros((len(similarity), ridge.shape[1]), np.float32)
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    best[:, owner[begins]] = np.maximum.reduceat(similarity, begins, axis=1)
    return np.asarray((1 - RIDGE_SHARE) * best + RIDGE_SHARE * (kernel(similarity) @ ridge), np.float32)


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
                former = previous._locales[locale] if previous else None
                self._locales[locale] = LocaleIndex(group, locale, self._vectors, encoder.dim, former)

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
