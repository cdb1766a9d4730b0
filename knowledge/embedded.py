"""The embedded model: static Korean and English vectors, shipped with the project, through numpy alone.

A sentence's vector is two halves side by side: the weighted mean of its Korean morphemes and that of its English word
pieces, each at unit length, then scaled so that the squares of the two scales are the shares of the two languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.pieces import EnglishPieces, KoreanPieces

Floats = NDArray[np.float32]
MODEL_FILE = Path(__file__).parent / "model" / "vectors.npz"


@dataclass(frozen=True)
class Table:
    """One language's vectors: `keys` [n], `rows` int8 [n, dim] that times `scale` [n] have unit length, `weight` [n]."""

    keys: list[str]
    rows: NDArray[np.int8]
    scale: Floats
    weight: Floats

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.rows.shape[1])

    def mean(self, pieces: list[int]) -> tuple[Floats, float]:
        """Unit weighted mean of the pieces, float32 [dim] (zeros for none), and the sum of their weights."""
        if not pieces:
            return np.zeros(self.dim, np.float32), 0.0
        weight = self.weight[pieces]
        total = (weight * self.scale[pieces]) @ self.rows[pieces].astype(np.float32)
        return total / max(float(np.linalg.norm(total)), 1e-9), float(weight.sum())


def quantise(keys: list[str], vectors: Floats, weight: Floats) -> Table:
    """A table of the unit `vectors` [n, dim] in 8 bits."""
    largest = np.maximum(np.abs(vectors).max(axis=1), 1e-9)
    rows = np.rint(vectors / largest[:, None] * 127).astype(np.int8)
    return Table(keys, rows, (largest / 127).astype(np.float32), weight.astype(np.float32))


@dataclass(frozen=True)
class Tables:
    """Both halves, and the words that Kiwi has to be taught (`added`)."""

    ko: Table
    en: Table
    added: list[str]

    def save(self, path: Path) -> None:
        """Write one .npz; the same tables give the same bytes."""
        arrays: dict[str, NDArray[np.generic]] = {"added": _pack(self.added)}
        for name, table in (("ko", self.ko), ("en", self.en)):
            arrays[f"{name}_keys"] = _pack(table.keys)
            arrays[f"{name}_rows"] = table.rows
            arrays[f"{name}_scale"] = table.scale.astype(np.float16)
            arrays[f"{name}_weight"] = table.weight.astype(np.float16)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **arrays)  # type: ignore[arg-type]


def load_tables(path: Path = MODEL_FILE) -> Tables:
    """Read what `Tables.save` wrote. Raises FileNotFoundError."""
    with np.load(path, allow_pickle=False) as stored:
        halves = [
            Table(
                _unpack(stored[f"{name}_keys"]),
                stored[f"{name}_rows"],
                stored[f"{name}_scale"].astype(np.float32),
                stored[f"{name}_weight"].astype(np.float32),
            )
            for name in ("ko", "en")
        ]
        return Tables(halves[0], halves[1], _unpack(stored["added"]))


def _pack(words: list[str]) -> NDArray[np.generic]:
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def _unpack(packed: NDArray[np.uint8]) -> list[str]:
    text = packed.tobytes().decode()
    return text.split("\n") if text else []


class EmbeddedEncoder:
    """The shipped model. Loads its file and Kiwi at the first text (about a second); safe to share between threads."""

    name = "embedded"

    def __init__(self, tables: Tables | None = None) -> None:
        if tables is not None:
            self.tables = tables

    @cached_property
    def tables(self) -> Tables:
        """Both halves' vectors."""
        return load_tables()

    @cached_property
    def korean(self) -> KoreanPieces:
        """Text to rows of the Korean half."""
        return KoreanPieces(self.tables.ko.keys, self.tables.added)

    @cached_property
    def english(self) -> EnglishPieces:
        """Text to rows of the English half."""
        return EnglishPieces(self.tables.en.keys)

    @property
    def dim(self) -> int:
        """Length of a sentence vector."""
        return self.tables.ko.dim + self.tables.en.dim

    def encode(self, texts: list[str]) -> Floats:
        """Unit vectors, float32 [texts, dim]; a text without a known word gets zeros."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            korean, korean_weight = self.tables.ko.mean(self.korean.rows(text))
            english, english_weight = self.tables.en.mean(self.english.rows(text))
            total = max(korean_weight + english_weight, 1e-9)
            vector[: len(korean)] = korean * np.sqrt(korean_weight / total)
            vector[len(korean) :] = english * np.sqrt(english_weight / total)
        return vectors
