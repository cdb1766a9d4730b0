"""A conditional random field (Lafferty, McCallum and Pereira, 2001) over a message's tokens, by CRFsuite.

One for what is asked for (product, category, brand), one for reasons, which are clauses and hold other entities inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite
from rasa.nlu.tokenizers.tokenizer import Token

from bot.labelled import Span

# Strength of the L1 and L2 penalties, and after how many steps of L-BFGS training ends.
_SETTINGS = {"c1": 0.1, "c2": 0.05, "max_iterations": 100, "feature.minfreq": 2, "feature.possible_transitions": True}
_LOOSE = " \t\n.,!?~…·\"'“”‘’()[]"
# 요 behind a connective is politeness, not part of the clause: 잘못 적어서(요).
_POLITE = re.compile(r"(?<=[가-힣](?:서|데|고|니))요$|(?<=니까)요$")


@dataclass(frozen=True)
class Tagger:
    """A trained field; `content` is CRFsuite's model file."""

    content: bytes
    tagger: pycrfsuite.Tagger

    @classmethod
    def of(cls, content: bytes) -> Tagger:
        """The tagger of a model file's content."""
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(content)
        return cls(content, tagger)

    def find(self, text: str, tokens: Sequence[Token], features: Sequence[Sequence[str]]) -> list[Span]:
        """The entities of `text` in order, without signs and blanks at their ends."""
        return list(_spans(text, tokens, self.tagger.tag(features)))

    def chance(self, entity: str, start: int, end: int, tokens: Sequence[Token]) -> float:
        """How likely any of the characters [start, end) of the text found last are of an entity, 0 to 1."""
        inside = [at for at, token in enumerate(tokens) if token.start < end and start < token.end]
        known = {f"B-{entity}", f"I-{entity}"}.intersection(self.tagger.labels())
        return max((sum(float(self.tagger.marginal(label, at)) for label in known) for at in inside), default=0.0)

    def doubt(self, span: Span, tokens: Sequence[Token]) -> float:
        """How likely the first word of a span found last does not begin one, 0 to 1."""
        first = next(at for at, token in enumerate(tokens) if token.end > span.start)
        return 1.0 - float(self.tagger.marginal(f"B-{span.entity}", first))


def train_tagger(
    sentences: Iterable[tuple[Sequence[Token], Sequence[Sequence[str]], Sequence[Span]]], names: Set[str], file: Path
) -> Tagger:
    """Fit on sentences (tokens, features, all entities), of which those called `names` are learnt. `file` is written."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, features, spans in sentences:
        trainer.append(features, labels_of(tokens, [span for span in spans if span.entity in names]))
    trainer.select("lbfgs", "crf1d")
    trainer.set_params(_SETTINGS)
    trainer.train(str(file))
    return Tagger.of(file.read_bytes())


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


def _spans(text: str, tokens: Sequence[Token], labels: Sequence[str]) -> Iterable[Span]:
    name, start, end = "", 0, 0
    for token, label in [*zip(tokens, labels, strict=True), (None, "O")]:
        goes_on = label.startswith("I-") and label[2:] == name
        if name and not goes_on:
            yield from _trimmed(text, Span(name, start, end))
            name = ""
        if token is not None and label != "O":
            if not goes_on:
                name, start = label[2:], token.start
            end = token.end
    return


def _trimmed(text: str, span: Span) -> Iterable[Span]:
    raw = text[span.start : span.end]
    start = span.start + len(raw) - len(raw.lstrip(_LOOSE))
    kept = raw.strip(_LOOSE)
    if span.entity == "reason":
        kept = _POLITE.sub("", kept)
    if kept:
        yield Span(span.entity, start, start + len(kept))
