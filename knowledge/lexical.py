"""Likeness by letters: TF-IDF cosine over character n-grams, cut in the ways that suit the languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

Floats = NDArray[np.float32]
Cut = Callable[[str, str], Iterable[str]]
_Count = tuple[NDArray[np.int32], Floats]
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_NO_LETTER = re.compile(r"[\W_]+")
_RUN_SIZES = {"ko": range(2, 5), "en": range(3, 6)}
# An n-gram of more than one text in so many is an n-gram of many: to multiply such as full columns is quicker, among
# all texts and with one.
_OFTEN = 30
_OFTEN_FOR_ONE = 10
_FIRST_SYLLABLE = ord("가")
# What each letter of a syllable sounds like, in the order of Unicode: tense consonants as plain ones, a silent ㅇ as nothing.
_INITIALS = [*"ㄱㄱㄴㄷㄷㄹㅁㅂㅂㅅㅅ", "", *"ㅈㅈㅊㅋㅌㅍㅎ"]
_VOWELS = "ㅏㅐㅑㅐㅓㅐㅕㅐㅗㅘㅙㅙㅛㅜㅝㅙㅟㅠㅡㅡㅣ"
_CLUSTERS = ["ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ"]
_FINALS = ["", *"ㄱㄱ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", *"ㄷㄹ", *_CLUSTERS, *"ㅁㅂ", "ㅂㅅ", *"ㅅㅅㅇㅈㅊㅋㅌㅍㅎ"]


def _grams(text: str, sizes: Iterable[int]) -> Iterator[str]:
    for size in sizes:
        yield from (text[at : at + size] for at in range(len(text) - size + 1))


def cut_letters(text: str, locale: str) -> Iterator[str]:
    """Short n-grams: Korean ones over word boundaries (spacing is free, endings are many), English ones within words."""
    text = text.lower()
    if locale == "ko":
        yield from _grams(_SPACE.sub(" ", text), (1, 2, 3))
        return
    for word in _WORD.findall(text):
        padded = f" {word} "
        for size in (2, 3, 4):
            yield from (padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))


def cut_run(text: str, locale: str) -> Iterator[str]:
    """N-grams of the text without spaces, Korean by its sound: what survives missing spaces and slips of a key."""
    run = _NO_LETTER.sub("", text.lower())
    yield from _grams(sound(run) if locale == "ko" else run, _RUN_SIZES[locale])


def sound(text: str) -> str:
    """Korean syllables as the letters that are heard: vowels and consonants that are mistaken for each other are one,
    and a final consonant runs on into a vowel (상품이 and 상푸미 are the same)."""
    return "".join(_SYLLABLES.get(letter) or letter for letter in text)


def _sounds() -> dict[str, str]:
    return {
        chr(_FIRST_SYLLABLE + (initial * len(_VOWELS) + vowel) * len(_FINALS) + final): start + middle + end
        for initial, start in enumerate(_INITIALS)
        for vowel, middle in enumerate(_VOWELS)
        for final, end in enumerate(_FINALS)
    }


_SYLLABLES = _sounds()


class LexicalIndex:
    """Cosine similarity of a text with each of `texts`, by n-grams of the language. Immutable.

    `former` is an index of the same cut whose texts need not be cut again.
    """

    def __init__(
        self,
        texts: Sequence[str],
        locale: str,
        cut: Cut = cut_letters,
        former: LexicalIndex | None = None,
    ) -> None:
        self.locale = locale
        self.size = len(texts)
        self._cut = cut
        self._columns: dict[str, int] = dict(former._columns) if former else {}
        known: dict[str, _Count] = former._counts if former else {}
        self._counts: dict[str, _Count] = {text: known.get(text) or self._count(text) for text in dict.fromkeys(texts)}
        self.rows = self._weigh_all([self._counts[text] for text in texts])
        by_column = self.rows.tocsc()
        self._starts, self._owners = by_column.indptr, by_column.indices
        self._weights: Floats = by_column.data
        often = np.flatnonzero(np.diff(self._starts) > self.size / _OFTEN_FOR_ONE)
        self._full: Floats = np.ascontiguousarray(by_column[:, often].toarray().T)
        self._full_row = np.full(len(self._columns), -1)
        self._full_row[often] = np.arange(len(often))

    def _count(self, text: str) -> _Count:
        """Columns of a text's n-grams, new ones added, and 1 + log(how often)."""
        count = Counter(self._cut(text, self.locale))
        columns = [self._columns.setdefault(gram, len(self._columns)) for gram in count]
        return np.array(columns, np.int32), (1 + np.log(np.array([*count.values()], np.float32))).astype(np.float32)

    def _weigh_all(self, counts: list[_Count]) -> sparse.csr_array:
        starts = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in counts])]).astype(np.int64)
        columns = np.concatenate([np.zeros(0, np.int32), *(columns for columns, _ in counts)])
        values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in counts)])
        seen = np.bincount(columns, minlength=len(self._columns))
        # A column that only former texts had weighs nothing.
        self._idf = np.where(seen > 0, np.log((1 + self.size) / (1 + seen)) + 1, 0).astype(np.float32)
        values *= self._idf[columns]
        lengths = np.sqrt(np.bincount(np.repeat(np.arange(self.size), np.diff(starts)), values**2, self.size))
        values /= np.repeat(np.maximum(lengths, 1e-9), np.diff(starts)).astype(np.float32)
        return sparse.csr_array((values, columns, starts), shape=(self.size, len(self._columns)))

    def similarity(self, text: str) -> Floats:
        """Cosines, float32 [texts]."""
        known = self._columns
        found = [(known[gram], n) for gram, n in Counter(self._cut(text, self.locale)).items() if gram in known]
        if not found:
            return np.zeros(self.size, np.float32)
        columns = np.array([column for column, _ in found])
        weights = (1 + np.log(np.array([n for _, n in found], np.float32))) * self._idf[columns]
        weights /= max(float(np.sqrt(weights @ weights)), 1e-9)
        rows = self._full_row[columns]
        cosines = self._of_rare(columns[rows < 0], weights[rows < 0])
        for row, weight in zip(rows[rows >= 0], weights[rows >= 0], strict=True):
            cosines += weight * self._full[row]
        return cosines

    def _of_rare(self, columns: NDArray[np.int64], weights: Floats) -> Floats:
        """Weighted sum of sparse columns, float32 [texts]; all at once, for one by one costs several times as much."""
        begins, lengths = self._starts[columns], np.diff(self._starts)[columns]
        where = np.repeat(begins - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        shares = np.repeat(weights, lengths) * self._weights[where]
        return np.bincount(self._owners[where], shares, self.size).astype(np.float32)

    def similarities(self) -> Floats:
        """Cosines of the texts among themselves, float32 [texts, texts]."""
        often = np.bincount(self.rows.indices, minlength=self.rows.shape[1]) > self.size / _OFTEN
        columns = self.rows.tocsc()
        # The n-grams of many texts are few, and multiplying them as a full matrix is several times as quick.
        full, rare = columns[:, np.flatnonzero(often)].toarray(), columns[:, np.flatnonzero(~often)].tocsr()
        found = np.asarray((rare @ rare.T).toarray(), np.float32)
        found += full @ full.T
        return found
