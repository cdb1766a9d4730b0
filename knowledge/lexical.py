"""TF-IDF over character n-grams: what two texts share in letters, blind to meaning but never fooled about words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")


def _grams(text: str, locale: str) -> Iterator[str]:
    text = text.lower()
    if locale == "ko":
        # Korean spacing is free and endings are many: n-grams run over word boundaries, syllables count by themselves.
        plain = _SPACE.sub(" ", text)
        for size in (1, 2, 3):
            yield from (plain[at : at + size] for at in range(len(plain) - size + 1))
        return
    for word in _WORD.findall(text):
        padded = f" {word} "
        for size in (2, 3, 4):
            yield from (padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))


class LexicalIndex:
    """Cosine similarity of a text with each of `texts`, by character n-grams of the language."""

    def __init__(self, texts: Sequence[str], locale: str) -> None:
        self.locale = locale
        self.size = len(texts)
        counts = [Counter(_grams(text, locale)) for text in texts]
        documents = Counter(gram for count in counts for gram in count)
        self._idf = {gram: math.log((1 + self.size) / (1 + seen)) + 1 for gram, seen in documents.items()}
        postings: dict[str, list[tuple[int, float]]] = {gram: [] for gram in documents}
        for row, count in enumerate(counts):
            for gram, weight in self._weigh(count).items():
                postings[gram].append((row, weight))
        self._postings = {
            gram: (np.array([row for row, _ in found]), np.array([weight for _, weight in found], np.float32))
            for gram, found in postings.items()
        }

    def _weigh(self, count: Counter[str]) -> dict[str, float]:
        weights = {gram: (1 + math.log(n)) * self._idf[gram] for gram, n in count.items() if gram in self._idf}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / length for gram, weight in weights.items()} if length else {}

    def similarity(self, text: str) -> Floats:
        """Cosines, float32 [texts]."""
        weighed = self._weigh(Counter(_grams(text, self.locale)))
        if not weighed:
            return np.zeros(self.size, np.float32)
        found = [self._postings[gram] for gram in weighed]
        # All at once: adding gram by gram costs several times as much.
        weights = np.repeat(list(weighed.values()), [len(rows) for rows, _ in found])
        weights *= np.concatenate([weights for _, weights in found])
        rows = np.concatenate([rows for rows, _ in found])
        return np.bincount(rows, weights, self.size).astype(np.float32)
