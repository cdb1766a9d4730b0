"""What the tagger sees of each token: its word, form and part of speech, where it stands, what the readers of forms and the lexicon
of goods say of it, and the same of the three tokens on either side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from rasa.nlu.tokenizers.tokenizer import Token

from bot.entities.words import Found
from bot.goods import mark_goods

_AROUND = (-3, -2, -1, 1, 2, 3)
_SHAPES = (
    (re.compile("[가-힣]"), "가"),
    (re.compile("[a-z]"), "a"),
    (re.compile("[A-Z]"), "A"),
    (re.compile(r"\d"), "0"),
)
_RUNS = re.compile(r"(.)\1+")


def token_features(
    text: str, tokens: Sequence[Token], intent: str | None, entities: Iterable[Found], *, lexicon: bool = True
) -> list[list[str]]:
    """One list of features a token. `entities` are those that `patterns` found. Without `lexicon` no goods are known."""
    read = _read_at(tokens, entities)
    marks = mark_goods(tokens) if lexicon else [None] * len(tokens)
    own = [_own(token, text, read.get(token.start, set()), mark) for token, mark in zip(tokens, marks, strict=True)]
    return [
        [*own[at], *_in_intent(tokens[at], intent, marks[at]), *_beside(own, at), *_pairs(tokens, marks, at)]
        for at in range(len(tokens))
    ]


def _read_at(tokens: Sequence[Token], entities: Iterable[Found]) -> Mapping[int, Set[str]]:
    read: defaultdict[int, set[str]] = defaultdict(set)
    for one in entities:
        for token in tokens:
            if one["start"] <= token.start < one["end"]:
                read[token.start].add(one["entity"])
    return read


def _shape(text: str) -> str:
    for pattern, sign in _SHAPES:
        text = pattern.sub(sign, text)
    return _RUNS.sub(r"\1", text)


def _own(token: Token, text: str, read: Set[str], mark: str | None) -> list[str]:
    word = token.text.lower()
    spaced = token.start == 0 or text[token.start - 1].isspace()
    return [
        f"w={token.lemma}", f"p={token.get('pos', 'SW')}", f"s={_shape(token.text)}", f"n={mark}", f"spaced={spaced}",
        *(f"e={name}" for name in sorted(read)),
        *(f"x{length}={word[-length:]}" for length in (1, 2, 3)),
        *(f"b{length}={word[:length]}" for length in (2, 3)),
    ]  # fmt: skip


def _in_intent(token: Token, intent: str | None, mark: str | None) -> list[str]:
    return [f"i={intent}", f"i={intent}|{token.lemma}", f"i={intent}|{token.get('pos', 'SW')}|{mark}"]


def _beside(own: Sequence[Sequence[str]], at: int) -> list[str]:
    found = []
    for step in _AROUND:
        if 0 <= at + step < len(own):
            found += [f"{step}{feature}" for feature in own[at + step] if feature[0] in "wpsne"]
        else:
            found.append(f"{step}edge")
    return found


def _pairs(tokens: Sequence[Token], marks: Sequence[str | None], at: int) -> list[str]:
    found = []
    token = tokens[at]
    if at + 1 < len(tokens):
        behind = tokens[at + 1]
        found += [
            f"w+1={token.lemma}|{behind.lemma}",
            f"p+1={token.get('pos', 'SW')}|{behind.get('pos', 'SW')}|{marks[at]}|{marks[at + 1]}",
        ]
    if at:
        before = tokens[at - 1].lemma
        found += [f"w-1={before}|{token.lemma}", f"n-1={before}|{marks[at]}"]
    return found
