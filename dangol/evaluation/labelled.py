"""Labelled files: JSON lines that say what a message means. Read strictly, so that no slip of a label becomes a figure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.language import LOCALES, Locale, detect
from dangol.progress import CommandError

_NAMED_LINES = 5
_TEXTS = ("style", "overlap", "kind")
Span = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled message. Of `intent`, `topic` and `no_action` at least one is set; `entities` (name, the customer's words)
    is None where they are not labelled, and then they are not measured. `seen`: it stands in what was trained on."""

    file: str
    number: int
    text: str
    language: Locale
    intent: str | None = None
    entities: tuple[Span, ...] | None = None
    topic: str | None = None
    no_action: bool = False
    style: str | None = None
    overlap: str | None = None
    kind: str | None = None
    seen: bool = False


class LineError(ValueError):
    """A line is not a labelled message; the message says why."""


def read_files(paths: Iterable[Path]) -> list[Line]:
    """All lines of the files, in order. CommandError names the file and the number of every malformed line, up to five."""
    lines = [line for path in paths for line in _read_file(path)]
    if not lines:
        raise CommandError("no labelled line to measure on")
    return lines


def _read_file(path: Path) -> list[Line]:
    try:
        written = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error
    rows: list[tuple[int, dict[str, Any]]] = []
    wrong: list[str] = []
    # Only a line feed ends a line of JSON: U+2028 may stand in a text.
    for number, line in enumerate(written.split("\n"), start=1):
        if line.strip():
            try:
                rows.append((number, check_row(json.loads(line))))
            except (LineError, ValueError, RecursionError) as error:
                wrong.append(f"{path.name}, line {number}: {error}")
    if wrong:
        more = [f"and {len(wrong) - _NAMED_LINES} more"] if len(wrong) > _NAMED_LINES else []
        raise CommandError("\n".join([*wrong[:_NAMED_LINES], *more]))
    usual = _usual_language([row["text"] for _, row in rows])
    return [_line(path.name, number, row, usual) for number, row in rows]


def check_row(row: Any) -> dict[str, Any]:
    """The row, when it is a labelled message (see docs/evaluation.md); raises LineError."""
    if not isinstance(row, dict):
        raise LineError("not a JSON object")
    if not isinstance(row.get("text"), str) or not row["text"].strip():
        raise LineError("`text` is missing or empty")
    labels = [name for name in ("intent", "topic", "expect") if row.get(name) is not None]
    if not labels:
        raise LineError("none of `intent`, `topic`, `expect`")
    for name in (*labels, *(name for name in _TEXTS if row.get(name) is not None)):
        if not isinstance(row[name], str) or not row[name]:
            raise LineError(f"`{name}` is not a text")
    if row.get("expect") not in (None, "no_action"):
        raise LineError(f'`expect` is "{row["expect"]}"; only "no_action" is known')
    if "expect" in labels and len(labels) > 1:
        raise LineError("`expect` together with another label")
    if row.get("language") not in (None, *LOCALES):
        raise LineError(f"`language` is none of {', '.join(LOCALES)}")
    if row.get("entities") is not None:
        _check_entities(row)
    return row


def _check_entities(row: Mapping[str, Any]) -> None:
    if "intent" not in row:
        raise LineError("`entities` without an `intent`")
    if not isinstance(row["entities"], list):
        raise LineError("`entities` is not a list")
    for entity in row["entities"]:
        fields = [entity.get(name) for name in ("entity", "raw")] if isinstance(entity, dict) else [None]
        if not all(isinstance(field, str) and field for field in fields):
            raise LineError("an entity is not {`entity`, `raw`}")
        if entity["raw"] not in row["text"]:
            raise LineError(f'the words "{entity["raw"]}" of an entity are not in the text')


def _usual_language(texts: Iterable[str]) -> Locale:
    """The language of most texts, which decides for those that have no letters."""
    counts = Counter(detect(text, "ko") for text in texts)
    return max(LOCALES, key=lambda locale: counts[locale])


def _line(file: str, number: int, row: Mapping[str, Any], usual: Locale) -> Line:
    # As the channel does it: half a surrogate pair is no letter.
    text = row["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    labelled = row.get("entities")
    spans = None if labelled is None else tuple((entity["entity"], entity["raw"]) for entity in labelled)
    return Line(
        file, number, text, row.get("language") or detect(text, usual), row.get("intent"), spans, row.get("topic"),
        row.get("expect") == "no_action", row.get("style"), row.get("overlap"), row.get("kind"),
    )  # fmt: skip
