"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_TOKENS = re.compile(r"\s+|\S+")


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
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    found: list[Piece] = []
    gone = came = ""
    for place, (tag, i1, i2, j1, j2) in enumerate(steps):
        left, right = "".join(old[i1:i2]), "".join(new[j1:j2])
        # A space between two changed words would cut the change into splinters.
        between = 0 < place < len(steps) - 1 and left.isspace() and "\n" not in left
        if tag != "equal" or between:
            gone, came = gone + left, came + right
            continue
        found += [*_changed(gone, came), Piece("same", left)]
        gone = came = ""
    return [*found, *_changed(gone, came)]


def _changed(gone: str, came: str) -> list[Piece]:
    return ([Piece("del", gone)] if gone else []) + ([Piece("ins", came)] if came else [])
