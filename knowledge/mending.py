"""English words mended before they are compared: slips of the keyboard put right, words run together taken apart.

Only words that no dictionary knows are touched, and only by words that the articles use: a question about parrots is
not made one about parcels. Korean needs none of this: its words are cut by letters, and Kiwi finds spaces by itself.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from knowledge.embedded import MODEL_FILE
from knowledge.spelling import differences

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
_SHORTEST_SLIP = 3
_SHORT = 4
_TWO_SLIPS_FROM = 8
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ly", "able", "ness", "less")
_SHORTEST_RUN = 6
_LONGEST_PART = 16
# What every further word of a run costs beside its rarity: few long words are likelier than many short ones.
_PART_COST = 2.5
# A word that the articles do not use counts as used this often; a part that is no word at all costs more, and is let
# stand only in what is too long to be one word.
_UNUSED = 0.1
_LONGEST_WORD = 14
_STRANGE_COST = 6.0
_STRANGE_LETTER_COST = 5.0
_LETTER_WORDS = {"a", "i"}


@lru_cache(maxsize=1)
def dictionary() -> frozenset[str]:
    """The English words that the shipped model knows whole."""
    with np.load(MODEL_FILE, allow_pickle=False) as stored:
        keys = stored["en_keys"].tobytes().decode().split("\n")
    return frozenset(key for key in keys if key.isalpha() and key.isascii())


class Mender:
    """What the words of `texts` teach about spelling. Immutable; safe to share between threads."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known = dictionary()
        words = Counter(word for text in texts for word in _words(text))
        self._count = {word.replace("'", ""): n for word, n in words.items() if "'" in word or self._is_word(word)}
        self._total = sum(self._count.values()) + 1
        self._near: dict[str, list[str]] = {}
        for word in self._count:
            if len(word) >= _SHORTEST_SLIP:
                for shorter in _shortened(word):
                    self._near.setdefault(shorter, []).append(word)
        # Words that the model lacks (a brand, a new word) are used more than once; so are common slips, beside their word.
        names = [word for word, n in words.items() if n > 2 and word not in self._count and not self._nearest(word)]
        self._count |= {name: words[name] for name in names if len(name) >= _SHORTEST_SLIP}
        self._mended = lru_cache(maxsize=20_000)(self._mend_word)

    def mend(self, text: str) -> str:
        """The text with its unknown words mended; the same text where there is nothing to mend."""
        return _WORD.sub(lambda found: self._mended(found[0]), text)

    def _is_word(self, word: str) -> bool:
        return word in self._known and (len(word) > 1 or word in _LETTER_WORDS)

    def _mend_word(self, word: str) -> str:
        plain = _plain(word)
        if len(word) > len(plain) and len(plain) < _SHORTEST_RUN * 2:
            return word
        if len(plain) < _SHORTEST_SLIP or plain in self._count:
            return word
        if any(form in self._known for form in _plain_forms(plain)):
            return word
        return self._nearest(plain) or self._taken_apart(plain) or word

    def _nearest(self, word: str) -> str | None:
        found: dict[str, int] = {}
        for shorter in _shortened(word):
            for near in self._near.get(shorter, ()):
                if near not in found and _may_be_meant(word, near):
                    found[near] = differences(word, near, 2)
        fewest = min(found.values(), default=9)
        if fewest > (2 if len(word) >= _TWO_SLIPS_FROM else 1):
            return None
        nearest = (near for near, slips in found.items() if slips == fewest)
        return max(nearest, key=lambda near: (near[0] == word[0], self._count[near]))

    def _taken_apart(self, word: str) -> str | None:
        if len(word) < _SHORTEST_RUN:
            return None
        strange = len(word) > _LONGEST_WORD
        best: list[tuple[float, int]] = [(0.0, 0)] + [(math.inf, 0)] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_PART), end):
                cost = best[start][0] + self._cost(word[start:end], strange)
                if cost < best[end][0]:
                    best[end] = (cost, start)
        if math.isinf(best[-1][0]):
            return None
        parts, end = [], len(word)
        while end:
            start = best[end][1]
            parts.append(word[start:end])
            end = start
        return " ".join(part if part in self._count else self._nearest(part) or part for part in reversed(parts))

    def _cost(self, part: str, strange: bool) -> float:
        count: float = self._count.get(part, 0)
        if not count and len(part) >= _SHORT and part in self._known:
            count = _UNUSED
        if count:
            return math.log(self._total / count) + _PART_COST
        return _STRANGE_COST + _STRANGE_LETTER_COST * len(part) if strange else math.inf


def _words(text: str) -> Iterator[str]:
    return (found[0].lower().replace("’", "'") for found in _WORD.finditer(text))


def _plain(word: str) -> str:
    return word.lower().replace("’", "").replace("'", "")


def _shortened(word: str) -> set[str]:
    """The word, and what is left of it without one letter or, where it is long, two."""
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) < _TWO_SLIPS_FROM:
        return once | {word}
    return once | {word} | {short[:at] + short[at + 1 :] for short in once for at in range(len(short))}


def _plain_forms(word: str) -> Iterator[str]:
    """The word, and what it may have been made of by an ending or a beginning."""
    yield word
    for end in _ENDINGS:
        stem = word.removesuffix(end)
        if stem != word and len(stem) >= _SHORTEST_SLIP:
            yield from (stem, stem + "e")
            if stem[-1] == stem[-2]:
                yield stem[:-1]
    for begin in ("un", "re"):
        if len(word) > _SHORTEST_RUN:
            yield word.removeprefix(begin)


def _may_be_meant(word: str, near: str) -> bool:
    """Short words have many neighbours: of those, only letters swapped or left out are taken for slips."""
    return len(word) > _SHORT or len(near) > max(len(word), _SHORTEST_SLIP) or sorted(word) == sorted(near)
