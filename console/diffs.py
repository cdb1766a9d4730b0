"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_TOKENS = re.compile(r"\S+\s*|\s+")


class Piece(NamedTuple):
    """A run of text that both have, that went (`del`) or that came (`ins`)."""

    kind: Literal["same", "del", "ins"]
    text: str


def as_text(title: str, body: str, phrasings: Sequence[object]) -> str:
    """An article as one text, to be compared."""
    return "\n".join([title, "", body, "", *(f"– {phrasing}" for phrasing in phrasings)])


def pieces(before: str, after: str) -> list[Piece]:
    """The way from one text to the other. One piece of kind `same` when nothing changed."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            found.append(Piece("del", "".join(old[i1:i2])))
        if j2 > j1:
            found.append(Piece("ins", "".join(new[j1:j2])))
    return found
