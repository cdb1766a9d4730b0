"""English words run together (showmeserums), taken apart: the likeliest way to read the letters as known words.

Word costs are Zipf's: the logarithm of a word's rank in the English half of the embedding model, whose rows are in the order of
frequency, so that nothing needs to be learnt. A single misspelt word (exchagne) is left whole: its readings are too dear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log
from pathlib import Path

import numpy as np

from bot.entities.words import has_blanks
from bot.goods import read_goods
from bot.makers import read_makers

_VECTORS = Path(__file__).resolve().parent.parent / "knowledge" / "model" / "vectors.npz"
_WORD = re.compile("[a-z]{2,}")
_RUN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_ONE_LETTER = frozenset("aiu")
# Sizes, where they stand as capitals.
_CAPITALS = frozenset("SMLX")
# Words of chats that the model has no row for, as if they were frequent.
_CHAT_LIST = """
    in on it its im ive id ill youre dont didnt doesnt isnt cant wont whats wheres hows thats lets plz pls thx ur gimme wanna gonna
    lemme got gotta instock wishlist checkout refund coupon tracking parcel restock notify unsubscribe won
"""
_CHAT = tuple(_CHAT_LIST.split())
_COST_OF_CHAT, _COST_OF_GOODS, _COST_OF_CAPITAL = 7.0, 10.0, 6.0
# A word that is not known: at its beginning (less where it has a capital), and for each letter.
_UNKNOWN, _UNKNOWN_NAME, _UNKNOWN_LETTER = 9.0, 5.0, 3.0
_LONGEST, _LONGEST_UNKNOWN = 16, 10
_SHORTEST_GLUED, _SHORTEST_IN_RUN_ON = 8, 4
# From here on a run may hold a word that is not known: no single word is as long. In a message without blanks many are shorter.
_LONG, _LONG_IN_RUN_ON = 14, 8
_SHORTEST_OF_TWO = 4
_NONE = (float("inf"), 0)
# The dearest reading that is still believed, a letter: of a word, and of a long run or one in a message without blanks.
_MOST_A_LETTER, _MOST_OF_LONG = 2.75, 3.4
# So many words make a reading that holds an unknown one.
_FEWEST_BESIDE_UNKNOWN = 4
# A message of so many signs without a blank is written without them.
_RUN_ON = 12
_EMAIL = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.(?:com|net|org|co\.kr|kr|io)|[\w.-]+)")
_CODE = re.compile(r"(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*\d)[A-Z0-9]{4,}")
_NAME_OF_EMAIL = re.compile(r"[A-Za-z]+")
_BEHIND_A_SIGN = re.compile(r"(?<=[.,!?;:)])(?=[A-Za-z])")
# What a number stands behind, and what stands behind a number as its own word.
_NUMBERED_LIST = """
    order number to for under below over above than least most about size sizes add want need buy get at on is of and between from
    room the my its around max up phone only use with by
"""
_BEFORE_NUMBER = frozenset(_NUMBERED_LIST.split())
_NUMBER_BEHIND = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_OF_NUMBER = re.compile(
    r"(?:k|won|krw|usd|ml|l|g|kg|mg|cm|mm|m|x|st|nd|rd|th|pm|am|pcs|pc|packs?|percent)(?![a-z])", re.IGNORECASE
)


@dataclass(frozen=True)
class Spaced:
    """A message with blanks between its words; `at` gives for each character where it stands in the message as written."""

    text: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end` stand in the message as written."""
        begin = self.at[start] if start < len(self.at) else len(self.at) and self.at[-1] + 1
        return begin, max(begin, self.at[end - 1] + 1) if end else begin


@cache
def _costs() -> dict[str, float]:
    with np.load(_VECTORS, allow_pickle=False) as stored:
        keys = stored["en_keys"].tobytes().decode().split("\n")
        weight = stored["en_weight"].astype(float)
    # SIF weight a / (a + p): the rarer, the nearer to 1.
    odds = np.maximum(1 / np.clip(weight, 1e-6, 1 - 1e-6) - 1, 1e-6)
    total = log(float(odds.sum()))
    costs = {
        key: total - log(odd) for key, odd in zip(keys, odds, strict=True) if _WORD.fullmatch(key) or key in _ONE_LETTER
    }
    goods = {word for name in read_goods("en") for word in _WORD.findall(name)}
    makers = {
        word for name in read_makers("en") for word in _WORD.findall(name.lower()) if len(word) > _SHORTEST_OF_TWO
    }
    known = {**dict.fromkeys(goods | makers, _COST_OF_GOODS), **dict.fromkeys(_CHAT, _COST_OF_CHAT), **costs}
    plurals = {f"{word}s": cost + 1 for word, cost in known.items() if len(word) > 3 and not word.endswith("s")}
    return {**plurals, **known}


