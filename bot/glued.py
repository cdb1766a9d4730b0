"""English words run together (showmeserums), taken apart: the likeliest way to read the letters as known words.

Word costs are Zipf's: the logarithm of a word's rank in the English half of the embedding model, whose rows are in the order of
frequency, so that nothing needs to be learnt. A single misspelt word (exchagne) is left whole: its readings are too dear.
"""

from __future__ import annotations

import re
from functools import cache
from math import log
from pathlib import Path

import numpy as np

from bot.goods import read_goods

_VECTORS = Path(__file__).resolve().parent.parent / "knowledge" / "model" / "vectors.npz"
_WORD = re.compile("[a-z]{2,}")
_ONE_LETTER = frozenset("aiu")
# Words of chats that the model has no row for, as if they were frequent.
_CHAT_LIST = """
    in on it its im ive id dont didnt cant wont isnt whats wheres hows thats lets plz pls thx ur gimme wanna gonna lemme
    instock wishlist checkout refund coupon tracking parcel restock notify unsubscribe
"""
_CHAT = tuple(_CHAT_LIST.split())
_COST_OF_CHAT, _COST_OF_GOODS = 7.0, 10.0
_LONGEST = 16
_SHORTEST_GLUED = 8
_SHORTEST_OF_TWO = 4
_NONE = (float("inf"), 0)
# The dearest reading that is still believed, a letter.
_MOST_A_LETTER = 2.75


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
    known = {**dict.fromkeys(goods, _COST_OF_GOODS), **dict.fromkeys(_CHAT, _COST_OF_CHAT), **costs}
    plurals = {f"{word}s": cost + 1 for word, cost in known.items() if len(word) > 3 and not word.endswith("s")}
    return {**plurals, **known}


def unglue(word: str) -> list[str]:
    """The words that `word` (lower case Latin letters) is made of; [word] where it is one, or none can be told."""
    costs = _costs()
    if len(word) < _SHORTEST_GLUED or word in costs or not _WORD.fullmatch(word):
        return [word]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        starts = [start for start in range(max(0, end - _LONGEST), end) if word[start:end] in costs]
        best.append(min(((best[start][0] + costs[word[start:end]], start) for start in starts), default=_NONE))
    words, end = [], len(word)
    while end > 0 and best[-1][0] <= _MOST_A_LETTER * len(word):
        start = best[end][1]
        words.append(word[start:end])
        end = start
    believed = len(words) > 2 or (len(words) == 2 and min(map(len, words)) >= _SHORTEST_OF_TWO)
    return words[::-1] if believed else [word]
