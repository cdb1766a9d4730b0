"""What sentiment looks at: pieces of Korean text, words and pieces of English text, as numbers of buckets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

KO_BUCKETS, EN_BUCKETS, WORD_BUCKETS = 1 << 21, 1 << 18, 1 << 20
# Longest run of letters that counts as one piece.
_KO_LONGEST = 4
_EN_PIECES = (3, 4, 5)
_HANGUL = re.compile(r"[가-힣ㄱ-ㆎ]")
_STRETCHED = re.compile(r"(.)\1{2,}")
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")
_NEGATIONS = frozenset({
    "not", "no", "never", "nothing", "nobody", "none", "without", "hardly", "barely", "cannot", "isnt", "dont", "doesnt",
    "didnt", "wont", "cant", "wasnt", "arent", "couldnt", "wouldnt", "havent", "hasnt", "neither", "nor", "zero", "lacks",
})  # fmt: skip
_SCOPE_ENDS = frozenset({".", ",", "!", "?", ";", ":", "but", "though", "although", "however", "yet"})
# How many words a negation reaches.
_SCOPE = 3


@dataclass(frozen=True, slots=True)
class English:
    """`pieces` are buckets below EN_BUCKETS; `words` are words with -1 where they are negated, else 1."""

    pieces: list[int]
    words: list[tuple[str, int]]


def is_korean(text: str) -> bool:
    """Whether a text has Hangul."""
    return _HANGUL.search(text) is not None


def clean(text: str) -> str:
    """Composed, lower case, letters repeated three times or more written twice."""
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    return _SPACE.sub(" ", _STRETCHED.sub(r"\1\1", text)).strip()


def korean_pieces(text: str) -> list[int]:
    """Buckets of all runs of one to four letters, spaces left out: they are written as anybody likes."""
    letters = f"\x02{clean(text).replace(' ', '')}\x03"
    size = len(letters)
    found = {
        crc32(letters[start : start + length].encode()) % KO_BUCKETS
        for length in range(1, _KO_LONGEST + 1)
        for start in range(size - length + 1)
    }
    return sorted(found)


def english_features(text: str) -> English:
    """Words, pairs and pieces of words, those under a negation apart."""
    words = list(_negated(_TOKEN.findall(clean(text))))
    found: set[int] = set()
    for word, sign in words:
        found.add(_bucket(f"w{sign}{word}"))
        if word.isalpha() and word.isascii():
            whole = f"<{word}>"
            found.update(
                _bucket(f"c{sign}{whole[start : start + length]}")
                for length in _EN_PIECES
                for start in range(len(whole) - length + 1)
            )
    found.update(_bucket(f"p{first} {second}") for (first, _), (second, _) in pairwise(words))
    return English(sorted(found), words)


def word_bucket(word: str) -> int:
    """Where a word's own leaning is kept."""
    return crc32(word.encode()) % WORD_BUCKETS


def _bucket(piece: str) -> int:
    return crc32(piece.encode()) % EN_BUCKETS


def _negated(tokens: list[str]) -> Iterator[tuple[str, int]]:
    """Each token with -1 where a negation before it reaches it, else 1."""
    left = 0
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in _SCOPE_ENDS:
            left = 0
        yield token, -1 if left > 0 else 1
        left -= 1
        if (token in _NEGATIONS or token.endswith("n't")) and following != "only":
            left = _SCOPE