def unglue(run: str, run_on: bool = False) -> list[str]:
    """The words that `run` (Latin letters) is made of; [run] where it is one, or none can be told.

    `run_on` says that the message has no blanks at all, so that shorter ones are looked at too.
    """
    costs, word = _costs(), run.lower()
    if len(word) < (_SHORTEST_IN_RUN_ON if run_on else _SHORTEST_GLUED) or word in costs or not _WORD.fullmatch(word):
        return [run]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        starts = range(max(0, end - _LONGEST), end)
        ways = ((best[start][0] + _cost(run, word, start, end, run_on), start) for start in starts)
        best.append(min(ways, default=_NONE))
    words, end = [], len(word)
    while end > 0 and best[end][0] < _NONE[0]:
        start = best[end][1]
        words.append(run[start:end])
        end = start
    return words[::-1] if _is_believed(words, best[-1][0], run_on) else [run]


def _is_believed(words: list[str], cost: float, run_on: bool) -> bool:
    length = sum(map(len, words))
    if not words or cost > (_MOST_OF_LONG if run_on or length >= _LONG else _MOST_A_LETTER) * length:
        return False
    if any(word.lower() not in _costs() and len(word) > 1 for word in words):
        return len(words) >= _FEWEST_BESIDE_UNKNOWN
    return len(words) > 2 or (len(words) == 2 and (run_on or min(map(len, words)) >= _SHORTEST_OF_TWO))


def _cost(run: str, word: str, start: int, end: int, run_on: bool) -> float:
    known = _costs().get(word[start:end])
    if known is not None:
        return known
    capital = run[start].isupper() and (start == 0 or run[start - 1].islower())
    if end - start == 1:
        return _COST_OF_CAPITAL if capital and run[start] in _CAPITALS else float("inf")
    long_enough = capital or len(run) >= (_LONG_IN_RUN_ON if run_on else _LONG)
    if not long_enough or end - start > _LONGEST_UNKNOWN:
        return float("inf")
    return (_UNKNOWN_NAME if capital else _UNKNOWN) + _UNKNOWN_LETTER * (end - start)


@lru_cache(maxsize=256)
def spaced(text: str) -> Spaced:
    """`text` with blanks where English words run together, and between them and numbers; else as it is."""
    run_on = len(text) >= _RUN_ON and not has_blanks(text)
    cuts = {cut for match in _RUN.finditer(text) for cut in _cuts(match, run_on)}
    if run_on:
        cuts |= {match.start() for match in _BEHIND_A_SIGN.finditer(text)}
        cuts |= {*_beside_numbers(text, cuts)}
    for start, end in _whole(text, run_on):
        cuts = {cut for cut in cuts if not start < cut < end}
        if run_on:
            beside = ((start, text[start - 1 : start]), (end, text[end : end + 1]))
            cuts |= {at for at, neighbour in beside if neighbour.isalpha()}
    written = sorted(cuts)
    at: list[int] = []
    parts: list[str] = []
    for start, end in zip([0, *written], [*written, len(text)], strict=True):
        if parts:
            parts.append(" ")
            at.append(start - 1)
        parts.append(text[start:end])
        at.extend(range(start, end))
    return Spaced("".join(parts), tuple(at))


def _whole(text: str, run_on: bool) -> Iterator[tuple[int, int]]:
    """What has its own letters: e-mail addresses, codes of capitals and digits."""
    for match in _EMAIL.finditer(text):
        name = _NAME_OF_EMAIL.match(match.group()) if run_on else None
        words = unglue(name.group(), run_on) if name else []
        yield match.start() + sum(map(len, words[:-1])), match.end()
    for match in _CODE.finditer(text):
        yield match.span()


def _cuts(match: re.Match[str], run_on: bool) -> Iterator[int]:
    """Where a run is to be cut, its apostrophes not counted."""
    letters = [at for at in range(*match.span()) if match.string[at].isalpha()]
    place = 0
    for word in unglue("".join(match.string[at] for at in letters), run_on)[:-1]:
        place += len(word)
        yield letters[place]


def _beside_numbers(text: str, cuts: set[int]) -> Iterator[int]:
    for match in _NUMBER_BEHIND.finditer(text):
        at = match.start()
        if text[at].isdigit():
            begin = max([cut for cut in cuts if cut < at], default=0)
            word = re.split("[^A-Za-z]", text[begin:at])[-1]
            if word.lower() in _BEFORE_NUMBER:
                yield at
        elif not _OF_NUMBER.match(text, at):
            yield at
