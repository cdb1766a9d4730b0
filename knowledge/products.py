"""Which products fit a wish, which to recommend to a customer, and what comes near to one: under hard filters always."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder
from knowledge.facts import Facts, Filters, Sold, VariantFacts, attribute_codes, attribute_key, read_facts
from knowledge.neighbours import Neighbours, find_neighbours
from knowledge.sales import Sale, Sales, read_sales
from knowledge.shelf import Shelf, texts_key
from knowledge.signals import (
    REST_DAYS,
    Item,
    Reason,
    ReasonCode,
    Signal,
    Taste,
    due_again,
    interest,
    read_taste,
    resting,
)  # fmt: skip
from knowledge.variety import MOST_OF_A_KIND, diversify

__all__ = [
    "FITTING", "Facts", "Filters", "Item", "ProductIndex", "Reason", "Sale", "Sales", "Signal", "Sold", "VariantFacts",
    "attribute_codes", "attribute_key", "read_facts", "read_sales",
]  # fmt: skip

Floats = NDArray[np.float32]

# Beside nearness to what the customer likes (at most 1): what sells now, what was saved or seen, what is due again (the
# latter with more weight where it sells now). Chosen on the month before the one held out; see docs/recommendation.md.
POPULARITY_SHARE = 0.8
INTEREST_SHARE = 0.8
REPEAT_SHARE = 2.0
REPEAT_TREND = 3.0
# A stated wish against all of that, where both are known.
WISH_SHARE = 0.75
# Nothing but that it can be bought now.
IN_STOCK = Filters()
# From here on a wish has something to do with a product.
FITTING = 0.2
# From here on common customers, rather than likeness, are why two products go together.
TOGETHER = 0.5
# The most of a list that may be things to buy again.
AGAIN_SHARE = 0.5
# For similar products: experience against likeness, the same kind, the same department.
TOGETHER_SHARE = 0.4
SAME_KIND = 0.3


class ProductIndex:
    """All active products. Immutable: a changed catalogue makes a new one, which embeds only texts that are new."""

    def __init__(
        self,
        products: Sequence[Facts],
        encoder: Encoder,
        previous: ProductIndex | None = None,
        sales: Sales | None = None,
    ) -> None:
        self.facts = list(products)
        self._row = {facts.id: row for row, facts in enumerate(self.facts)}
        self._sales: Sales = sales if sales is not None else previous._sales if previous else Sales()
        self._shelf, self._neighbours = self._prepare(encoder, previous)
        self._kinds = [facts.kind or "" for facts in self.facts]
        selling = [self._sales.popularity.get(facts.id, 0.0) for facts in self.facts]
        self._selling = np.array(selling, np.float32)
        self.popularity: dict[str, float] = dict(zip(self._row, selling, strict=True))

    def _prepare(self, encoder: Encoder, previous: ProductIndex | None) -> tuple[Shelf, Neighbours]:
        """Prices and stock change often, texts rarely: what was made from the latter serves on."""
        same = previous is not None and previous._shelf.keys == [texts_key(facts) for facts in self.facts]
        if previous is not None and same and previous._sales is self._sales:
            return previous._shelf, previous._neighbours
        former = previous._shelf if previous else None
        shelf = former if former is not None and same else Shelf(self.facts, encoder, former)
        return shelf, find_neighbours(shelf.matrix, list(self._row), self._sales)

    def same_texts(self, other: ProductIndex) -> bool:
        """Whether both know the same products by the same words."""
        return self._shelf is other._shelf

    def __len__(self) -> int:
        return len(self.facts)

    @property
    def embedded(self) -> int:
        """How many texts had to be embedded for the shelf that is in use."""
        return self._shelf.embedded

    def find(self, product_id: str) -> Facts | None:
        """A product on the shelf."""
        row = self._row.get(product_id)
        return None if row is None else self.facts[row]

    def _allowed(self, filters: Filters) -> list[int]:
        allow = filters.matcher()
        return [row for row, facts in enumerate(self.facts) if allow(facts)]

    def search(self, wish: str, filters: Filters = IN_STOCK, k: int = 5, locale: str = "ko") -> list[Item]:
        """The `k` products that fit the words best, among those the filters allow; all words may be filters already."""
        scores = self._shelf.fit(wish, locale) + 1e-3 * self._selling
        allow = filters.matcher()
        items: list[Item] = []
        for row in np.argsort(-scores, kind="stable"):
            if len(items) == k:
                break
            if allow(self.facts[row]):
                items.append(Item(self.facts[row].id, float(scores[row]), Reason("wish")))
        return items

    def recommend(
        self,
        signals: Sequence[Signal] = (),
        wish: str = "",
        filters: Filters = IN_STOCK,
        k: int = 5,
        *,
        locale: str = "ko",
        rest_days: float = REST_DAYS,
        again: int | None = None,
        varied: bool = True,
    ) -> list[Item]:
        """`k` different products for a customer, by wish and by what the customer did; strangers get what sells.

        Left out beside what the filters refuse: what is in the cart, and what was bought within `rest_days` unless it is
        consumed. At most `again` (half of `k`) are things to buy again. `varied` False ranks by relevance alone.
        """
        taste = read_taste(signals, self._row)
        left_out = resting(taste, self.facts, rest_days)
        allowed = [row for row in self._allowed(filters) if self.facts[row].id not in left_out]
        due = due_again(taste, self.facts, len(self.facts))
        personal = self._personal(taste, due)
        wished = self._wished(wish, locale, allowed)
        relevance = personal
        if wished is not None and allowed:
            scale = float(wished[allowed].max()) / max(float(personal[allowed].max()), 1e-9)
            relevance = WISH_SHARE * wished + (1 - WISH_SHARE) * scale * personal
        few = self._few_again(allowed, relevance, due, int(k * AGAIN_SHARE) if again is None else again, k)
        if varied:
            named = self._shelf.kinds_named(wish)
            asked_for = [row for row in few if self._kinds[row] in named]
            few = asked_for if len(asked_for) >= k else few
            most = None if named or filters.kind or filters.category in self._kinds else MOST_OF_A_KIND
            chosen = diversify(relevance, few, self._shelf.matrix, self._kinds, k, most=most)
        else:
            chosen = sorted(few, key=lambda row: -relevance[row])[:k]
        return [
            Item(self.facts[row].id, float(relevance[row]), self._reason(row, taste, due, wished)) for row in chosen
        ]  # fmt: skip

    def similar(self, product_id: str, filters: Filters = IN_STOCK, k: int = 5) -> list[Item]:
        """The `k` products nearest to this one, itself left out, its department before all others; none for an unknown id.

        A cheaper one is asked for by `filters.price_max`.
        """
        return self._nearest(product_id, filters, k, kind_first=False)

    def alternatives(self, product_id: str, filters: Filters = IN_STOCK, k: int = 5) -> list[Item]:
        """What to take instead of a product that is sold out: its kind before all others."""
        return self._nearest(product_id, filters, k, kind_first=True)

    def _nearest(self, product_id: str, filters: Filters, k: int, *, kind_first: bool) -> list[Item]:
        row = self._row.get(product_id)
        if row is None:
            return []
        own = self.facts[row]
        together = self._neighbours.scores(np.array([row]), np.ones(1, np.float32))
        scores = self._shelf.near(self._shelf.matrix[row])
        scores = (1 - TOGETHER_SHARE) * scores + TOGETHER_SHARE * together / max(float(together.max(initial=0)), 1e-9)

        def order(other: int) -> tuple[bool, bool, float]:
            facts = self.facts[other]
            alike = facts.kind == own.kind
            return not (kind_first and alike), facts.category != own.category, -float(scores[other] + SAME_KIND * alike)

        rows = sorted((other for other in self._allowed(filters) if other != row), key=order)[:k]
        return [Item(self.facts[other].id, float(scores[other]), self._nearness(row, other)) for other in rows]

    def _nearness(self, row: int, other: int) -> Reason:
        near = self._neighbours.nearest_of(other, np.array([row]), np.ones(1, np.float32))
        alike = self.facts[row].kind == self.facts[other].kind or near is None or near[1] < TOGETHER
        return Reason("similar" if alike else "bought_together", {"product": self.facts[row].id})

    def _wished(self, wish: str, locale: str, allowed: list[int]) -> Floats | None:
        if not wish.strip():
            return None
        wished = self._shelf.fit(wish, locale)
        return wished if (wished[allowed] > 0).any() else None

    def _personal(self, taste: Taste, due: Floats) -> Floats:
        relevance = POPULARITY_SHARE * self._selling
        if len(taste.rows):
            near = self._neighbours.scores(taste.rows, taste.weights)
            relevance = relevance + near / max(float(near.max()), 1e-9)
            relevance = relevance + INTEREST_SHARE * interest(taste, len(self.facts))
            relevance = relevance + REPEAT_SHARE * due * (1 + REPEAT_TREND * self._selling)
        return np.asarray(relevance, np.float32)

    def _few_again(self, allowed: list[int], relevance: Floats, due: Floats, most: int, k: int) -> list[int]:
        """Without the repeats beyond the first `most`, as long as enough else is allowed."""
        repeats = sorted((row for row in allowed if due[row] > 0), key=lambda row: -relevance[row])
        others = len(allowed) - len(repeats)
        beyond = set(repeats[max(most, k - others) :])
        return [row for row in allowed if row not in beyond]

    def _reason(self, row: int, taste: Taste, due: Floats, wished: Floats | None) -> Reason:
        if wished is not None and wished[row] >= FITTING:
            return Reason("wish")
        own_id = self.facts[row].id
        if due[row] > 0:
            return Reason("again", {"product": own_id})
        if interest(taste, len(self.facts))[row] > 0:
            saved = any(signal.kind == "wishlist" and signal.product_id == own_id for signal in taste.signals)
            return Reason("wishlist" if saved else "viewed", {"product": own_id})
        near = self._neighbours.nearest_of(row, taste.rows, taste.weights) if len(taste.rows) else None
        if near is None:
            return Reason("wish" if wished is not None else "new" if own_id in self._sales.fresh else "popular")
        signal = taste.signals[near[0]]
        return Reason(_reason_of(signal, near[1]), {"product": signal.product_id})


def _reason_of(signal: Signal, together: float) -> ReasonCode:
    if signal.kind == "cart":
        return "cart"
    if signal.kind == "wishlist":
        return "wishlist"
    if signal.kind == "view":
        return "viewed"
    return "bought_together" if together >= TOGETHER else "history"
