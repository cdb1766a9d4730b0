"""What a shop's past orders say of its products: which are bought by the same customers, and which sell now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.sparse as sparse  # type: ignore[import-untyped]
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# A sale counts half towards popularity after this many days, seen from the newest sale: a quiet week changes no ranking.
POPULARITY_HALF_LIFE = 14.0
# A product is new while its first sale is at most this old, in a shop that has sold for longer than `SETTLED_DAYS`.
NEW_DAYS = 30.0
SETTLED_DAYS = 90.0


class Sale(NamedTuple):
    """One order line that was kept: who bought what, and how many days ago."""

    customer: str
    product_id: str
    days_ago: float


@dataclass(frozen=True, eq=False)
class Sales:
    """Sales as a matrix [customers, products]: `rows` maps product id to its column. Immutable; equal to itself only.

    `popularity` is at most 1; `fresh` are products that the shop began to sell lately.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    bought: sparse.csr_matrix = field(default_factory=lambda: sparse.csr_matrix((0, 0), dtype=np.float32))
    popularity: Mapping[str, float] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()

    @cached_property
    def weighed(self) -> sparse.csr_matrix:
        """`bought` with each customer counting the less, the more different products they have; one on average."""
        variety = np.asarray(self.bought.sum(axis=1)).ravel()
        weights = variety.mean() / np.maximum(variety, 1) if len(variety) else variety
        return sparse.diags(weights.astype(np.float32)) @ self.bought

    def buyers_together(self, columns: NDArray[np.int64]) -> Floats:
        """Customers (weighed) who bought both one of `columns` and each product: float32 [columns, products]."""
        return np.asarray((self.bought[:, columns].T @ self.weighed).toarray(), np.float32)

    @cached_property
    def buyers(self) -> Floats:
        """Customers (weighed) of each product, float32 [products]."""
        return np.asarray(self.weighed.sum(axis=0), np.float32).ravel()


def read_sales(lines: Iterable[Sale]) -> Sales:
    """The matrix of all lines; a customer counts once for a product, at the latest purchase."""
    customers: dict[str, int] = {}
    products: dict[str, int] = {}
    latest: dict[tuple[int, int], float] = {}
    first: dict[int, float] = {}
    for line in lines:
        pair = (
            customers.setdefault(line.customer, len(customers)),
            products.setdefault(line.product_id, len(products)),
        )
        latest[pair] = min(line.days_ago, latest.get(pair, line.days_ago))
        first[pair[1]] = max(line.days_ago, first.get(pair[1], line.days_ago))
    if not latest:
        return Sales()
    where = np.array(list(latest), np.int64)
    age = np.array(list(latest.values()))
    age -= age.min()
    shape = (len(customers), len(products))
    bought = sparse.csr_matrix((np.ones(len(where), np.float32), (where[:, 0], where[:, 1])), shape)
    return Sales(products, bought, _popularity(products, where[:, 1], age), _fresh(products, first))


def _popularity(products: Mapping[str, int], columns: NDArray[np.int64], age: NDArray[np.float64]) -> dict[str, float]:
    """Recent customers of each product on a logarithmic scale, the best seller 1."""
    counts = np.bincount(columns, weights=0.5 ** (age / POPULARITY_HALF_LIFE), minlength=len(products))
    logs = np.log1p(counts)
    return {product_id: float(logs[column] / logs.max()) for product_id, column in products.items()}


def _fresh(products: Mapping[str, int], first: Mapping[int, float]) -> frozenset[str]:
    oldest, newest = max(first.values()), min(first.values())
    if oldest - newest < SETTLED_DAYS:
        return frozenset()
    return frozenset(product_id for product_id, column in products.items() if first[column] - newest <= NEW_DAYS)
