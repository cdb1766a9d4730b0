"""What the intent classifier sees of a message: its morphemes in ones and twos, pieces of its words, its letters, marks.

    words   배송 · 언제 · 오다 · "^ 배송" · "배송 언제" ...         (meaning; endings and spacing apart)
    pieces  every 1 to 4 letters within a word, " 배송" "배송언" ...  (slang, unknown words)
    letters every 3 to 6 of the message's letters, Hangul taken apart into jamo, no spaces  (typing and spacing errors)
    marks   another shop's name, another person, a prohibition ... and what stands beside it: see `marks`

Import-free of Rasa, so that cross-checks need only Kiwi and scikit-learn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from bot.marks import mark_features

_DIGITS = re.compile(r"\d+")
_LONGEST_PIECE = 4
_LETTERS = (3, 6)
_NO_LETTER = re.compile(r"\W|_")


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


def letter_features(text: str) -> list[str]:
    """Jamo or letter n-grams (3-6) of the whole message, its ends marked; spaces and punctuation are left out."""
    folded = unicodedata.normalize("NFD", _DIGITS.sub("0", unicodedata.normalize("NFKC", text).lower()))
    letters = f"^{_NO_LETTER.sub('', folded)}$"
    shortest, longest = _LETTERS
    return [
        letters[at : at + length] for length in range(shortest, longest + 1) for at in range(len(letters) - length + 1)
    ]


def blocks_of(lemmas: Sequence[str], text: str) -> tuple[list[str], ...]:
    """All blocks of one message, in the order the model knows them."""
    return word_features(lemmas), piece_features(text), letter_features(text), mark_features(text)
