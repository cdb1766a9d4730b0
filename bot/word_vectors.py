"""Word vectors for the intent classifier, from the embedding model that the project ships (knowledge/model/vectors.npz).

A message becomes two unit vectors: the weighted mean of its Korean morphemes and that of its English words (zeros where it
has none), so that 환불 and 돌려받다 are near though they share no letter. The file holds, for `ko` and `en`: keys (lines of
UTF-8), rows (int8 [n, dim]), scale and weight ([n]); rows times scale have unit length.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasa.nlu.tokenizers.tokenizer import Token

Floats = NDArray[np.float32]

_LATIN = re.compile(r"[a-z][a-z0-9]*")
_CONTENT_TAGS = ("NNG", "NNP", "VV", "VA", "XR", "NNB", "MAG")
_LONGEST_PART = 24
_MEANINGLESS = "SUWZ"  # first letters of tags: symbols, foreign letters, numbers, unreadable
_ENDINGS = (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("'s", ""))


class Table:
    """One language's vectors by key."""

    def __init__(self, keys: Sequence[str], rows: NDArray[np.int8], scale: Floats, weight: Floats) -> None:
        self._row_of = {key: row for row, key in enumerate(keys)}
        self._rows = rows
        self._factors = scale.astype(np.float32) * weight.astype(np.float32)

    def find(self, keys: Iterable[str], parts: Callable[[str, int], Iterable[str]], form: str) -> list[int]:
        """The row of the first key that is known; else those of the longest known parts of `form`, left to right."""
        row = self._first(keys)
        if row is not None:
            return [row]
        found, start = [], 0
        while start < len(form):
            ends = range(min(len(form), start + _LONGEST_PART), start, -1)
            row, start = next(
                ((row, end) for end in ends if (row := self._first(parts(form[start:end], start))) is not None),
                (None, start + 1),
            )
            found += [] if row is None else [row]
        return found

    def _first(self, keys: Iterable[str]) -> int | None:
        return next((row for key in keys if (row := self._row_of.get(key)) is not None), None)

    def mean(self, rows: list[int]) -> Floats:
        """Unit weighted mean of rows, float32 [dim]; zeros for none."""
        if not rows:
            return np.zeros(self._rows.shape[1], np.float32)
        total = self._factors[rows] @ self._rows[rows].astype(np.float32)
        return total / max(float(np.linalg.norm(total)), 1e-9)


def _korean_keys(form: str, tag: str) -> Iterator[str]:
    yield f"{form}/{tag}"
    if tag in _CONTENT_TAGS:
        yield from (f"{form}/{other}" for other in _CONTENT_TAGS)


def _korean_parts(part: str, start: int) -> tuple[str, ...]:
    return (f"{part}/NNG", f"{part}/NNP") if len(part) > 1 else ()


def _no_parts(part: str, start: int) -> tuple[str, ...]:
    return ()


def _english_keys(word: str) -> Iterator[str]:
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield word[: -len(ending)] + instead


def _english_parts(part: str, start: int) -> tuple[str, ...]:
    return (f"##{part}" if start else part,)


def digest_of(path: Path) -> str:
    """What tells one file of vectors from another. A model keeps the digest and not the vectors, which are half its size."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def vectors_trained_with(digest: str, path: Path) -> WordVectors:
    """The vectors of `path`. Raises RuntimeError where they are not those that a model was trained with."""
    if digest_of(path) != digest:
        raise RuntimeError(f"{path.name} is not what this model was trained with: train it anew")
    return WordVectors.of_file(path)


class WordVectors:
    """Both languages' tables. Raises FileNotFoundError where the file is missing."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as stored:
            self._korean, self._english = (
                Table(
                    stored[f"{language}_keys"].tobytes().decode().split("\n"),
                    stored[f"{language}_rows"],
                    stored[f"{language}_scale"],
                    stored[f"{language}_weight"],
                )
                for language in ("ko", "en")
            )

    @classmethod
    @cache
    def of_file(cls, path: Path) -> WordVectors:
        """The vectors of a file, read once a process: several components see them."""
        return cls(path)

    def of(self, tokens: Sequence[Token]) -> Floats:
        """The message's vector: both halves side by side, float32 [ko dim + en dim]."""
        korean, english = [], []
        for token in tokens:
            tag, form = token.get("pos", "SW"), token.get("form", token.text)
            if tag[0] not in _MEANINGLESS:
                parts = _korean_parts if tag in _CONTENT_TAGS else _no_parts
                korean += self._korean.find(_korean_keys(form, tag), parts, form)
            for word in _LATIN.findall(token.lemma):
                english += self._english.find(_english_keys(word), _english_parts, word)
        return np.concatenate([self._korean.mean(korean), self._english.mean(english)])
