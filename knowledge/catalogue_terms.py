"""Names of the catalogue in a customer's words: categories, brands and products, with where they stand.

New products need no training: the gazetteer is made from the catalogue's rows. Korean particles after a name are left
out, spaces inside a name may be missing or added, case does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

TermKind = Literal["product", "brand", "category"]
_STRENGTH: dict[str, int] = {"product": 2, "brand": 1, "category": 0}
_PARTICLES = (
    "으로만|에서는|에게는|이라고|이랑은|으로|에서|에게|부터|까지|이나|이랑|처럼|보다|라고|하고|밖에|마다|만은|"
    "이요|예요|이에요|있어|은|는|이|가|을|를|의|에|도|만|로|와|과|랑|나|요|야"
)
_AFTER_SHORT = re.compile(rf"(?:{_PARTICLES})?(?![가-힣])")


class Named(Protocol):
    """A product as the store gives it; the maps are from language to a text or texts."""

    id: Any
    kind: Any
    kind_names: Any
    brand: Any
    brand_name: Any
    name: Any


@dataclass(frozen=True, slots=True)
class Term:
    """A name found: `raw` is the customer's own letters at [start, end), `value` the catalogue's id."""

    entity: TermKind
    raw: str
    value: str
    start: int
    end: int


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [name for part in value.values() for name in _names(part)]
    return [name for part in value or [] for name in _names(part)]


def _letters(text: str) -> tuple[str, list[int]]:
    """The text's letters in lower case without spaces and hyphens, and where each stood."""
    kept = [(letter.lower()[0], at) for at, letter in enumerate(text) if not letter.isspace() and letter not in "-_·"]
    return "".join(low for low, _ in kept), [at for _, at in kept]


class Gazetteer:
    """Finds the names of `products`. Immutable.

    `words` adds names and synonyms that no product row carries: {"categories" | "brands": {id: texts by language}}.
    """

    def __init__(self, products: Iterable[Named], words: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._terms: dict[str, tuple[TermKind, str]] = {}
        rows = list(products)
        for category, names in (words or {}).get("categories", {}).items():
            self._add("category", category, names)
        for row in rows:
            self._add("category", row.kind, row.kind_names)
        for brand, names in (words or {}).get("brands", {}).items():
            self._add("brand", brand, names)
        for row in rows:
            if row.brand:
                self._add("brand", row.brand, row.brand_name)
        for row in rows:
            self._add("product", row.id, row.name)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for name in self._terms:
            lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def _add(self, kind: TermKind, value: str, names: Any) -> None:
        for name in _names(names):
            key = _letters(unicodedata.normalize("NFC", name))[0]
            if key:
                self._terms[key] = (kind, value)

    def find(self, text: str) -> list[Term]:
        """The names in `text`, in reading order, none within another: the longer wins, then product, brand, category."""
        letters, places = _letters(text)
        found = [
            self._term(text, letters, places, at, length)
            for at in range(len(letters))
            for length in self._lengths.get(letters[at], ())
            if letters[at : at + length] in self._terms
        ]
        standing = [term for term in found if _stands_alone(text, term.start, term.end)]
        standing.sort(key=lambda term: (term.start - term.end, -_STRENGTH[term.entity], term.start))
        kept: list[Term] = []
        for term in standing:
            if all(term.end <= other.start or other.end <= term.start for other in kept):
                kept.append(term)
        return sorted(kept, key=lambda term: term.start)

    def _term(self, text: str, letters: str, places: list[int], at: int, length: int) -> Term:
        entity, value = self._terms[letters[at : at + length]]
        start, end = places[at], places[at + length - 1] + 1
        return Term(entity, text[start:end], value, start, end)


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is a word of its own rather than a piece of another one."""
    before = text[start - 1 : start]
    if not _is_hangul(text[start]) and before and before.isalnum() and not _is_hangul(before):
        return False
    if not _is_hangul(text[end - 1]):
        rest = re.match(r"(?:es|s)?(?![a-z0-9])", text[end:].lower())
        return rest is not None
    syllables = sum(map(_is_hangul, text[start:end]))
    if syllables <= 2 and before and _is_hangul(before):
        return False
    # One syllable (컵) begins too many other words; a longer name may run on: 토너추천해줘.
    return syllables > 1 or _AFTER_SHORT.match(text, end) is not None
