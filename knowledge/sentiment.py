"""How a text sounds: from -1 (bad) to 1 (good), for Korean and English, with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.sentiment_features import (
    EN_BUCKETS,
    KO_BUCKETS,
    WORD_BUCKETS,
    english_features,
    is_korean,
    korean_pieces,
    word_bucket,
)

MODEL_FILE = Path(__file__).parent / "model" / "sentiment.npz"
# Nearer to the middle than this a text is neither good nor bad.
NEUTRAL = 0.35
Weights = NDArray[np.int8]
_TABLES = {"ko": KO_BUCKETS, "en": EN_BUCKETS, "words": WORD_BUCKETS}


@dataclass(frozen=True)
class SentimentModel:
    """Weights in eight bits by bucket, with what one step of them is worth, and where each language's scale begins."""

    tables: dict[str, Weights]
    steps: dict[str, float]
    bias: dict[str, float]

    def score(self, text: str) -> float:
        """How good a text sounds, from -1 to 1; 0 for one without letters or signs."""
        return 2 / (1 + exp(-max(-30.0, min(30.0, self.margin(text))))) - 1

    def margin(self, text: str) -> float:
        """The log odds of being good. Texts with Hangul are read as Korean, all others as English."""
        if not text.strip():
            return 0.0
        if is_korean(text):
            return self.bias["ko"] + self._mean("ko", korean_pieces(text))
        found = english_features(text)
        buckets = [word_bucket(word) for word, _ in found.words]
        signs = np.array([sign for _, sign in found.words], np.float32)
        leaning = float(self.tables["words"][buckets].astype(np.float32) @ signs) * self.steps["words"]
        return self.bias["en"] + self._mean("en", found.pieces) + leaning / sqrt(max(len(buckets), 1))

    def _mean(self, name: str, buckets: list[int]) -> float:
        total = int(self.tables[name][buckets].sum(dtype=np.int64)) if buckets else 0
        return total * self.steps[name] / sqrt(max(len(buckets), 1))

    def save(self, path: Path) -> None:
        """Write one packed .npz; the same weights give the same bytes."""
        numbers = [*(self.steps[name] for name in _TABLES), self.bias["ko"], self.bias["en"]]
        arrays = {name: self.tables[name] for name in _TABLES}
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, numbers=np.array(numbers, np.float64), **arrays)  # type: ignore[arg-type]


def read_model(path: Path = MODEL_FILE) -> SentimentModel:
    """Read what `SentimentModel.save` wrote. Raises FileNotFoundError, and ValueError for tables of another size."""
    with np.load(path, allow_pickle=False) as stored:
        tables: dict[str, Weights] = {name: stored[name] for name in _TABLES}
        numbers = [float(number) for number in stored["numbers"]]
    if any(len(tables[name]) != size for name, size in _TABLES.items()):
        raise ValueError(f"{path.name} is of another version: train it again")
    return SentimentModel(tables, dict(zip(_TABLES, numbers, strict=False)), {"ko": numbers[-2], "en": numbers[-1]})


@cache
def shipped_model() -> SentimentModel:
    """The model that comes with the project, read once a process (a tenth of a second, 3.3 MB)."""
    return read_model()


def sentiment(text: str) -> float:
    """How good a text sounds to the shipped model, from -1 (bad) to 1 (good)."""
    return shipped_model().score(text)
