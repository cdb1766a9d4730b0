"""Which products fit a wish, and which to recommend to a customer: product vectors in FAISS under hard filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from core.language import LOCALES
from knowledge.encoder import Encoder
from knowledge.lexical import LexicalIndex

Floats = NDArray[np.float32]
ReasonCode = Literal["wish", "history", "wish_and_history", "popular"]

# A product's vector: its name, kind and tags count more than its description.
HEAD_SHARE = 0.7
# A wish against a product: meaning against letters.
DENSE_SHARE = 0.6
# A stated wish against what was bought before, where both are known; popularity breaks what is left equal.
WISH_SHARE = 0.7
POPULARITY_SHARE = 0.05
# A purchase counts half after this many days.
HALF_LIFE_DAYS = 90.0
# Maximal marginal relevance (Carbonell and Goldstein, 1998): relevance against likeness to what is already shown.
RELEVANCE_SHARE = 0.8
# Nothing is shown for variety's sake that fits less than this share of what the best one does, while there is better.
CLOSE_ENOUGH = 0.6
# From here on a product counts as alike what was bought, and a wish as having something to do with it.
ALIKE = 0.35
FITTING = 0.2


class Sold(Protocol):
    """A product as the store gives it. The maps are from language to a text or texts."""

    id: Any
    category: Any
    kind: Any
    kind_names: Any
    brand: Any
    brand_name: Any
    name: Any
    description: Any
    tags: Any
    price: Any
    stock: Any


@dataclass(frozen=True, slots=True)
class Filters:
    """What a product must satisfy, whatever its score. Prices in minor units, inclusive; `category` is a department or a kind."""

    price_min: int | None = None
    price_max: int | None = None
    category: str | None = None
    kind: str | None = None
    brand: str | None = None
    in_stock: bool = True
    exclude: frozenset[str] = frozenset()

    def allow(self, product: Facts) -> bool:
        """Whether the product may be shown."""
        return (
            (self.price_min is None or product.price >= self.price_min)
            and (self.price_max is None or product.price <= self.price_max)
            and (self.category is None or self.category in (product.category, product.kind))
            and (self.kind is None or product.kind == self.kind)
            and (self.brand is None or product.brand == self.brand)
            and (product.stock > 0 or not self.in_stock)
            and product.id not in self.exclude
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a product, detached from the store; `head` and `description` by language."""

    id: str
    category: str
    kind: str
    brand: str | None
    price: int
    stock: int
    head: tuple[str, ...]
    description: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purchase:
    """Something a customer bought, and how long ago."""

    product_id: str
    days_ago: float
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is shown; `history` and `wish_and_history` name the bought `product` that it resembles."""

    code: ReasonCode
    args: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """A product to show; `score` orders, higher first, and means nothing by itself."""

    product_id: str
    score: float
    reason: Reason


def _texts(value: Any, locale: str) -> list[str]:
    found = value.get(locale) if isinstance(value, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [str(text) for text in found or []]


def read_facts(product: Sold) -> Facts:
    """Detach a product from the store."""
    heads = [
        " ".join(text for part in (product.brand_name, product.name, product.kind_names, product.tags)
                 for text in _texts(part, locale))
        for locale in LOCALES
    ]  # fmt: skip
    descriptions = [" ".join(_texts(product.description, locale)) for locale in LOCALES]
    return Facts(
        product.id, product.category, product.kind, product.brand, product.price, product.stock,
        tuple(heads), tuple(descriptions),
    )  # fmt: skip


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), np.float32)


class ProductIndex:
    """All active products. Immutable: a changed catalogue makes a new one, embedding only texts that are new."""

    def __init__(self, products: Iterable[Sold], encoder: Encoder, previous: ProductIndex | None = None) -> None:
        self._encoder = encoder
        self.facts = [read_facts(product) for product in products]
        self._row = {facts.id: row for row, facts in enumerate(self.facts)}
        self._vectors: dict[str, Floats] = self._embed(previous._vectors if previous else {})
        self._matrix = np.zeros((len(self.facts), encoder.dim), np.float32)
        for row, facts in enumerate(self.facts):
            self._matrix[row] = self._vector(facts)
        self._faiss = faiss.IndexFlatIP(encoder.dim)
        self._faiss.add(self._matrix)
        self._lexical: dict[str, LexicalIndex] = {
            locale: LexicalIndex([facts.head[number] for facts in self.facts], locale)
            for number, locale in enumerate(LOCALES)
        }

    def __len__(self) -> int:
        return len(self.facts)

    def _embed(self, known: dict[str, Floats]) -> dict[str, Floats]:
        texts = {text for facts in self.facts for text in (*facts.head, *facts.description) if text}
        new = sorted(texts - known.keys())
        self.embedded = len(new)
        fresh = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        return {text: known[text] if text in known else fresh[text] for text in texts}

    def _vector(self, facts: Facts) -> Floats:
        """Both languages in one vector: the embedded model keeps them apart, a multilingual one together."""
        zero = np.zeros(self._encoder.dim, np.float32)
        head = _unit(np.sum([self._vectors.get(text, zero) for text in facts.head], axis=0))
        description = _unit(np.sum([self._vectors.get(text, zero) for text in facts.description], axis=0))
        return _unit(HEAD_SHARE * head + (1 - HEAD_SHARE) * description)

    def search(self, wish: str, filters: Filters = Filters(), k: int = 5, locale: str = "ko") -> list[Item]:
        """The `k` products that fit the words best, among those the filters allow; all words may be filters already."""
        scores = self._wish_scores(wish, locale)
        rows = [row for row in np.argsort(-scores, kind="stable") if filters.allow(self.facts[row])]
        return [Item(self.facts[row].id, float(scores[row]), Reason("wish")) for row in rows[:k]]

    def recommend(
        self,
        purchases: Sequence[Purchase] = (),
        wish: str = "",
        filters: Filters = Filters(),
        k: int = 5,
        *,
        locale: str = "ko",
        popularity: Mapping[str, float] | None = None,
    ) -> list[Item]:
        """`k` different products for a customer: by wish and purchases where known, else the popular ones.

        `popularity` maps product id to any amount that grows with sales. What was bought is not recommended again.
        """
        bought = frozenset(purchase.product_id for purchase in purchases)
        allowed = [
            row for row, facts in enumerate(self.facts) if filters.allow(facts) and facts.id not in bought
        ]  # fmt: skip
        wished = self._wish_scores(wish, locale) if wish.strip() else None
        if wished is not None and not (wished[allowed] > 0).any():
            wished = None
        taste = self._taste(purchases)
        relevance = self._relevance(wished, taste, self._popular(popularity or {}))
        chosen = self._diversify(relevance, allowed, k)
        return [
            Item(self.facts[row].id, float(relevance[row]), self._reason(row, wished, purchases)) for row in chosen
        ]  # fmt: skip

    def similar(self, product_id: str, filters: Filters = Filters(), k: int = 5) -> list[Item]:
        """The `k` products most like this one, itself left out; none for an unknown id."""
        if product_id not in self._row:
            return []
        scores = self._dense(self._matrix[self._row[product_id]])
        rows = [row for row in np.argsort(-scores, kind="stable") if filters.allow(self.facts[row])]
        reason = Reason("history", {"product": product_id})
        return [
            Item(self.facts[row].id, float(scores[row]), reason) for row in rows if self.facts[row].id != product_id
        ][:k]

    def _dense(self, vector: Floats) -> Floats:
        scores = np.zeros(len(self.facts), np.float32)
        if len(self.facts):
            found, rows = self._faiss.search(vector[None, :], len(self.facts))
            scores[rows[0]] = found[0]
        return scores

    def _wish_scores(self, wish: str, locale: str) -> Floats:
        dense = self._dense(self._encoder.encode([wish])[0])
        lexical = self._lexical[locale].similarity(wish)
        return np.asarray(DENSE_SHARE * dense + (1 - DENSE_SHARE) * lexical, np.float32)

    def _taste(self, purchases: Sequence[Purchase]) -> Floats | None:
        known = [purchase for purchase in purchases if purchase.product_id in self._row]
        if not known:
            return None
        weights = np.array([0.5 ** (p.days_ago / HALF_LIFE_DAYS) * np.sqrt(p.quantity) for p in known], np.float32)
        return _unit(weights @ self._matrix[[self._row[purchase.product_id] for purchase in known]])

    def _popular(self, popularity: Mapping[str, float]) -> Floats:
        sales = np.array([popularity.get(facts.id, 0.0) for facts in self.facts], np.float32)
        logs = np.log1p(sales)
        return np.asarray(logs / max(float(logs.max(initial=0.0)), 1e-9), np.float32)

    def _relevance(self, wished: Floats | None, taste: Floats | None, popular: Floats) -> Floats:
        liked = None if taste is None else self._dense(taste)
        if wished is not None and liked is not None:
            relevance = WISH_SHARE * wished + (1 - WISH_SHARE) * liked
        elif wished is not None:
            relevance = wished
        elif liked is not None:
            relevance = liked
        else:
            return popular
        return np.asarray((1 - POPULARITY_SHARE) * relevance + POPULARITY_SHARE * popular, np.float32)

    def _diversify(self, relevance: Floats, allowed: list[int], k: int) -> list[int]:
        chosen: list[int] = []
        ranked = sorted(allowed, key=lambda row: -relevance[row])
        close = [row for row in ranked if relevance[row] >= CLOSE_ENOUGH * relevance[ranked[0]]]
        left = close if len(close) >= k else ranked[:k]
        likeness = np.zeros(len(self.facts), np.float32)
        while left and len(chosen) < k:
            best = max(left, key=lambda row: RELEVANCE_SHARE * relevance[row] - (1 - RELEVANCE_SHARE) * likeness[row])
            chosen.append(best)
            left.remove(best)
            likeness = np.maximum(likeness, self._matrix @ self._matrix[best])
        return chosen

    def _reason(self, row: int, wished: Floats | None, purchases: Sequence[Purchase]) -> Reason:
        fits = wished is not None and wished[row] >= FITTING
        like = self._most_alike(row, purchases)
        if like is not None:
            return Reason("wish_and_history" if fits else "history", {"product": like})
        return Reason("wish" if wished is not None else "popular")

    def _most_alike(self, row: int, purchases: Sequence[Purchase]) -> str | None:
        known = sorted({p.product_id for p in purchases if p.product_id in self._row})
        if not known:
            return None
        likeness = self._matrix[[self._row[product_id] for product_id in known]] @ self._matrix[row]
        best = int(np.argmax(likeness))
        return known[best] if likeness[best] >= ALIKE else None
