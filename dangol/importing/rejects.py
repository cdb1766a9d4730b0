"""Rows that were not taken in, whole and with their reason, in a file beside the imported one."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from dangol.importing.mapping import CODE, LINE, MESSAGE, OURS, POSITION


def rejects_path(path: Path) -> Path:
    """FILE.rejected.csv beside FILE."""
    return path.with_name(f"{path.name}.rejected.csv")


class Rejects:
    """Written as they come; only at the end does the file take the place of a former one, or of none without rejects.

    Its `import_position` is a row's place among those of its order, so that the file can be mended and imported itself.
    """

    def __init__(self, path: Path, headings: tuple[str, ...]) -> None:
        self.path = path
        self.count = 0
        self._headings = [name for name in headings if name not in OURS]
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        self._partial = Path(name)
        self._file: TextIO = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
        self._writer = csv.DictWriter(self._file, [*self._headings, "beyond", *OURS], extrasaction="ignore")
        self._writer.writeheader()

    def add(self, values: Mapping[str, str], line: int, position: int, code: str, message: str) -> None:
        """Keep a row."""
        known = {name: values.get(name, "") for name in self._headings}
        beyond = {name: text for name, text in values.items() if name not in known and name not in OURS}
        ours: dict[str, Any] = {POSITION: position, LINE: line, CODE: code, MESSAGE: message}
        self._writer.writerow({**known, "beyond": json.dumps(beyond, ensure_ascii=False) if beyond else "", **ours})
        self.count += 1

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None and self.count:
            os.replace(self._partial, self.path)
            return
        self._partial.unlink()
        if kind is None:
            self.path.unlink(missing_ok=True)
