"""Which article answers a question: an index over the published articles, rebuilt at each publication.

Every phrasing, title and opening sentence of an article is an entry. A question is compared with all entries by meaning
(embedding) and by letters (n-grams with and without the spaces); a kernel ridge regression over all entries learns at
once, without a training step, which likenesses tell the topics apart. English is mended first, and the part of a
question that is in the other language is asked of that language's articles too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray
from scipy import linalg  # type: ignore[import-untyped]

from core.language import LOCALES
from knowledge.encoder import Encoder
from knowledge.lexical import LexicalIndex, cut_run
from knowledge.mending import Mender

Floats = NDArray[np.float32]
Verdict = Literal["answer", "ask", "none"]


@dataclass(frozen=True, slots=True)
class Shares:
    """What meaning, short n-grams, and n-grams without spaces count for in a similarity; together 1."""

    dense: float
    letters: float
    run: float


# Chosen by cross-validation over the articles' own phrasings and on the development questions, as they are and with
# slips added by machine (Korean is not mended: its n-grams without spaces have more to bear); see docs/knowledge.md.
SHARES = {"ko": Shares(0.45, 0.2, 0.35), "en": Shares(0.5, 0.25, 0.25)}
RIDGE = 0.3
# What a question that is all in the other language counts for there; less, as less of it is.
OTHER_SHARE = 0.5
_OF_LANGUAGE = {"ko": re.compile(r"[가-힣ㄱ-ㆎ]+"), "en": re.compile(r"[A-Za-z][A-Za-z'’]+")}
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
    """From what is known of a topic and a question to the chance that the topic is the right one.

    That is the topic's raw score, its lead over the best other topic, the question's length, and whether it sounds like
    a question for the shop at all: `gate` weighs a one and the question's vector [1 + dim].
    """

    bias: float
    by_score: float
    by_lead: float
    by_length: float
    by_gate: float
    gate: list[float]

    def chance(self, score: Floats, lead: Floats, length: int, vector: Floats) -> Floats:
        """Chances, float32 of the shape of `score` and `lead`; `length` in letters, `vector` the question's [dim]."""
        belongs = self.gate[0] + float(np.dot(self.gate[1:], vector))
        odds = self.bias + self.by_length * math.log(1 + length) + self.by_gate * belongs
        return np.asarray(1 / (1 + np.exp(-odds - self.by_score * score - self.by_lead * lead)), np.float32)


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


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as written, as mended, and its vector [dim]."""

    text: str
    mended: str
    vector: Floats


class LocaleIndex:
    """The articles of one language. Immutable; what `former` has embedded and cut into n-grams is not done again."""

    def __init__(
        self, articles: Sequence[Published], locale: str, encoder: Encoder, former: LocaleIndex | None = None
    ) -> None:
        self.topics = [article.topic for article in articles]
        self.titles = [article.title for article in articles]
        found = [(number, text) for number, article in enumerate(articles) for text in entries(article)]
        self.owner = np.array([number for number, _ in found], np.int64)
        self.texts = [text for _, text in found]
        self._shares = SHARES[locale]
        self._mender = Mender(self.texts) if locale == "en" else None
        heard = [self._mend(text) for text in self.texts]
        self._letters: LexicalIndex = LexicalIndex(heard, locale, former=former._letters if former else None)
        self._run: LexicalIndex = LexicalIndex(self.texts, locale, cut_run, former._run if former else None)
        self._encoder = encoder
        known = former._vectors if former else {}
        new = sorted(set(heard) - known.keys())
        self.embedded = len(new)
        fresh = dict(zip(new, encoder.encode(new), strict=True)) if new else {}
        self._vectors: dict[str, Floats] = {text: known[text] if text in known else fresh[text] for text in heard}
        rows = [self._vectors[text] for text in heard]
        self.vectors = np.stack(rows) if rows else np.zeros((0, encoder.dim), np.float32)
        self._ridge = np.ascontiguousarray(fit_ridge(self.similarities(), self.owner, len(self.topics)).T)

    def _mend(self, text: str) -> str:
        return self._mender.mend(text) if self._mender else text

    def similarities(self) -> Floats:
        """Mixed similarity of the entries among themselves: float32 [entries, entries]."""
        mixed: Floats = self._shares.dense * (self.vectors @ self.vectors.T)
        mixed += self._shares.letters * self._letters.similarities()
        mixed += self._shares.run * self._run.similarities()
        return mixed

    def hear(self, text: str) -> Heard:
        """A question, ready to be compared."""
        mended = self._mend(text)
        return Heard(text, mended, self._encoder.encode([mended])[0])

    def similarity(self, heard: Heard) -> Floats:
        """Mixed similarity of a question with every entry: float32 [entries]."""
        mixed = self._shares.dense * inner_products(self.vectors, heard.vector)
        mixed += self._shares.letters * self._letters.similarity(heard.mended)
        return np.asarray(mixed + self._shares.run * self._run.similarity(heard.text), np.float32)

    def scores(self, heard: Heard) -> Floats:
        """Raw score of every topic: float32 [topics]."""
        if not self.topics:
            return np.zeros(0, np.float32)
        return inner_products(self._ridge, kernel(self.similarity(heard)))


def inner_products(vectors: Floats, vector: Floats) -> Floats:
    """Inner products of `vector` [dim] with each row of `vectors` [n, dim] (both contiguous): float32 [n].

    By FAISS's kernel, in this thread alone: a BLAS product waits for the other cores, which others need. Every entry counts,
    so its index, which sorts what it finds, would be several times as slow.
    """
    found = np.zeros(len(vectors), np.float32)
    if len(vectors):
        faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]  # the stubs know the classes only
            faiss.swig_ptr(found), faiss.swig_ptr(vector), faiss.swig_ptr(vectors), vectors.shape[1], len(vectors)
        )
    return found


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


def both_scores(locales: Mapping[str, LocaleIndex], locale: str, heard: Heard) -> Floats:
    """Raw scores of the topics of `locale`, mixed with those in the other language where the text has words of it."""
    topics, scores = locales[locale].topics, locales[locale].scores(heard)
    for other, index in locales.items():
        words = [] if other == locale else _OF_LANGUAGE[other].findall(heard.text)
        if words and topics and index.topics:
            share = OTHER_SHARE * sum(map(len, words)) / len(heard.text)
            there = dict(zip(index.topics, index.scores(index.hear(" ".join(words))).tolist(), strict=True))
            shares = np.array([there.get(topic, 0.0) for topic in topics], np.float32)
            scores = np.asarray((1 - share) * scores + share * shares, np.float32)
    return scores


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
        self._calibration = calibration
        rows = list(articles)
        self._articles: dict[str, list[Published]] = {
            locale: [row for row in rows if row.locale == locale] for locale in LOCALES
        }
        self._locales: dict[str, LocaleIndex] = {}
        self.embedded = 0
        for locale, group in self._articles.items():
            if previous and previous._articles[locale] == group:
                self._locales[locale] = previous._locales[locale]
                continue
            index = LocaleIndex(group, locale, encoder, previous._locales[locale] if previous else None)
            self._locales[locale] = index
            self.embedded += index.embedded

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
        found: dict[str, Candidate] = {}
        for language in [locale, *(other for other in self._locales if other != locale)]:
            if not found.keys() >= set(self._locales[language].topics):
                for candidate in self._rank_in(language, text):
                    found.setdefault(candidate.topic, candidate)
        return sorted(found.values(), key=lambda candidate: -candidate.score)[:k]

    def _rank_in(self, locale: str, text: str) -> list[Candidate]:
        index = self._locales[locale]
        heard = index.hear(text)
        scores = both_scores(self._locales, locale, heard)
        curve = self._calibration.curves[locale]
        chances = curve.chance(scores, lead_over_others(scores), len(text), heard.vector)
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
