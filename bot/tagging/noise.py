"""Labelled sentences as keyboards would have them: slips or no spaces, the entities moved along."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from bot.labelled import Labelled, Span
from bot.noise import slip

_SLIPPED = 0.55
# One piece (an entity, or what stands between two) in so many letters gets a slip.
_LETTERS_A_SLIP = 18


def noisy_labelled(sentence: Labelled, random: Random) -> Labelled:
    """The sentence with slips, or without its spaces, whichever the draw says."""
    text, slips = sentence.text, random.random() < _SLIPPED
    cuts = sorted({0, len(text), *(place for span in sentence.spans for place in (span.start, span.end))})
    changed, moved = "", {}
    for start, end in pairwise(cuts):
        moved[start] = len(changed)
        piece = text[start:end]
        if not slips:
            piece = piece.replace(" ", "")
        elif piece.strip() and random.random() < len(piece) / _LETTERS_A_SLIP:
            piece = slip(piece, random)
        changed += piece
    moved[len(text)] = len(changed)
    spans = (Span(span.entity, moved[span.start], moved[span.end]) for span in sentence.spans)
    return Labelled(changed, sentence.intent, tuple(span for span in spans if span.start < span.end))
