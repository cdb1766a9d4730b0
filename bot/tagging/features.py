"""What the network sees of each token: its word, form, letters and part of speech, what the readers of forms and the lexicon of
goods say of it, and its vector in the embedding model.

The first are names hashed into the rows of one table ("hashing trick", Weinberger et al. 2009), so that a word nobody has met
still has its letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rasa.nlu.tokenizers.tokenizer import Token

from bot.entities.words import Found
from bot.goods import mark_goods
from bot.word_vectors import WordVectors

Floats = NDArray[np.float32]

ROWS = 2**15
MOST_FEATURES = 26
_MOST_TRIGRAMS = 10
_SHAPES = (
    (re.compile("[가-힣]"), "가"),
    (re.compile("[a-z]"), "a"),
    (re.compile("[A-Z]"), "A"),
    (re.compile(r"\d"), "0"),
)
_RUNS = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Seen:
    """A message's tokens: rows of the feature table a token, and vectors, float32 [tokens, dim]."""

    rows: Sequence[Sequence[int]]
    vectors: Floats


def see(
    text: str, tokens: Sequence[Token], entities: Sequence[Found], vectors: WordVectors, *, lexicon: bool = True
) -> Seen:
    """What the network sees of `tokens`. `entities` are those that `patterns` found. Without `lexicon` no goods are known."""
    read = _read_at(tokens, entities)
    begins = {one["start"] for one in entities}
    marks = mark_goods(tokens) if lexicon else [None] * len(tokens)
    rows = [
        [*_rows_of_word(*_word(token, text)), *_rows_around(read.get(token.start, set()), mark, token.start in begins)][
            :MOST_FEATURES
        ]
        for token, mark in zip(tokens, marks, strict=True)
    ]
    return Seen(rows, np.stack([_vector(vectors, token.text, *_kind(token)) for token in tokens]))


def _read_at(tokens: Sequence[Token], entities: Iterable[Found]) -> Mapping[int, Set[str]]:
    read: defaultdict[int, set[str]] = defaultdict(set)
    for one in entities:
        for token in tokens:
            if one["start"] <= token.start < one["end"]:
                read[token.start].add(one["entity"])
    return read


def _kind(token: Token) -> tuple[str, str, str]:
    return token.lemma, token.get("pos", "SW"), token.get("form", token.text)


def _word(token: Token, text: str) -> tuple[str, str, str, bool]:
    spaced = token.start == 0 or text[token.start - 1].isspace()
    return token.text, token.lemma, token.get("pos", "SW"), spaced


# A message is seen twice, by the sentence network and by the tagger, and its words in many others.
@lru_cache(maxsize=4096)
def _vector(vectors: WordVectors, text: str, lemma: str, pos: str, form: str) -> Floats:
    return vectors.of([Token(text, 0, data={"pos": pos, "form": form}, lemma=lemma)])


@lru_cache(maxsize=8192)
def _rows_of_word(text: str, lemma: str, pos: str, spaced: bool) -> tuple[int, ...]:
    word = text.lower()
    names = [
        f"w={lemma}", f"p={pos}", f"s={_shape(text)}", f"spaced={spaced}",
        *(f"x{length}={word[-length:]}" for length in (1, 2, 3)),
        *(f"b{length}={word[:length]}" for length in (2, 3)),
        *_trigrams(word),
    ]  # fmt: skip
    return tuple(map(_row, names))


def _rows_around(read: Set[str], mark: str | None, begins: bool) -> list[int]:
    names = [f"n={mark}", *(f"e={name}" for name in sorted(read)), *(["begins"] if begins else [])]
    return [_row(name) for name in names]


def _shape(text: str) -> str:
    for pattern, sign in _SHAPES:
        text = pattern.sub(sign, text)
    return _RUNS.sub(r"\1", text)


def _trigrams(word: str) -> list[str]:
    """Three letters each, Hangul taken apart into jamo, so that a slip leaves most of them."""
    letters = f"<{unicodedata.normalize('NFD', word)}>"
    return [f"g={letters[at : at + 3]}" for at in range(len(letters) - 2)][:_MOST_TRIGRAMS]


@lru_cache(maxsize=16_384)
def _row(name: str) -> int:
    return crc32(name.encode("utf-8", "replace")) % ROWS
