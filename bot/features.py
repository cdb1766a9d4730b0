"""What the intent classifier sees of a message: its morphemes in ones and twos, and pieces of its words.

    words   배송 · 언제 · 오다 · "^ 배송" · "배송 언제" ...         (meaning; endings and spacing apart)
    pieces  every 1 to 4 letters within a word, " 배송" "배송언" ...  (typing errors, slang, unknown words)

Import-free of Rasa, so that cross-checks need only Kiwi and scikit-learn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

_DIGITS = re.compile(r"\d+")
_LONGEST_PIECE = 4


def word_features(lemmas: Sequence[str]) -> list[str]:
    """Lemmas and pairs of neighbours; every number counts as the same word."""
    words = ["0" if lemma.isdigit() else lemma for lemma in lemmas]
    bounded = ["^", *words, "$"]
    return words + [f"{left} {right}" for left, right in pairwise(bounded)]


def piece_features(text: str) -> list[str]:
    """Letter n-grams (1-4) within each word, its edges marked by a blank; compatibility forms and case are folded."""
    folded = _DIGITS.sub("0", unicodedata.normalize("NFKC", text).lower())
    pieces: list[str] = []
    for word in folded.split():
        edged = f" {word} "
        for length in range(1, _LONGEST_PIECE + 1):
            pieces += [edged[at : at + length] for at in range(len(edged) - length + 1)]
    return [piece for piece in pieces if piece != " "]
