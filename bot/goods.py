"""Words for goods that shops sell (data/lexicon/goods.*.txt), found in a message's tokens.

The catalogue's own names are the platform's to know; this is what makes 라탄바구니 or "cast iron pot" a thing that can be asked for
though no catalogue has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rasa.nlu.tokenizers.tokenizer import Token


LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon"
_MOST_TOKENS = 8
_LATIN_WORD = re.compile("[a-z]+")


def joined(text: str) -> str:
    """Lower case without blanks and hyphens, for comparison."""
    return text.lower().replace(" ", "").replace("-", "")


@cache
def read_names(kind: str, language: str) -> tuple[str, ...]:
    """The lines of data/lexicon/`kind`.`language`.txt, blank ones left out."""
    lines = (LEXICON / f"{kind}.{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def read_goods(language: str) -> tuple[str, ...]:
    """The lexicon's entries for `ko` or `en`, as they are usually written."""
    return read_names("goods", language)


def read_brands(language: str) -> tuple[str, ...]:
    """Invented makers' names for `ko` or `en`, to learn with what a name is that nobody has met."""
    return read_names("brands", language)


@cache
def _known() -> frozenset[str]:
    names = {joined(name) for language in ("ko", "en") for name in read_goods(language)}
    return frozenset(names | {f"{name}s" for name in names if _LATIN_WORD.fullmatch(name)})


def mark_goods(tokens: Sequence[Token]) -> list[str | None]:
    """For each token its place in a name of goods: S alone, B first, I within, E last, None outside. The longest name counts."""
    marks: list[str | None] = [None] * len(tokens)
    at = 0
    while at < len(tokens):
        last = _last_of_name(tokens, at)
        if last is None:
            at += 1
            continue
        marks[at : last + 1] = ["B", *["I"] * (last - at - 1), "E"] if last > at else ["S"]
        at = last + 1
    return marks


def _last_of_name(tokens: Sequence[Token], first: int) -> int | None:
    letters, last = "", None
    for at in _adjoining(tokens, first):
        letters += joined(tokens[at].text)
        single_noun = at == first and str(tokens[at].get("pos", "")).startswith("N")
        if letters in _known() and (len(letters) > 1 or single_noun):
            last = at
    return last


def _adjoining(tokens: Sequence[Token], first: int) -> Iterable[int]:
    """`first` and the tokens behind it as long as no more than one character lies between two."""
    yield first
    for at in range(first + 1, min(len(tokens), first + _MOST_TOKENS)):
        if not 0 <= tokens[at].start - tokens[at - 1].end <= 1:
            return
        yield at
