"""Rows on their way in, sorted by what they belong to, in a file of its own: memory stays flat however long the export."""

from __future__ import annotations

import marshal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import TracebackType

_BATCH = 5000


@dataclass(slots=True)
class Line:
    """A row: its line in the file, its place (from 1) among those with the same key, as it was, and by our columns."""

    number: int
    position: int
    original: dict[str, str]
    values: dict[str, str]


class Spool:
    """Rows that share a key come out together, keys in the order of their first row, late ones after all others."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dangol-import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "spool.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE rows (late, grp, line, position, original, ours)")
        self._db.execute("BEGIN")
        self._groups: dict[str, int] = {}
        self._seen: Counter[int] = Counter()
        self._waiting: list[tuple[object, ...]] = []
        self.total = 0

    def place(self, key: str, given: str | None = None) -> int:
        """The position of the next row of this key, or the one that the file gives it."""
        group = self._groups.setdefault(key, len(self._groups))
        self._seen[group] += 1
        return int(given) if given and given.isdecimal() else self._seen[group]

    def add(self, key: str, line: Line, *, late: bool = False) -> None:
        """Take a row in, under a key that was given a place."""
        original, ours = marshal.dumps(line.original), marshal.dumps(line.values)
        self._waiting.append((late, self._groups[key], line.number, line.position, original, ours))
        self.total += 1
        if len(self._waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def groups(self) -> Iterator[tuple[bool, list[Line]]]:
        """All rows, key by key; whether they are late ones."""
        self._flush()
        self._db.execute("CREATE INDEX by_group ON rows (late, grp, line)")
        query = self._db.execute("SELECT * FROM rows ORDER BY late, grp, line")
        for (late, _), rows in groupby(query, key=lambda row: (row[0], row[1])):
            yield (
                bool(late),
                [
                    Line(number, place, marshal.loads(was), marshal.loads(ours))
                    for _, _, number, place, was, ours in rows
                ],
            )

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()
