"""One import: read, map, check, put in batches, count. What cannot be taken in is kept with its reason; nothing is lost."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError

from core.clock import utc_now
from crm_store import db
from crm_store.imports.service import begin_run, finish_run
from crm_store.shop.queries import current_rules, rule
from dangol.importing.fields import Manner, Rejected
from dangol.importing.kinds import OUTCOMES, Context, Importer, Judged, batches
from dangol.importing.mapping import POSITION, MappingFile, load_mapping
from dangol.importing.rejects import Rejects, rejects_path
from dangol.importing.sources import Source, checksum, open_source
from dangol.importing.spool import Line, Spool
from dangol.progress import CommandError

_BATCH_ROWS = 2000
_PROGRESS_SECONDS = 1.0


@dataclass
class Summary:
    """What became of a file's rows: `rows` is the sum of all others."""

    kind: str
    file: str
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    rejects_file: str | None = None
    unused: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As `--json` prints it."""
        counted: dict[str, int] = {name: self.counts[name] for name in OUTCOMES}
        return {
            "kind": self.kind, "file": self.file, "rows": self.rows, **counted,
            "skipped": self.skipped.total(), "rejected": self.rejected.total(),
            "skipped_reasons": dict(self.skipped.most_common()), "rejected_codes": dict(self.rejected.most_common()),
            "rejects_file": self.rejects_file, "unused_headings": self.unused, "seconds": round(self.seconds, 1),
        }  # fmt: skip

    def check(self) -> None:
        """Raise where a row was lost on the way: the store has what was counted, but the sum says something is amiss."""
        found = sum(self.counts[name] for name in OUTCOMES) + self.skipped.total() + self.rejected.total()
        if found != self.rows:
            raise CommandError(f"{self.rows} rows were read, but {found} accounted for: please report this")


class _Progress:
    """Lines on stderr while somebody waits."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def tell(self, doing: str, done: int, total: int | None = None) -> None:
        if time.monotonic() - self._said >= _PROGRESS_SECONDS:
            self._said = time.monotonic()
            print(f"{doing} {done:,}{f' of {total:,}' if total else ''} rows", file=sys.stderr, flush=True)


def import_file(
    kind: str, importer: Importer, path: Path, *, map_path: Path | None = None, encoding: str | None = None,
    rejects: Path | None = None, language: str | None = None,
) -> Summary:  # fmt: skip
    """Import a file into the store this process is configured for. CommandError where it cannot be read at all.

    Every batch is a transaction: after a crash, the same file again goes on where it stopped.
    """
    started, now = time.monotonic(), utc_now()
    mapping = load_mapping(map_path)
    source = open_source(path, encoding or mapping.encoding, mapping.delimiter)
    mapping.check(source.headings, importer.columns)
    context = _context(mapping, language)
    summary = Summary(kind, path.name, unused=mapping.unused(source.headings, importer.columns))
    with db.transaction() as session:
        run_id = begin_run(session, kind=kind, file_name=path.name, sha256=checksum(path), now=now)
    with Spool() as spool, Rejects(rejects or rejects_path(path), source.headings) as refused:
        progress = _Progress()
        _take_in(source, importer, mapping, spool, summary, progress)
        done = 0
        for late, groups in batches(spool.groups(), _BATCH_ROWS):
            for line, outcome in _put(importer, context, groups, late):
                if isinstance(outcome, Rejected):
                    refused.add(line.original, line.number, line.position, outcome.code, outcome.message)
                    summary.rejected[outcome.code] += 1
                else:
                    summary.counts[outcome] += 1
            done += sum(map(len, groups))
            progress.tell("imported", done, spool.total)
    summary.rejects_file = str(refused.path) if refused.count else None
    summary.seconds = time.monotonic() - started
    with db.transaction() as session:
        finish_run(session, run_id, counts=summary.document(), now=utc_now())
    summary.check()
    return summary


def _context(mapping: MappingFile, language: str | None) -> Context:
    with db.reading() as session:
        rules = current_rules(session)
    shop = rule(rules, "shop")
    manner = Manner(
        currency=str(shop["currency"]), timezone=str(shop["timezone"]), decimal=mapping.decimal,
        language=language or str(shop.get("language", "ko")), date_formats=tuple(mapping.date_formats),
    )  # fmt: skip
    return Context(manner, mapping, rules, utc_now())


def _take_in(
    source: Source, importer: Importer, mapping: MappingFile, spool: Spool, summary: Summary, progress: _Progress
) -> None:
    """Read all rows into the spool, but for those that the mapping leaves out."""
    read = mapping.reader(importer.columns)
    for row in source.rows():
        summary.rows += 1
        values = read(row.values)
        key = importer.key(values)
        position = spool.place(key, row.values.get(POSITION))
        rule_of = next((one for one in mapping.skip if one.holds(values)), None)
        if rule_of is not None:
            summary.skipped[rule_of.reason or "left out by the mapping"] += 1
            continue
        spool.add(key, Line(row.line, position, row.values, values), late=importer.late(values))
        progress.tell("read", summary.rows)


def _put(importer: Importer, context: Context, groups: Sequence[list[Line]], late: bool) -> list[Judged]:
    """One transaction; where the database refuses it, one for each group, so that only the culprit is rejected."""
    try:
        with db.transaction() as session:
            return list(importer.put(session, context, groups, late))
    except (DataError, IntegrityError) as error:
        if len(groups) > 1:
            return [judged for group in groups for judged in _put(importer, context, [group], late)]
        message = str(error.orig).splitlines()[0]
        return [(line, Rejected("store_refused", message)) for line in groups[0]]
