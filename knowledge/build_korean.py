"""The Korean half of the embedded model: morpheme vectors and frequencies out of Kiwi's language model.

`kiwipiepy_model` (Apache-2.0) carries a neural n-gram model. Its public API answers cosines between morphemes and
next-morpheme probabilities, from which both tables are recovered here without any corpus.
"""

from __future__ import annotations

import numpy as np
from kiwipiepy import Kiwi
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Any morpheme with a vector will do to ask how many there are.
_PROBE = 12210
# A neutral start for the language model's own text.
_OPENING = "오늘은 사람들이 많이 왔다."
_CONTEXT = 6


def recover_vectors(kiwi: Kiwi, *, landmarks: int = 300, dim: int = 256, seed: int = 0) -> Floats:
    """Unit vectors, float32 [morphemes, <= dim]; row i belongs to Kiwi's morpheme id i.

    The cosines of every morpheme with a few hundred landmarks fix all vectors up to a rotation, which keeps all
    cosines: with C = cosines to landmarks and G = landmarks among themselves = U S U', the rows of C U S^-1/2 are
    the vectors (Nystroem's method: Williams and Seeger, "Using the Nystroem Method to Speed Up Kernel Machines", 2001).
    """
    count = len(kiwi.most_similar_morphemes(_PROBE, 1_000_000))
    chosen = np.sort(np.random.default_rng(seed).choice(count, size=landmarks, replace=False))
    cosines = np.stack([_cosines_with(kiwi, int(landmark), count) for landmark in chosen], axis=1)
    known = np.abs(cosines).sum(axis=0) > 1.5  # some ids have no vector
    cosines, chosen = cosines[:, known], chosen[known]
    gram = cosines[chosen].astype(np.float64)
    values, axes = np.linalg.eigh((gram + gram.T) / 2)
    rank = min(dim, int((values > 1e-3).sum()))
    values, axes = values[::-1][:rank], axes[:, ::-1][:, :rank]
    return normalise(cosines @ (axes / np.sqrt(values)).astype(np.float32))


def _cosines_with(kiwi: Kiwi, landmark: int, count: int) -> Floats:
    similar = kiwi.most_similar_morphemes(landmark, count)
    cosines = np.zeros(count, np.float32)
    for other in similar:
        # Below -1 Kiwi says "no vector".
        if other.score >= -1:
            cosines[other.id] = other.score
    cosines[landmark] = 1.0
    return cosines


def estimate_frequencies(kiwi: Kiwi, count: int, *, steps: int = 480, chains: int = 8, seed: int = 0) -> Floats:
    """Relative frequency of each morpheme id, float32 [count], summing to 1.

    The language model writes `chains` texts of its own; the mean of its next-morpheme distributions along the way
    estimates the frequencies of the text it was trained on far below what could be counted in so few words.
    """
    rng = np.random.default_rng(seed)
    total = np.zeros(count)
    for _ in range(chains):
        text = [token.id for token in kiwi.tokenize(_OPENING) if token.id < count]
        for _ in range(steps // chains):
            predicted = kiwi.predict_next_morpheme(text[-_CONTEXT:], top_n=count)
            ids = np.fromiter((m.id for m in predicted), np.int64, len(predicted))
            chances = np.exp(np.fromiter((m.score for m in predicted), np.float64, len(predicted)))
            chances /= chances.sum()
            total[ids] += chances
            text.append(int(rng.choice(ids, p=chances)))
    return np.asarray(total / total.sum(), np.float32)


def normalise(rows: Floats) -> Floats:
    """The rows at unit length; a row of zeros stays one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
