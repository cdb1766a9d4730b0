"""How customers shorten and misspell the names of a catalogue: parts of names that still tell, and near misses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from knowledge.spelling import differences, letters_of

_WORD = re.compile(r"[^\W_]+")
_QUANTITY = re.compile(r"\d+\S*|pack|pcs|pieces|pair|set|of|for|the|a|an|and|한|쌍|종")
# Endings of Korean verbs and adjectives before a noun, and of adverbs: such words are not names by themselves.
_ENDING = re.compile(r"(?:는|은|한|진|던|운|린|된|난|친|온|빛|없이|하게|히|아침|오후|저녁)$")
# A word that more products than this have in their names tells none of them apart.
TELLING_NAMES = 3
# A part of a name must have this many letters: syllables taken apart count one by one.
LONG_ENOUGH = 7
# So many letters must a name have to be looked for misspelt. English words are near to one another: candle, cancel.
MISSPELT_KOREAN = 7
MISSPELT_ENGLISH = 8


def words_of(text: str) -> list[str]:
    """The words of a name in lower case, without what stands in brackets and marks."""
    return [word.lower() for word in _WORD.findall(text)]


def is_quantity(word: str) -> bool:
    """Whether a word of a name says how much of it is sold, or nothing."""
    return _QUANTITY.fullmatch(word) is not None


def ordinary_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that stand in running text, with the Korean ones' first syllables too (아침에: 아침)."""
    seen: set[str] = set()
    for text in texts:
        for word in words_of(text):
            seen.add(word)
            seen.update(word[:length] for length in range(2, len(word)) if "가" <= word[0] <= "힣")
    return frozenset(seen)


class NameParts:
    """Which parts of product names stand for their product.

    `names` gives product id and one of its names; `said` the words of other text with the products that it is about.
    """

    def __init__(self, names: Sequence[tuple[str, str]], said: Mapping[str, Set[str]]) -> None:
        self._names = [(product_id, words_of(name)) for product_id, name in names]
        holders: defaultdict[str, set[str]] = defaultdict(set)
        for product_id, words in self._names:
            for word in words:
                holders[word].add(product_id)
        self._telling = {
            word
            for word, ids in holders.items()
            if len(ids) <= TELLING_NAMES and not is_quantity(word) and said.get(word, ids) <= ids
        }

    def parts(self) -> Iterator[tuple[str, str, bool]]:
        """Product id, part of its name without spaces, and whether only the quantity is missing."""
        for product_id, words in self._names:
            core = [at for at, word in enumerate(words) if not is_quantity(word)]
            if not core:
                continue
            whole = (core[0], core[-1] + 1)
            for start in range(len(words)):
                for end in range(start + 1, len(words) + 1):
                    part = words[start:end]
                    if (start, end) == whole and len(core) > 1:
                        yield product_id, "".join(part), True
                    elif any(word in self._telling for word in part) and _enough(part):
                        yield product_id, "".join(part), False


def _enough(part: Sequence[str]) -> bool:
    """Whether a part is long enough. A single word must besides be a Korean noun, as far as its ending tells: of English
    words that stand in one name only, too many are said of everything (reading, divided).
    """
    if sum(len(letters_of(word)) for word in part) < LONG_ENOUGH:
        return False
    return len(part) > 1 or (not part[0].isascii() and _ENDING.search(part[0]) is None)


class NearMisses:
    """Finds the one of `names` (without spaces, lower case) that differs from a word in a single letter.

    The names are filed under themselves and under each form with one letter left out, so that a look-up is a few dozen
    readings of a dictionary, however many names there are.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._filed: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            letters = letters_of(name)
            if len(letters) >= (MISSPELT_ENGLISH if letters.isascii() else MISSPELT_KOREAN):
                for form in _shortened(letters):
                    self._filed[form].append(name)

    def find(self, word: str) -> str | None:
        """The name meant by a misspelt word; None where there is none, or two. English ones must begin alike."""
        letters = letters_of(word)
        if len(letters) < min(MISSPELT_ENGLISH, MISSPELT_KOREAN) - 1:
            return None
        found = {
            name
            for form in _shortened(letters)
            for name in self._filed.get(form, ())
            if (name[0] == word[0] or not name.isascii()) and differences(letters, letters_of(name), 1) <= 1
        }
        return found.pop() if len(found) == 1 else None


def _shortened(letters: str) -> set[str]:
    return {letters, *(letters[:at] + letters[at + 1 :] for at in range(len(letters)))}
