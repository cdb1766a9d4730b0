"""What the importers of all kinds have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dangol.importing.fields import Manner, Rejected, Row, reason_of
from dangol.importing.mapping import MappingFile
from dangol.importing.spool import Line

# What becomes of a row; "merged": it says more of, or the same as, another row of this file.
OUTCOMES = ("added", "updated", "unchanged", "merged")
Judged = tuple[Line, str | Rejected]
AnyRow = TypeVar("AnyRow", bound=Row)
Several = Literal["latest", "first", "most_frequent"]


@dataclass(frozen=True)
class Context:
    """What an import knows beside its rows: how the file writes, the shop's rules, when it was started."""

    manner: Manner
    mapping: MappingFile
    rules: dict[str, Any]
    now: datetime
    actor: str = "import"


class Importer(Protocol):
    """One kind of data."""

    @property
    def columns(self) -> frozenset[str]:
        """Our columns; one ending in a dot stands for all that begin so."""
        ...

    def key(self, values: Mapping[str, str]) -> str:
        """What a row belongs to: all its rows are put at once. "" where the row does not say."""
        ...

    def late(self, values: Mapping[str, str]) -> bool:
        """Whether a row refers to others that must be put before."""
        ...

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put groups of rows into the store: what became of each row."""
        ...


def checked(
    lines: Iterable[Line], model: type[AnyRow], context: Context, *, alike: bool = False
) -> tuple[list[tuple[Line, AnyRow]], list[Judged]]:
    """The rows that are as `model` wants them, and the others with their reason. `alike`: many rows say the same."""
    good: list[tuple[Line, AnyRow]] = []
    bad: list[Judged] = []
    known: dict[tuple[str | None, ...], AnyRow] = {}
    fields = tuple(model.model_fields)
    for line in lines:
        said = tuple(map(line.values.get, fields)) if alike else ()
        row = known.get(said)
        try:
            row = row or model.model_validate(line.values, context=context.manner)
        except ValidationError as error:
            bad.append((line, reason_of(error)))
            continue
        good.append((line, row))
        if alike:
            known[said] = row
    return good, bad


def merge(rows: Sequence[Row], several: Mapping[str, Several]) -> dict[str, Any]:
    """One value for each column that any row gives: the latest, unless `several` says the first or the most frequent."""
    merged: dict[str, Any] = {}
    given: dict[str, list[Any]] = {}
    for row in rows:
        for name in row.model_fields_set:
            given.setdefault(name, []).append(getattr(row, name))
    for name, values in given.items():
        manner = several.get(name, "latest")
        if manner == "most_frequent":
            merged[name] = Counter(map(_frozen, values)).most_common(1)[0][0]
        else:
            merged[name] = values[0 if manner == "first" else -1]
    return merged


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def in_language(merged: Mapping[str, Any], name: str, language: str) -> dict[str, Any]:
    """A {ko, en} map from the columns name, name_ko and name_en; the first is in `language`."""
    found = {language: merged[name]} if name in merged else {}
    for locale in ("ko", "en"):
        if f"{name}_{locale}" in merged:
            found[locale] = merged[f"{name}_{locale}"]
    return {locale: list(text) if isinstance(text, tuple) else text for locale, text in found.items()}


def batches(groups: Iterable[tuple[bool, list[Line]]], rows: int) -> Iterator[tuple[bool, list[list[Line]]]]:
    """Groups together for one transaction each, of about so many rows, late ones apart."""
    waiting: list[list[Line]] = []
    size, phase = 0, False
    for late, group in groups:
        if waiting and (size >= rows or late != phase):
            yield phase, waiting
            waiting, size = [], 0
        phase = late
        waiting.append(group)
        size += len(group)
    if waiting:
        yield phase, waiting
