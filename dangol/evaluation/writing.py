"""The files of `dangol eval --out`: report.md, report.json, report.svg, misunderstood.csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dangol.evaluation.picture import draw
from dangol.evaluation.tables import markdown

PICTURE = "report.svg"
_FIELDS = (
    "file", "line", "language", "style", "measure", "text", "labelled", "understood", "confidence"
)  # fmt: skip


def write(document: Mapping[str, Any], folder: Path) -> None:
    """Write all files into `folder`, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(document, PICTURE), encoding="utf-8")
    (folder / PICTURE).write_text(draw(document), encoding="utf-8")
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    with (folder / "misunderstood.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS)
        writer.writeheader()
        writer.writerows({name: _harmless(value) for name, value in row.items()} for row in document["misunderstood"])


def _harmless(value: Any) -> Any:
    """A customer's text that begins like a formula is none to a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
