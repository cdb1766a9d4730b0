"""Which products go with which: bought by the same customers, and alike in what is said of them.

similarity = (common customers + PRIOR x likeness) / (square root of customers x customers + PRIOR)

so that a product nobody bought yet is near to what it resembles, and experience takes over as it sells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.sales import Sales

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

# How many customers likeness counts for, from which cosine on vectors count as alike, how many neighbours are kept.
PRIOR = 3.0
UNLIKE = 0.3
KEPT = 50
# Fewer common customers (weighed) than this are chance, not a habit to speak of.
ENOUGH = 2.0
_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each of n products its `rows` [n, k] nearest with their `similarity` and the share of common customers in it (`together`,
    0 to 1; 0 where they are too few to speak of).
    """

    rows: Rows
    similarity: Floats
    together: Floats

    def scores(self, rows: Rows, weights: Floats) -> Floats:
        """How near each product is to the weighted `rows`, float32 [n]."""
        near = (self.similarity[rows] * weights[:, None]).ravel()
        return np.bincount(self.rows[rows].ravel(), weights=near, minlength=len(self.rows)).astype(np.float32)

    def nearest_of(self, row: int, rows: Rows, weights: Floats) -> tuple[int, float] | None:
        """Which of the weighted `rows` brings `row` nearest, as a place in `rows`, and how much of that is `together`."""
        places, columns = np.nonzero(self.rows[rows] == row)
        if not len(places):
            return None
        shares = self.similarity[rows[places], columns] * weights[places]
        best = int(np.argmax(shares))
        if shares[best] <= 0:
            return None
        return int(places[best]), float(self.together[rows[places[best]], columns[best]])


def likeness(cosines: Floats) -> Floats:
    """Cosines of vectors as likeness from 0 to 1: what is hardly alike counts nothing."""
    return np.asarray(np.square(np.maximum(cosines - UNLIKE, 0) / (1 - UNLIKE)), np.float32)


def find_neighbours(vectors: Floats, ids: list[str], sales: Sales) -> Neighbours:
    """Neighbours of products with unit `vectors` [n, dim] and these ids. n x n is computed in slices, never held whole."""
    size = len(ids)
    kept = min(KEPT, max(size - 1, 0))
    columns = np.array([sales.rows.get(product_id, -1) for product_id in ids], np.int64)
    buyers = np.where(columns >= 0, sales.buyers[columns], 0) if len(sales.rows) else np.zeros(size)
    found = Neighbours(
        np.zeros((size, kept), np.int64), np.zeros((size, kept), np.float32), np.zeros((size, kept), np.float32)
    )
    for start in range(0, size, _CHUNK) if kept else ():
        chunk = np.arange(start, min(start + _CHUNK, size))
        common = _common(sales, columns, chunk)
        alike = PRIOR * likeness(vectors[chunk] @ vectors.T)
        similarity = (common + alike) / (np.sqrt(np.outer(buyers[chunk], buyers)) + PRIOR)
        similarity[np.arange(len(chunk)), chunk] = -1
        nearest = np.argpartition(-similarity, kept - 1, axis=1)[:, :kept]
        found.rows[chunk] = nearest
        found.similarity[chunk] = np.maximum(np.take_along_axis(similarity, nearest, 1), 0)
        total, shared = (np.take_along_axis(matrix, nearest, 1) for matrix in (common + alike, common))
        found.together[chunk] = np.where(shared >= ENOUGH, shared / np.maximum(total, 1e-9), 0)
    return found


def _common(sales: Sales, columns: Rows, chunk: Rows) -> Floats:
    common = np.zeros((len(chunk), len(columns)), np.float32)
    sold, known = np.flatnonzero(columns[chunk] >= 0), np.flatnonzero(columns >= 0)
    if len(sold):
        counted = sales.buyers_together(columns[chunk[sold]])
        common[np.ix_(sold, known)] = counted[:, columns[known]]
    return common
