"""Names of the catalogue in a customer's words: categories, brands and products, with where they stand.

New products need no training: the gazetteer is made from the catalogue's rows. Korean particles after a name are left
out, spaces inside a name may be missing or added, case does not count. Of a product's name a telling part is enough, and
one letter may be wrong; where that fits several products, all of them are given.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from knowledge.name_forms import NameParts, NearMisses, ordinary_words

TermKind = Literal["product", "brand", "category"]
_STRENGTH: dict[str, int] = {"product": 2, "brand": 1, "category": 0}
_PARTICLES = (
    "으로만|에서는|에게는|이라고|이랑은|으로|에서|에게|부터|까지|이나|이랑|처럼|보다|라고|하고|밖에|마다|만은|"
    "이요|예요|이에요|있어|은|는|이|가|을|를|의|에|도|만|로|와|과|랑|나|요|야"
)
_AFTER_SHORT = re.compile(rf"(?:{_PARTICLES})?(?![가-힣])")
_PARTICLE_AT_END = re.compile(rf"(?<=[가-힣]{{2}})(?:{_PARTICLES})$")
_WORD = re.compile(r"[^\W_]+")
# A misspelt name may be this many words long, and must be this much longer than what is found letter by letter.
_LONGEST = 4
_DOUBT = 2


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
    """A name found: `raw` is the customer's own letters at [start, end), `value` the catalogue's id.

    `ids` are all that the name may mean, in the catalogue's order; with more than one of them `value` is None.
    """

    entity: TermKind
    raw: str
    value: str | None
    start: int
    end: int
    ids: tuple[str, ...] = ()


@dataclass(slots=True)
class _Name:
    entity: TermKind
    ids: list[str]
    whole: bool = True


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


def _key(name: str) -> str:
    return _letters(unicodedata.normalize("NFC", name))[0]


# Words of shopping that hold the name of a thing: a cart is no basket that could be bought.
_NO_GOODS = re.compile(
    r"장\s?바구니|쇼핑백|쿠키런|\b(?:my|the|your|shopping)\s+(?:basket|bag)\b|\bat\s+home\b", re.IGNORECASE
)


class Gazetteer:
    """Finds the names of `products`. Immutable.

    `words` adds names and synonyms that no product row carries: {"categories" | "brands": {id: texts by language}}.
    `ordinary` is running text (articles): what stands there is not taken for a part of a product's name.
    """

    def __init__(
        self,
        products: Iterable[Named],
        words: Mapping[str, Mapping[str, Any]] | None = None,
        ordinary: Iterable[str] = (),
    ) -> None:
        self._terms: dict[str, _Name] = {}
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
        said = _said_of(rows, self._terms, ordinary)
        self._said = frozenset(said)
        self._add_parts(rows, said)
        self._misses = NearMisses(self._terms)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for name in self._terms:
            lengths[name[0]].add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def _add(self, kind: TermKind, value: str, names: Any) -> None:
        for name in _names(names):
            key = _key(name)
            known = self._terms.get(key)
            if key and known is not None and known.entity == kind:
                known.ids += [value] if value not in known.ids else []
            elif key:
                self._terms[key] = _Name(kind, [value])

    def _add_parts(self, rows: Sequence[Named], said: Mapping[str, Set[str]]) -> None:
        """Take in the parts of product names that tell products apart."""
        named = [(row.id, unicodedata.normalize("NFC", name)) for row in rows for name in _names(row.name)]
        fresh: dict[str, _Name] = {}
        for product_id, part, complete in NameParts(named, said).parts():
            key = _key(part)
            if key not in self._terms:
                name = fresh.setdefault(key, _Name("product", [], False))
                name.whole = name.whole or complete
                name.ids += [product_id] if product_id not in name.ids else []
        self._terms |= fresh

    def find(self, text: str) -> list[Term]:
        """The names in `text`, in reading order, none within another: the longer wins, then the whole name, then product,
        brand, category. Misspelt names are looked for where nothing else is found.
        """
        kept = _without_overlaps([*self._exact(text), *self._misspelt(text)])
        return sorted((term for _, term in kept), key=lambda term: term.start)

    def _exact(self, text: str) -> Iterator[tuple[tuple[int, ...], Term]]:
        letters, places = _letters(_NO_GOODS.sub(lambda found: "\0" * len(found[0]), text))
        for at in range(len(letters)):
            for length in self._lengths.get(letters[at], ()):
                name = self._terms.get(letters[at : at + length])
                if name is None or at + length > len(letters):
                    continue
                start, end = places[at], places[at + length - 1] + 1
                if _stands_alone(text, start, end):
                    yield _rank(name, end - start), _term(name, text, start, end)

    def _misspelt(self, text: str) -> Iterator[tuple[tuple[int, ...], Term]]:
        words = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        for first, (start, _) in enumerate(words):
            for last, (_, end) in enumerate(words[first : first + _LONGEST], start=first):
                if not self._may_name([text[slice(*word)] for word in words[first : last + 1]]):
                    continue
                bare = _PARTICLE_AT_END.sub("", text[start:end])
                for form in dict.fromkeys((text[start:end], bare)):
                    key = _key(form)
                    meant = self._misses.find(key) if key not in self._terms else None
                    if meant is not None:
                        name, stop = self._terms[meant], start + len(form)
                        yield _rank(name, stop - start - _DOUBT), _term(name, text, start, stop)
                        break

    def _may_name(self, words: Sequence[str]) -> bool:
        """Whether words may be a misspelt name: none of them tiny, not all of them usual."""
        return all(len(word) > (2 if word.isascii() else 1) for word in words) and not all(
            word.lower() in self._said for word in words
        )


def _said_of(rows: Iterable[Named], named: Iterable[str], ordinary: Iterable[str]) -> dict[str, set[str]]:
    """Words in running text, with the products whose own descriptions or tags they stand in; "" for all other text."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for part in (getattr(row, "description", None), getattr(row, "tags", None)):
            for word in ordinary_words(_names(part)):
                said[word].add(row.id)
        for word in ordinary_words([*_names(row.kind_names), *_names(row.brand_name)]):
            said[word].add("")
    for word in (*ordinary_words(ordinary), *named):
        said[word].add("")
    return said


def _rank(name: _Name, length: int) -> tuple[int, ...]:
    return (-length, not name.whole, -_STRENGTH[name.entity])


def _term(name: _Name, text: str, start: int, end: int) -> Term:
    value = name.ids[0] if len(name.ids) == 1 else None
    return Term(name.entity, text[start:end], value, start, end, tuple(name.ids))


def _without_overlaps(found: list[tuple[tuple[int, ...], Term]]) -> list[tuple[tuple[int, ...], Term]]:
    kept: list[tuple[tuple[int, ...], Term]] = []
    for rank, term in sorted(found, key=lambda one: (one[0], one[1].start)):
        if all(term.end <= other.start or other.end <= term.start for _, other in kept):
            kept.append((rank, term))
    return kept


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
