"""The linear model behind the intent classifier: n-gram blocks and a dense vector in, one probability an intent out.

Answering needs numpy alone; training uses scikit-learn's liblinear. N-grams are known by a hash of 32 bits (feature hashing,
Weinberger et al. 2009, with a table of those that were learnt): 700,000 strings would cost the Rasa process 110 MB.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_ARRAYS = ("keys", "ends", "idf", "weights", "scale", "dense", "bias")
# Six bits a weight: as right as eight, and a third smaller when packed.
_LEVELS = 31
# A hundred times liblinear's own: the same answers after two thirds of the time.
_TOLERANCE = 0.1


@dataclass(frozen=True)
class Features:
    """What is seen of one message: lists of n-grams, one a block, and a dense vector of float32."""

    blocks: Sequence[list[str]]
    vector: Floats


@dataclass(frozen=True)
class LinearModel:
    """TF-IDF blocks of unit length and the dense vector, times one weight vector an intent, through a softmax.

    `keys` [n-grams] are the hashes of the n-grams learnt, those of the first block in ascending order, then those of the
    next; `ends` [blocks] says where each block stops. The same row of `idf` [n-grams] and of `weights` [n-grams, intents]
    is that n-gram's. The weights are small whole numbers with a scale a row, a quarter of the memory for the same
    answers; `dense` is [dim, intents], `bias` [intents].
    """

    intents: list[str]
    keys: NDArray[np.uint32]
    ends: NDArray[np.int64]
    idf: Floats
    weights: NDArray[np.int8]
    scale: Floats
    dense: Floats
    bias: Floats

    def probabilities(self, features: Features) -> Floats:
        """One probability an intent, in the order of `intents`."""
        scores = self.bias + features.vector @ self.dense
        for (start, end), block in zip(pairwise([0, *self.ends]), features.blocks, strict=True):
            rows, counts = _found(self.keys[start:end], block)
            if rows.size:
                rows += start
                values = (1 + np.log(counts)).astype(np.float32) * self.idf[rows]
                values *= self.scale[rows] / np.linalg.norm(values)
                scores += values @ self.weights[rows].astype(np.float32)
        chances: Floats = np.exp(scores - scores.max())
        chances /= chances.sum()
        return chances

    def save(self, folder: Path) -> None:
        """Write model.npz and model.json into a folder."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez(folder / "model.npz", **arrays)
        (folder / "intents.json").write_text(json.dumps(self.intents), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> LinearModel:
        """What `save` wrote."""
        intents = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(intents, **{name: arrays[name] for name in _ARRAYS})


def _hashes(block: Sequence[str]) -> list[int]:
    return [crc32(gram.encode("utf-8", "surrogatepass")) for gram in block]


def _found(keys: NDArray[np.uint32], block: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the ascending keys are those of a block's n-grams, and how often each occurs in it."""
    hashes, counts = np.unique(np.array(_hashes(block), np.uint32), return_counts=True)
    rows = np.searchsorted(keys, hashes)
    known = rows < len(keys)
    known[known] = keys[rows[known]] == hashes[known]
    return rows[known], counts[known]


def in_few_bits(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Rows of weights in whole numbers from -31 to 31, and the scale of each [rows]."""
    scale = np.maximum(np.abs(weights).max(axis=1, initial=0.0) / _LEVELS, 1e-12).astype(np.float32)
    return np.round(weights / scale[:, None]).astype(np.int8), scale


def train_linear_model(examples: list[Features], labels: list[str], strength: float, min_count: int) -> LinearModel:
    """Fit on labelled examples. `strength` is liblinear's C (larger: less regularised); an n-gram found in fewer
    than `min_count` examples is left out."""
    # Seconds to import, and only training needs them.
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    matrices, keys, idf = [], [], []
    for documents in zip(*(example.blocks for example in examples), strict=True):
        vectorizer = TfidfVectorizer(analyzer=_hashes, sublinear_tf=True, min_df=min_count)
        matrices.append(vectorizer.fit_transform(documents))
        # Its columns are in the order of the hashes.
        keys.append(np.array(sorted(vectorizer.vocabulary_), np.uint32))
        idf.append(vectorizer.idf_)
    ends = np.cumsum([len(block) for block in keys])
    size = int(ends[-1])
    matrices.append(csr_matrix(np.array([example.vector for example in examples])))
    # The dual takes a third of the primal's time for so many columns, and is as right.
    one = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=_TOLERANCE, random_state=0)
    model = OneVsRestClassifier(one, n_jobs=-1)
    model.fit(hstack(matrices).tocsr(), labels)
    weights = np.ascontiguousarray(np.vstack([each.coef_[0] for each in model.estimators_]).T, dtype=np.float32)
    few_bits, scale = in_few_bits(weights[:size])
    return LinearModel(
        intents=[str(intent) for intent in model.classes_],
        keys=np.concatenate(keys),
        ends=ends,
        idf=np.concatenate(idf).astype(np.float32),
        weights=few_bits,
        scale=scale,
        dense=weights[size:],
        bias=np.array([each.intercept_[0] for each in model.estimators_], np.float32),
    )
