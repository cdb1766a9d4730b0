"""An evaluation from files to document: read, understand, measure."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actions.run import Tools
from core.clock import utc_now
from core.settings import PROJECT_ROOT, Settings
from dangol.evaluation.comparing import compare
from dangol.evaluation.heard import Heard
from dangol.evaluation.labelled import Line, read_files
from dangol.evaluation.measures import (
    measure_entities,
    measure_intents,
    measure_latency,
    measure_no_action,
    measure_topics,
    misunderstood,
)
from dangol.evaluation.seen import article_sentences, mark_seen, training_sentences
from dangol.evaluation.shop_side import complete, nearest_articles, open_knowledge
from dangol.evaluation.understanding import understand
from dangol.training import MODEL, inputs_hash, is_current

Tell = Callable[[str], None]


def evaluate(
    settings: Settings, files: Sequence[Path], model: Path, other: Path | None, *, demonstration: bool, tell: Tell
) -> dict[str, Any]:
    """The whole document (docs/evaluation.md has its shape). `other` is a second model to compare with.

    `tell` hears of each step. CommandError for a malformed file or a model that cannot be asked.
    """
    lines = read_files(files)
    knowledge, source = open_knowledge(settings, demonstration=demonstration)
    lines = mark_seen(lines, training_sentences(), article_sentences(source))
    tell(f"{len(lines)} lines; catalogue and articles of the {source}")
    for text in ("안녕하세요", "hello"):
        knowledge.rank_articles(text, "ko")
    found = [nearest_articles(line, knowledge) for line in lines]
    tools = Tools(knowledge, settings)

    def listen(path: Path) -> list[Heard]:
        tell(f"understanding with {path.name}")
        parses = understand(path, [line.text for line in lines])
        return [
            complete(line, parse, articles, tools) for line, parse, articles in zip(lines, parses, found, strict=True)
        ]

    heard = listen(model)
    document = {
        "made_at": utc_now().isoformat(timespec="seconds"),
        "machine": _machine(),
        "files": _files(lines),
        "seen": sum(line.seen for line in lines),
        "model": _model(model),
        "knowledge": {
            "from": source, "encoder": knowledge.encoder.name,
            "answer_threshold": knowledge.answer_threshold, "ask_threshold": knowledge.ask_threshold,
        },
        **measure(heard),
    }  # fmt: skip
    if other is not None:
        others = listen(other)
        document["compared"] = {"model": _model(other), **measure(others), "differences": compare(heard, others)}
    return document


def measure(heard: Sequence[Heard]) -> dict[str, Any]:
    """All measures of what was heard; those that no line carries a label for are None."""
    return {
        "intents": measure_intents(heard),
        "entities": measure_entities(heard),
        "topics": measure_topics(heard),
        "no_action": measure_no_action(heard),
        "latency_ms": measure_latency(heard),
        "misunderstood": misunderstood(heard),
    }


def _files(lines: Sequence[Line]) -> dict[str, int]:
    names = [line.file for line in lines]
    return {name: names.count(name) for name in dict.fromkeys(names)}


def _model(path: Path) -> dict[str, Any]:
    """`current` tells whether the project's own model was trained on today's data and code; None for another file."""
    stat = path.stat()
    own = path.resolve() == MODEL.resolve()
    inside = path.resolve().is_relative_to(PROJECT_ROOT)
    return {
        "file": str(path.resolve().relative_to(PROJECT_ROOT)) if inside else path.name,
        "megabytes": round(stat.st_size / 1e6, 1),
        "trained_at": datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="minutes"),
        "current": is_current(inputs_hash()) if own else None,
    }  # fmt: skip


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.machine()}", "processor": _processor(), "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
