"""From text to rows of the embedded model's two tables: Korean morphemes and English word pieces."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from kiwipiepy import Kiwi

_HANGUL = re.compile(r"[가-힣ㄱ-ㆎ]")
_LATIN = re.compile(r"[a-z][a-z0-9]*")
_CONTENT_TAGS = ("NNG", "NNP", "VV", "VA", "XR", "NNB", "MAG")
_LONGEST_PIECE = 24


def _carries_meaning(tag: str) -> bool:
    # Symbols, numbers, foreign letters (the English half reads those) and what Kiwi could not read.
    return tag[0] not in "SUWZ"


class KoreanPieces:
    """Morphemes of Korean text as row numbers. Unknown compounds are taken apart into known nouns; the rest is skipped."""

    def __init__(self, keys: Sequence[str], added: Sequence[str]) -> None:
        self._rows = {key: row for row, key in enumerate(keys)}
        self._nouns = {key.rpartition("/")[0]: row for key, row in self._rows.items() if key.endswith(("/NNG", "/NNP"))}
        self._kiwi = Kiwi(num_workers=1, load_multi_dict=False)
        for word in added:
            self._kiwi.add_user_word(word, "NNP", 0.0)
        # Kiwi keeps buffers of its own; one text at a time.
        self._lock = threading.Lock()

    def rows(self, text: str) -> list[int]:
        """Row numbers in reading order; empty for text without Hangul."""
        if not _HANGUL.search(text):
            return []
        with self._lock:
            tokens = [(token.form, token.tag) for token in self._kiwi.tokenize(text)]
        return [row for form, tag in tokens if _carries_meaning(tag) for row in self._find(form, tag)]

    def _find(self, form: str, tag: str) -> list[int]:
        row = self._rows.get(f"{form}/{tag}")
        if row is not None:
            return [row]
        if tag not in _CONTENT_TAGS:
            return []
        for other in _CONTENT_TAGS:
            row = self._rows.get(f"{form}/{other}")
            if row is not None:
                return [row]
        return list(self._take_apart(form))

    def _take_apart(self, form: str) -> Iterator[int]:
        start = 0
        while start < len(form) - 1:
            for end in range(len(form), start + 1, -1):
                row = self._nouns.get(form[start:end])
                if row is not None:
                    yield row
                    start = end
                    break
            else:
                start += 1


class EnglishPieces:
    """Latin words of a text as row numbers: whole, without its ending, or as word pieces, whichever is known first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._rows = {key: row for row, key in enumerate(keys)}
        self._word = lru_cache(maxsize=20_000)(self._find)

    def rows(self, text: str) -> list[int]:
        """Row numbers in reading order."""
        plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        return [row for word in _LATIN.findall(plain) for row in self._word(word)]

    def _find(self, word: str) -> tuple[int, ...]:
        for candidate in _stems(word):
            row = self._rows.get(candidate)
            if row is not None:
                return (row,)
        return tuple(self._word_pieces(word))

    def _word_pieces(self, word: str) -> Iterator[int]:
        start = 0
        while start < len(word):
            for end in range(min(len(word), start + _LONGEST_PIECE), start, -1):
                piece = word[start:end] if start == 0 else "##" + word[start:end]
                row = self._rows.get(piece)
                if row is not None:
                    yield row
                    start = end
                    break
            else:
                return


def _stems(word: str) -> Iterator[str]:
    """The word, then what is left without a plural, past or -ing ending."""
    yield word
    for ending in ("s", "es", "d", "ed", "ing"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        yield stem
        if ending in ("ed", "ing"):
            yield stem + "e"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
