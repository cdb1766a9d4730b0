"""The measures, each a JSON object made from what was heard of the lines that carry its label. None: nothing to measure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from dangol.evaluation.heard import Heard
from dangol.evaluation.scores import (
    Counts,
    Share,
    calibration_bins,
    calibration_error,
    class_counts,
    macro_f1,
    percentile,
    share,
)

Document = dict[str, Any]
Measure = Callable[[Sequence[Heard]], Document]
T = TypeVar("T")
KEPT_PAIRS = 15
_EXAMPLES = 3
TURNED_AWAY = ("declined", "asked", "chatted")


def rounded(value: float | None, digits: int = 4) -> float | None:
    """As it is written into a document."""
    return None if value is None else round(value, digits)


def _shown(one: Share) -> Document:
    interval = one.interval()
    return {
        "value": rounded(one.value), "hits": one.hits, "count": one.count,
        "interval": [rounded(interval[0]), rounded(interval[1])] if interval else None,
    }  # fmt: skip


def _grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[Any, list[T]]:
    groups: defaultdict[Any, list[T]] = defaultdict(list)
    for item in items:
        if (value := key(item)) is not None:
            groups[value].append(item)
    return dict(sorted(groups.items(), key=lambda group: str(group[0])))


def _with_parts(rows: Sequence[Heard], measure: Measure, *fields: str) -> Document:
    """The measure of all rows, of each language, and under each language of every value of the fields that lines have.

    `unseen` is, where some lines stand in what was trained on, the measure of the others; null when none is left.
    """
    document = {**measure(rows), **_unseen(rows, measure)}
    document["by_language"] = {}
    for language, some in _grouped(rows, lambda row: row.line.language).items():
        part = {**measure(some), **_unseen(some, measure)}
        for field in fields:
            groups = _grouped(some, lambda row, field=field: getattr(row.line, field))  # type: ignore[misc]
            if groups:
                part[f"by_{field}"] = {value: measure(group) for value, group in groups.items()}
        document["by_language"][language] = part
    return document


def _unseen(rows: Sequence[Heard], measure: Measure) -> Document:
    fresh = [row for row in rows if not row.line.seen]
    return {} if len(fresh) == len(rows) else {"unseen": measure(fresh) if fresh else None}


def measure_intents(heard: Iterable[Heard]) -> Document | None:
    """Accuracy, macro-F1, calibration, what the fallback threshold keeps back, and which intents are taken for which."""
    rows = [row for row in heard if row.line.intent is not None]
    if not rows:
        return None
    document = _with_parts(rows, _intent_figures, "style")
    labels, guesses = [row.line.intent or "" for row in rows], [row.intent for row in rows]
    counts = class_counts(labels, guesses)
    document["calibration"] = [
        {"from": one.low, "count": one.count, "confidence": rounded(one.confidence), "right": rounded(one.right)}
        for one in calibration_bins([row.confidence for row in rows], [row.is_right for row in rows])
    ]
    document["by_intent"] = {name: counted(counts[name]) for name in counts if counts[name].labelled}
    document["confusions"] = _confusions(rows)
    return document


def _intent_figures(rows: Sequence[Heard]) -> Document:
    labels, guesses = [row.line.intent or "" for row in rows], [row.intent for row in rows]
    kept = [row for row in rows if not row.fallback]
    bins = calibration_bins([row.confidence for row in rows], [row.is_right for row in rows])
    return {
        "accuracy": _shown(share(row.is_right for row in rows)),
        "macro_f1": rounded(macro_f1(labels, guesses)),
        "fallback": _shown(share(row.fallback for row in rows)),
        "answered_accuracy": _shown(share(row.is_right for row in kept)),
        "calibration_error": rounded(calibration_error(bins)),
    }


def _confusions(rows: Sequence[Heard]) -> list[Document]:
    pairs = _grouped((row for row in rows if not row.is_right), lambda row: (row.line.intent, row.intent))
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [
        {"labelled": labelled, "understood": understood, "count": len(some),
         "examples": [row.line.text for row in some[:_EXAMPLES]]}
        for (labelled, understood), some in ordered[:KEPT_PAIRS]
    ]  # fmt: skip


def counted(counts: Counts) -> Document:
    """Precision, recall and F1 with what they are made of."""
    return {
        "precision": rounded(counts.precision), "recall": rounded(counts.recall), "f1": rounded(counts.f1),
        "right": counts.right, "wrong": counts.wrong, "missed": counts.missed,
    }  # fmt: skip


def measure_entities(heard: Iterable[Heard]) -> Document | None:
    """Precision, recall and F1 over all entities and for each; right is one whose name and words are the labelled ones."""
    rows = [row for row in heard if row.line.entities is not None]
    if not rows:
        return None
    document = _with_parts(rows, _entity_figures, "style")
    by_entity: defaultdict[str, Counts] = defaultdict(Counts)
    for row in rows:
        for name, counts in entity_counts(row).items():
            by_entity[name] += counts
    document["by_entity"] = {name: counted(by_entity[name]) for name in sorted(by_entity)}
    return document


def entity_counts(row: Heard) -> dict[str, Counts]:
    """What was found in one message, by entity. The same words twice are two entities."""
    labelled, found = Counter(row.line.entities or ()), Counter(row.entities)
    both = labelled & found
    parts = ((both, Counts(right=1)), (found - both, Counts(wrong=1)), (labelled - both, Counts(missed=1)))
    by_entity: defaultdict[str, Counts] = defaultdict(Counts)
    for spans, one in parts:
        for name, _ in spans.elements():
            by_entity[name] += one
    return dict(by_entity)


def has_right_entities(row: Heard) -> bool:
    """Whether exactly the labelled entities were found."""
    return Counter(row.line.entities or ()) == Counter(row.entities)


def _entity_figures(rows: Sequence[Heard]) -> Document:
    total = sum((counts for row in rows for counts in entity_counts(row).values()), Counts())
    return {**counted(total), "whole_messages": _shown(share(has_right_entities(row) for row in rows))}


def measure_topics(heard: Iterable[Heard]) -> Document | None:
    """Whether the right article comes first, or among the first three, and what the index's thresholds make of it."""
    rows = [row for row in heard if row.line.topic is not None]
    if not rows:
        return None
    document = _with_parts(rows, _topic_figures, "overlap", "style")
    wrong = _grouped(
        (row for row in rows if not topic_is_among(row, 1)), lambda row: (row.line.topic, first_topic(row))
    )
    ordered = sorted(wrong.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    document["confusions"] = [
        {"labelled": labelled, "found": found, "count": len(some), "examples": [row.line.text for row in some[:_EXAMPLES]]}
        for (labelled, found), some in ordered[:KEPT_PAIRS]
    ]  # fmt: skip
    return document


def first_topic(row: Heard) -> str:
    """The topic that was found first, "" for none."""
    return row.articles.ranked[0][0] if row.articles.ranked else ""


def topic_is_among(row: Heard, first: int) -> bool:
    """Whether the labelled topic is one of the `first` ones found."""
    return row.line.topic in [topic for topic, _ in row.articles.ranked[:first]]


def _topic_figures(rows: Sequence[Heard]) -> Document:
    return {
        "recall_at_1": _shown(share(topic_is_among(row, 1) for row in rows)),
        "recall_at_3": _shown(share(topic_is_among(row, 3) for row in rows)),
        "answer": _shown(share(row.articles.verdict == "answer" for row in rows)),
        "ask": _shown(share(row.articles.verdict == "ask" for row in rows)),
        "decline": _shown(share(row.articles.verdict == "none" for row in rows)),
        "wrong_answers": _shown(share(row.articles.verdict == "answer" and not topic_is_among(row, 1) for row in rows)),
        "taken_for_question": _shown(share(row.fallback or row.intent == "ask_faq" for row in rows)),
    }


def measure_no_action(heard: Iterable[Heard]) -> Document | None:
    """Messages that nothing must follow from: how many would change the store, and what would be said instead."""
    rows = [row for row in heard if row.line.no_action]
    if not rows:
        return None
    document = _with_parts(rows, _no_action_figures, "kind", "style")
    document["changes"] = dict(Counter(intent for row in rows for intent in row.changes).most_common())
    return document


def _no_action_figures(rows: Sequence[Heard]) -> Document:
    outcomes = Counter(row.outcome for row in rows)
    return {
        "false_actions": _shown(share(bool(row.changes) for row in rows)),
        "turned_away": _shown(share(row.outcome in TURNED_AWAY for row in rows)),
        "outcomes": dict(sorted(outcomes.items())),
    }


def measure_latency(heard: Sequence[Heard]) -> Document:
    """Milliseconds, half and 95 % of the messages: understanding in the Rasa process, finding articles on the platform."""
    return {
        name: {"p50": rounded(percentile(values, 50), 3), "p95": rounded(percentile(values, 95), 3)}
        for name, values in (
            ("understanding", [row.milliseconds for row in heard]),
            ("articles", [row.articles.milliseconds for row in heard]),
        )
    }


def misunderstood(heard: Iterable[Heard]) -> list[Document]:
    """Every line that something is wrong with, by file and number: what was labelled, what came out, in which measure."""
    return [
        {
            "file": row.line.file, "line": row.line.number, "language": row.line.language, "style": row.line.style,
            "measure": measure, "text": row.line.text, "labelled": labelled, "understood": found,
            "confidence": rounded(confidence),
        }
        for row in heard
        for measure, labelled, found, confidence in _faults(row)
    ]  # fmt: skip


def _faults(row: Heard) -> list[tuple[str, str, str, float]]:
    faults: list[tuple[str, str, str, float]] = []
    line = row.line
    if line.intent is not None and not row.is_right:
        faults.append(("intent", line.intent, row.intent, row.confidence))
    if line.entities is not None and not has_right_entities(row):
        faults.append(("entities", _spelt(line.entities), _spelt(row.entities), row.confidence))
    if line.topic is not None and not topic_is_among(row, 1):
        best = row.articles.ranked[0][1] if row.articles.ranked else 0.0
        faults.append(("topic", line.topic, first_topic(row), best))
    if line.no_action and (row.changes or row.outcome not in TURNED_AWAY):
        faults.append(
            ("no_action", "no_action", f"{row.outcome}: {', '.join(row.changes) or row.intent}", row.confidence)
        )
    return faults


def _spelt(spans: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{entity}={raw}" for entity, raw in spans)
