"""What a customer did with products, and how much of a liking each deed shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.facts import Facts

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
SignalKind = Literal["purchase", "cart", "wishlist", "view"]
ReasonCode = Literal[
    "wish", "again", "history", "bought_together", "cart", "wishlist", "viewed", "similar", "popular", "new"
]

# How much a deed counts when it was just done, and after how many days it counts half.
WEIGHTS: Mapping[SignalKind, tuple[float, float]] = {
    "purchase": (1.0, 90.0),
    "cart": (1.5, 14.0),
    "wishlist": (1.0, 60.0),
    "view": (0.4, 7.0),
}
# A purchase to be repeated counts half after a year, and is half due after three days.
REPEAT_HALF_LIFE = 365.0
DUE_AFTER = 3.0
# What is not consumed is not recommended again so soon after it was bought.
REST_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Signal:
    """Something a customer did with a product, and how long ago."""

    product_id: str
    days_ago: float
    kind: SignalKind = "purchase"

    @property
    def weight(self) -> float:
        """How much it still counts."""
        full, half_life = WEIGHTS[self.kind]
        return float(full * 0.5 ** (max(self.days_ago, 0.0) / half_life))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is shown. `product` in `args` is the one that was bought, put in the cart, saved, seen or asked about;
    with `again`, `wishlist` and `viewed` it may be the shown product itself.
    """

    code: ReasonCode
    args: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """A product to show; `score` orders, higher first, and means nothing by itself."""

    product_id: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Taste:
    """A customer's signals on known products: product `rows` and `weights` side by side with the `signals`."""

    signals: Sequence[Signal]
    rows: Rows
    weights: Floats


def read_taste(signals: Iterable[Signal], row_of: Mapping[str, int]) -> Taste:
    """The signals whose products are on the shelf."""
    known = [signal for signal in signals if signal.product_id in row_of]
    rows = np.array([row_of[signal.product_id] for signal in known], np.int64)
    return Taste(known, rows, np.array([signal.weight for signal in known], np.float32))


def resting(taste: Taste, facts: Sequence[Facts], rest_days: float) -> frozenset[str]:
    """What must not be recommended now: just bought and not consumed, or in the cart already."""
    return frozenset(
        signal.product_id
        for signal, row in zip(taste.signals, taste.rows, strict=True)
        if signal.kind == "cart"
        or (signal.kind == "purchase" and signal.days_ago <= rest_days and not facts[row].consumable)
    )


def due_again(taste: Taste, facts: Sequence[Facts], size: int) -> Floats:
    """How much each product asks to be bought again: consumables by number and age of their purchases, the most 1."""
    due = np.zeros(size, np.float32)
    last: dict[int, float] = {}
    for signal, row in zip(taste.signals, taste.rows, strict=True):
        if signal.kind == "purchase" and facts[row].consumable:
            due[row] += 0.5 ** (signal.days_ago / REPEAT_HALF_LIFE)
            last[int(row)] = min(signal.days_ago, last.get(int(row), signal.days_ago))
    for row, days in last.items():
        due[row] *= 1 - 0.5 ** (days / DUE_AFTER)
    return due / max(float(due.max(initial=0)), 1e-9)


def interest(taste: Taste, size: int, kinds: Collection[SignalKind] = ("wishlist", "view")) -> Floats:
    """How much each product itself was saved or looked at without being bought since."""
    shown = np.zeros(size, np.float32)
    bought = {signal.product_id: signal.days_ago for signal in reversed(taste.signals) if signal.kind == "purchase"}
    for signal, row, weight in zip(taste.signals, taste.rows, taste.weights, strict=True):
        if signal.kind in kinds and signal.days_ago < bought.get(signal.product_id, float("inf")):
            shown[row] = max(shown[row], weight)
    return shown
