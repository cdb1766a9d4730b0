"""The linear model behind the intent classifier: n-gram blocks and a dense vector in, one probability an intent out.

Answering needs numpy alone; training uses scikit-learn's liblinear.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_ARRAYS = ("idf", "weights", "scale", "dense", "bias")
# A hundred times liblinear's own: the same answers after two thirds of the time.
_TOLERANCE = 1e-2


@dataclass(frozen=True)
class Features:
    """What is seen of one message: lists of n-grams, one a block, and a dense vector of float32."""

    blocks: Sequence[list[str]]
    vector: Floats


@dataclass(frozen=True)
class LinearModel:
    """TF-IDF blocks of unit length and the dense vector, times one weight vector an intent, through a softmax.

    `vocabularies` (one a block) give each n-gram's row in `idf` [n-grams] and `weights` [n-grams, intents], which are in
    eight bits with a scale a row, a quarter of the memory for the same answers; `dense` is [dim, intents], `bias` [intents].
    """

    intents: list[str]
    vocabularies: list[dict[str, int]]
    idf: Floats
    weights: NDArray[np.int8]
    scale: Floats
    dense: Floats
    bias: Floats

    def probabilities(self, features: Features) -> Floats:
        """One probability an intent, in the order of `intents`."""
        scores = self.bias + features.vector @ self.dense
        for vocabulary, block in zip(self.vocabularies, features.blocks, strict=True):
            counts = Counter(row for row in map(vocabulary.get, block) if row is not None)
            if counts:
                rows = np.fromiter(counts.keys(), np.int64, len(counts))
                values = np.fromiter((1 + log(n) for n in counts.values()), np.float32, len(counts)) * self.idf[rows]
                values *= self.scale[rows] / np.linalg.norm(values)
                scores += values @ self.weights[rows].astype(np.float32)
        chances: Floats = np.exp(scores - scores.max())
        chances /= chances.sum()
        return chances

    def save(self, folder: Path) -> None:
        """Write model.npz and model.json into a folder."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(folder / "model.npz", **arrays)
        names = {"intents": self.intents, "vocabularies": self.vocabularies}
        (folder / "model.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> LinearModel:
        """What `save` wrote."""
        names = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(**names, **{name: arrays[name] for name in _ARRAYS})


def in_eight_bits(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Rows of weights in eight bits, and the scale of each [rows]."""
    scale = np.maximum(np.abs(weights).max(axis=1, initial=0.0) / 127, 1e-12).astype(np.float32)
    return np.round(weights / scale[:, None]).astype(np.int8), scale


def train_linear_model(examples: list[Features], labels: list[str], strength: float, min_count: int) -> LinearModel:
    """Fit on labelled examples. `strength` is liblinear's C (larger: less regularised); an n-gram found in fewer
    than `min_count` examples is left out."""
    # Seconds to import, and only training needs them.
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    matrices, vocabularies, idf, size = [], [], [], 0
    for documents in zip(*(example.blocks for example in examples), strict=True):
        vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=min_count)
        matrices.append(vectorizer.fit_transform(documents))
        vocabularies.append({str(name): int(at) + size for name, at in vectorizer.vocabulary_.items()})
        idf.append(vectorizer.idf_)
        size += len(vectorizer.idf_)
    matrices.append(csr_matrix(np.array([example.vector for example in examples])))
    one = LogisticRegression(C=strength, solver="liblinear", tol=_TOLERANCE, random_state=0)
    model = OneVsRestClassifier(one, n_jobs=-1)
    model.fit(hstack(matrices).tocsr(), labels)
    weights = np.ascontiguousarray(np.vstack([each.coef_[0] for each in model.estimators_]).T, dtype=np.float32)
    eight_bits, scale = in_eight_bits(weights[:size])
    return LinearModel(
        intents=[str(intent) for intent in model.classes_],
        vocabularies=vocabularies,
        idf=np.concatenate(idf).astype(np.float32),
        weights=eight_bits,
        scale=scale,
        dense=weights[size:],
        bias=np.array([each.intercept_[0] for each in model.estimators_], np.float32),
    )
