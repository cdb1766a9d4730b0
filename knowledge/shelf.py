"""What can be said of products in words: their vectors and letters, and how well a wish fits each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from core.language import LOCALES
from knowledge.catalogue_terms import Gazetteer
from knowledge.encoder import Encoder
from knowledge.facts import Facts
from knowledge.lexical import LexicalIndex
from knowledge.spelling import SpellingIndex

Floats = NDArray[np.float32]

# A product's vector: its name, kind and tags count more than its description.
HEAD_SHARE = 0.7
# A wish against a product: meaning against letters.
DENSE_SHARE = 0.6
# On top of that: words of its attributes and department, and a kind or brand that the wish names.
TRAIT_SHARE = 0.15
NAMED_KIND = 0.12
NAMED_BRAND = 0.08


@dataclass(slots=True)
class _Label:
    """What the gazetteer needs to know kinds and brands by."""

    id: str
    kind: str
    kind_names: Any
    brand: str | None
    brand_name: Any
    name: None = None


def unit(vectors: Floats) -> Floats:
    """The vectors at length 1; zeros stay."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), np.float32)


def texts_key(facts: Facts) -> tuple[Any, ...]:
    """Everything of a product that the shelf is made from: with the same keys, a shelf serves on."""
    return (facts.id, facts.kind, facts.brand, facts.head, facts.traits, facts.description, str(facts.kind_names))


class Shelf:
    """Products by their texts, in the order given. Immutable; texts that `previous` knows are not embedded again."""

    def __init__(self, products: Sequence[Facts], encoder: Encoder, previous: Shelf | None = None) -> None:
        self._encoder = encoder
        self.keys = [texts_key(facts) for facts in products]
        self._vectors: dict[str, Floats] = self._embed(products, previous._vectors if previous else {})
        self.matrix = np.zeros((len(products), encoder.dim), np.float32)
        for row, facts in enumerate(products):
            self.matrix[row] = self._vector(facts)
        self._faiss = faiss.IndexFlatIP(encoder.dim)
        self._faiss.add(self.matrix)
        self._words: dict[str, LexicalIndex] = {
            locale: LexicalIndex([facts.head[number] for facts in products], locale)
            for number, locale in enumerate(LOCALES)
        }
        self._traits: dict[str, LexicalIndex] = {
            locale: LexicalIndex([facts.traits[number] if facts.traits else "" for facts in products], locale)
            for number, locale in enumerate(LOCALES)
        }
        self._spelling = SpellingIndex([" ".join(facts.name) for facts in products])
        self._kinds = np.array([facts.kind or "" for facts in products], dtype=object)
        self._brands = np.array([facts.brand or "" for facts in products], dtype=object)
        self._labels = Gazetteer(
            [_Label(facts.id, facts.kind, facts.kind_names, facts.brand, facts.brand_name) for facts in products]
        )

    def _embed(self, products: Sequence[Facts], known: dict[str, Floats]) -> dict[str, Floats]:
        texts = {text for facts in products for text in (*facts.head, *facts.description) if text}
        new = sorted(texts - known.keys())
        self.embedded = len(new)
        fresh = dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}
        return {text: known[text] if text in known else fresh[text] for text in texts}

    def _vector(self, facts: Facts) -> Floats:
        """Both languages in one vector: the embedded model keeps them apart, a multilingual one together."""
        zero = np.zeros(self._encoder.dim, np.float32)
        head = unit(np.sum([self._vectors.get(text, zero) for text in facts.head], axis=0))
        description = unit(np.sum([self._vectors.get(text, zero) for text in facts.description], axis=0))
        return unit(HEAD_SHARE * head + (1 - HEAD_SHARE) * description)

    def near(self, vector: Floats) -> Floats:
        """Cosine of each product with a unit vector, float32 [products]."""
        scores = np.zeros(len(self.keys), np.float32)
        if len(self.keys):
            found, rows = self._faiss.search(vector[None, :], len(self.keys))
            scores[rows[0]] = found[0]
        return scores

    def fit(self, wish: str, locale: str) -> Floats:
        """How well each product fits the words, by meaning, letters (also misspelt ones) and what they name; float32."""
        dense = self.near(self._encoder.encode([wish])[0])
        letters = np.maximum(self._words[locale].similarity(wish), self._spelling.similarity(wish))
        scores = DENSE_SHARE * dense + (1 - DENSE_SHARE) * letters + TRAIT_SHARE * self._traits[locale].similarity(wish)
        for term in self._labels.find(wish):
            if term.entity == "category":
                scores += NAMED_KIND * np.isin(self._kinds, list(term.ids))
            elif term.entity == "brand":
                scores += NAMED_BRAND * np.isin(self._brands, list(term.ids))
        return np.asarray(scores, np.float32)

    def kinds_named(self, wish: str) -> frozenset[str]:
        """The kinds of product that a text names."""
        found = [term for term in self._labels.find(wish) if term.entity == "category"]
        return frozenset(kind for term in found for kind in term.ids)
