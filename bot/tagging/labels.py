"""Spans of entities as one label a token (B-name, I-name, O) and back.

A reason is a clause that holds other entities inside, so it has labels of its own beside those of all other kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.labelled import Span

if TYPE_CHECKING:
    from rasa.nlu.tokenizers.tokenizer import Token

Floats = NDArray[np.float32]

KINDS = (
    "product", "category", "brand", "order_number", "colour", "size", "skin_type", "price_min", "price_max", "quantity",
    "date", "coupon_code", "referral_code", "email", "phone", "address", "rating", "channel",
)  # fmt: skip
LABELS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BI"))
REASON_LABELS = ("O", "B-reason", "I-reason")
# The intents in which the contract wants a reason.
OF_REASONS = frozenset({"cancel_order", "request_return", "request_exchange", "subscribe_product", "delete_my_data"})

_NEVER = -1e9
_LOOSE = " \t\n.,!?~…·\"'“”‘’()[]"
# Laughter, smileys and dashes behind a clause.
_BEHIND_CLAUSE = re.compile(r"(?:[^\w%)\]]|[ㅋㅎㅠㅜ])+$")
# 요 behind a connective is politeness, not part of the clause: 잘못 적어서(요).
_POLITE = re.compile(r"(?<=[가-힣](?:서|데|고|니))요$|(?<=니까)요$")


def labels_of(tokens: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    """B-name, I-name or O for each token; a token that begins in a span is of it."""
    labels = ["O"] * len(tokens)
    for span in spans:
        inside = [
            at for at, token in enumerate(tokens) if span.start <= token.start < span.end and token.end > token.start
        ]
        for place, at in enumerate(inside):
            if labels[at] == "O":
                labels[at] = f"{'I' if place else 'B'}-{span.entity}"
    return labels


def best_path(scores: Floats, labels: Sequence[str]) -> list[str]:
    """The likeliest labels in which no I-name stands without one of its name before it (Viterbi, 1967).

    `scores` are log probabilities [tokens, labels].
    """
    first, allowed = _transitions(tuple(labels))
    total = scores[0] + first
    came_from = []
    for row in scores[1:]:
        ways = total[:, None] + allowed
        came_from.append(ways.argmax(axis=0))
        total = ways.max(axis=0) + row
    path = [int(total.argmax())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return [labels[at] for at in reversed(path)]


@cache
def _transitions(labels: tuple[str, ...]) -> tuple[Floats, Floats]:
    """What each label costs at the beginning [labels], and behind each other one [labels, labels]."""
    inside = np.array([label.startswith("I-") for label in labels])
    allowed = np.zeros((len(labels), len(labels)), np.float32)
    for at in np.flatnonzero(inside):
        before = [name[2:] == labels[at][2:] and name != "O" for name in labels]
        allowed[:, at] = np.where(before, 0, _NEVER)
    return np.where(inside, _NEVER, 0).astype(np.float32), allowed


def spans_of(text: str, tokens: Sequence[Token], labels: Sequence[str]) -> list[Span]:
    """The entities that the labels tell of, in order, without signs and blanks at their ends.

    A reason neither begins with a particle nor parts a verb from its ending.
    """
    found: list[Span] = []
    name, start, end = "", 0, 0
    for token, label in [*zip(tokens, labels, strict=True), (None, "O")]:
        if token is not None and _is_dependent(token, end) and name == "reason" and label == "O":
            end = token.end
            continue
        goes_on = label.startswith("I-") and label[2:] == name
        if name and not goes_on:
            found += _trimmed(text, Span(name, start, end))
            name = ""
        if token is not None and label != "O":
            if not goes_on:
                if label == "B-reason" and str(token.get("pos")).startswith("J"):
                    continue
                name, start = label[2:], token.start
            end = token.end
    return found


def _is_dependent(token: Token, end: int) -> bool:
    return token.start <= end < token.end and str(token.get("pos")).startswith("E")


def _trimmed(text: str, span: Span) -> Iterable[Span]:
    raw = text[span.start : span.end]
    start = span.start + len(raw) - len(raw.lstrip(_LOOSE))
    kept = raw.strip(_LOOSE)
    if span.entity == "reason":
        kept = _POLITE.sub("", _BEHIND_CLAUSE.sub("", kept))
    if kept:
        yield Span(span.entity, start, start + len(kept))
