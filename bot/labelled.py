"""Sentences with their entities (data/entities/*.jsonl), and more of them by putting other goods in the place of those named.

A line is {"text", "intent", "entities": [{"entity", "raw", "start"?}]}; `start` stands only where `raw` occurs earlier too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from bot.goods import read_brands, read_goods

_HANGUL = re.compile("[가-힣]")
_REPLACED = ("product", "category")


@dataclass(frozen=True, slots=True)
class Span:
    """An entity at text[start:end]."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, its intent and all its entities in order."""

    text: str
    intent: str
    spans: tuple[Span, ...]


def read_labelled(folder: Path) -> list[Labelled]:
    """All lines of the folder's files. Raises ValueError, naming file and line, where an entity's words are not in the text."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            row = json.loads(line)
            spans = []
            for entity in row["entities"]:
                start = entity.get("start", row["text"].find(entity["raw"]))
                if start < 0 or not row["text"].startswith(entity["raw"], start):
                    raise ValueError(f"{path.name}:{number}: {entity['raw']!r} is not in the text")
                spans.append(Span(entity["entity"], start, start + len(entity["raw"])))
            found.append(Labelled(row["text"], row["intent"], tuple(spans)))
    return found


def with_other_goods(sentences: Iterable[Labelled], random: Random) -> Iterator[Labelled]:
    """Each sentence that names goods, with others of the lexicon in their place (mention replacement, Dai and Adel 2020), one in
    four with an invented brand before them.

    Only the tagger learns from these: what stands around a name must count, not only the names it has met.
    """
    for sentence in sentences:
        named = [span for span in sentence.spans if span.entity in _REPLACED]
        if named and all(one.end <= other.start for one, other in pairwise(named)):
            changed = _replaced(sentence, [(span, _other(sentence.text, span, random)) for span in named])
            branded = any(span.entity == "brand" for span in sentence.spans)
            yield changed if branded or random.random() < 0.75 else _branded(changed, random)


def _other(text: str, span: Span, random: Random) -> str:
    korean = _HANGUL.search(text) is not None
    name = random.choice(read_goods("ko" if korean else "en"))
    raw = text[span.start : span.end]
    if not korean and raw.endswith("s") and not name.endswith("s"):
        name += "s"
    if " " not in text:
        name = name.replace(" ", "")
    return name[:1].upper() + name[1:] if span.start == 0 and raw[:1].isupper() else name


def _branded(sentence: Labelled, random: Random) -> Labelled:
    """With an invented brand before the first of the goods."""
    at = min(span.start for span in sentence.spans if span.entity in _REPLACED)
    korean = _HANGUL.search(sentence.text) is not None
    brand = random.choice(read_brands("ko" if korean and random.random() < 0.8 else "en"))
    if random.random() < 0.3:
        brand = brand.lower()
    gap = " " if " " in sentence.text else ""
    added = len(brand) + len(gap)
    moved = [
        Span(span.entity, span.start + added * (span.start >= at), span.end + added * (span.end > at))
        for span in sentence.spans
    ]
    text = sentence.text[:at] + brand + gap + sentence.text[at:]
    return Labelled(text, sentence.intent, tuple(sorted([*moved, Span("brand", at, at + len(brand))], key=_place)))


def _place(span: Span) -> int:
    return span.start


def _replaced(sentence: Labelled, changes: Sequence[tuple[Span, str]]) -> Labelled:
    text, at = "", 0
    for span, name in changes:
        text += sentence.text[at : span.start] + name
        at = span.end

    def moved(place: int) -> int:
        return place + sum(len(name) - (span.end - span.start) for span, name in changes if span.end <= place)

    return Labelled(
        text + sentence.text[at:],
        sentence.intent,
        tuple(Span(span.entity, moved(span.start), moved(span.end)) for span in sentence.spans),
    )
