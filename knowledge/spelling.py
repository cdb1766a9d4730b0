"""Misspelt words: letters of Korean syllables one by one, so that 에쎈스 is nearly 에센스, and how many letters differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from knowledge.lexical import Floats, LexicalIndex


def letters_of(text: str) -> str:
    """The text in lower case with each Korean syllable taken apart (NFD)."""
    return unicodedata.normalize("NFD", text.lower())


class SpellingIndex:
    """Likeness of a text with each of `texts` by runs of two to four letters within words, whatever the language."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._letters = LexicalIndex([letters_of(text) for text in texts], "en")

    def similarity(self, text: str) -> Floats:
        """Cosines, float32 [texts]."""
        return self._letters.similarity(letters_of(text))


def differences(one: str, other: str, most: int) -> int:
    """Letters to add, drop, change or swap with the next to get from one to the other; `most` + 1 where it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        row = [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and wanted == one[at - 2]:
                cost = min(cost, before_last[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before_last, last = last, row
    return min(last[-1], most + 1)
