"""Keeps a list of recommendations varied: not the same thing thrice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Maximal marginal relevance (Carbonell and Goldstein, 1998): relevance against likeness to what is already shown.
RELEVANCE_SHARE = 0.8
# Nothing is shown for variety's sake that fits less than this share of what the best one does, while there is better.
CLOSE_ENOUGH = 0.5
MOST_OF_A_KIND = 2


def diversify(
    relevance: Floats, allowed: Sequence[int], vectors: Floats, kinds: Sequence[str], k: int, *, most: int | None
) -> list[int]:
    """`k` of the `allowed` rows (all of them where they are fewer), best first, at most `most` of one kind.

    More of a kind are shown only where nothing else is allowed. `kinds` of "" are nobody's kind.
    """
    ranked = sorted(allowed, key=lambda row: -relevance[row])
    if not ranked:
        return []
    best = max(float(relevance[ranked[0]]), 1e-9)
    close = [row for row in ranked if relevance[row] >= CLOSE_ENOUGH * best]
    chosen = _choose(relevance / best, close, vectors, kinds, k, most)
    if len(chosen) < k:
        chosen += _fill(chosen, ranked, kinds, k - len(chosen), most)
    return chosen


def _choose(
    relevance: Floats, left: list[int], vectors: Floats, kinds: Sequence[str], k: int, most: int | None
) -> list[int]:
    chosen: list[int] = []
    shown: Counter[str] = Counter()
    rows = np.array(left, np.int64)
    near = np.zeros(len(rows), np.float32)
    open_ = np.ones(len(rows), bool)
    while len(chosen) < k and open_.any():
        value = np.where(open_, RELEVANCE_SHARE * relevance[rows] - (1 - RELEVANCE_SHARE) * near, -np.inf)
        place = int(np.argmax(value))
        row = int(rows[place])
        open_[place] = False
        if most is not None and kinds[row] and shown[kinds[row]] >= most:
            continue
        chosen.append(row)
        shown[kinds[row]] += 1
        near = np.maximum(near, vectors[rows] @ vectors[row])
    return chosen


def _fill(chosen: list[int], ranked: list[int], kinds: Sequence[str], missing: int, most: int | None) -> list[int]:
    """What comes next by relevance alone, other kinds before more of the same."""
    shown = Counter(kinds[row] for row in chosen)
    rest = [row for row in ranked if row not in chosen]
    others: list[int] = []
    same: list[int] = []
    for row in rest:
        full = most is not None and kinds[row] and shown[kinds[row]] >= most
        (same if full else others).append(row)
        shown[kinds[row]] += 1
    return [*others, *same][:missing]
