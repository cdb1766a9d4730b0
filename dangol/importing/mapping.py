"""The mapping file: what a foreign export's headings, dates, numbers and codes mean. See docs/import.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dangol.progress import CommandError

# Columns that a file of rejects has beside the original ones.
POSITION, LINE, CODE, MESSAGE = "import_position", "import_line", "import_code", "import_message"
OURS = (POSITION, LINE, CODE, MESSAGE)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """Where a value comes from: the first of the headings that is not empty, then changed as it says."""

    source: str | list[str] = Field(alias="from")
    case: Literal["upper", "lower", "title"] | None = None
    match: str | None = None

    @field_validator("match")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            re.compile(value)
        return value

    @property
    def headings(self) -> list[str]:
        """The headings it may stand under."""
        return [self.source] if isinstance(self.source, str) else self.source

    def reader(self) -> Callable[[Mapping[str, str]], str]:
        """A function that gives the value in a row; "" without one.

        Where `match` does not fit, the value stays: validation will name it.
        """
        headings = self.headings
        pattern = re.compile(self.match) if self.match else None
        change = {"upper": str.upper, "lower": str.lower, "title": str.title}[self.case] if self.case else None

        def read(values: Mapping[str, str]) -> str:
            text = next((found for name in headings if (found := values.get(name, "").strip())), "")
            if pattern and (fitting := pattern.fullmatch(text)):
                text = fitting.group(1) if pattern.groups else fitting.group()
            return change(text) if change else text

        return read


class Condition(_Strict):
    """A condition on one of our columns."""

    kind: Literal["empty", "zero", "negative", "positive"] | None = Field(default=None, alias="is")
    matches: str | None = None


class Rule(_Strict):
    """Rows for which all of `when` holds. `reason` says why they are left out, `fee` which sum of the order they are."""

    when: dict[str, Condition | str | int | float | list[str | int]]
    reason: str = ""
    fee: Literal["shipping_fee", "discount"] | None = None

    @cached_property
    def _tests(self) -> list[tuple[str, Callable[[str], bool]]]:
        return [(name, _test(wanted)) for name, wanted in self.when.items()]

    def holds(self, values: Mapping[str, str]) -> bool:
        """Whether the rule is for this row."""
        return all(test(values.get(name, "")) for name, test in self._tests)


def _test(wanted: Condition | str | int | float | list[str | int]) -> Callable[[str], bool]:
    if isinstance(wanted, Condition):
        if wanted.matches is not None:
            pattern = re.compile(wanted.matches)
            return lambda text: pattern.search(text) is not None
        if wanted.kind == "empty":
            return lambda text: not text
        sign = {"zero": 0, "negative": -1, "positive": 1}.get(wanted.kind or "")
        return lambda text: _sign(text) == sign
    choices = {str(one) for one in wanted} if isinstance(wanted, list) else {str(wanted)}
    return lambda text: text in choices


@lru_cache(maxsize=10_000)
def _sign(text: str) -> int | None:
    try:
        number = Decimal(text.replace(",", ".") or "x")
    except InvalidOperation:
        return None
    return (number > 0) - (number < 0)


class MappingFile(_Strict):
    """A mapping file, checked. An empty one takes the documented headings as they are."""

    columns: dict[str, Column] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    dates: str | list[str] = []
    decimal: Literal[".", ","] = "."
    several: dict[str, Literal["latest", "first", "most_frequent"]] = {}
    skip: list[Rule] = []
    fees: list[Rule] = []
    walk_in: bool = False
    encoding: str | None = None
    delimiter: str | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: {"from": one} if isinstance(one, str | list) else one for name, one in value.items()}

    @field_validator("constants", "values", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        """YAML reads 7 and yes as what they are not here."""
        if not isinstance(value, dict):
            return value
        return {str(name): cls._texts(one) if isinstance(one, dict) else str(one) for name, one in value.items()}

    @property
    def date_formats(self) -> list[str]:
        """strptime formats of the file's dates; none: ISO 8601."""
        return [self.dates] if isinstance(self.dates, str) else self.dates

    def reader(self, known: frozenset[str]) -> Callable[[Mapping[str, str]], dict[str, str]]:
        """A function that gives a row's values by our columns, "" left out.

        Headings that are ours are taken as they are, unless the mapping says where that column is. `known` are ours;
        one ending in a dot (attribute.) stands for all that begin so.
        """

        constants = {name: text for name, text in self.constants.items() if text}
        columns = [(name, column.reader()) for name, column in self.columns.items()]
        tables = list(self.values.items())
        ours: dict[str, str | None] = {}

        def ours_of(heading: str) -> str | None:
            name = plain(heading)
            return name if name not in self.columns and (name in known or _open(name, known)) else None

        def read(values: Mapping[str, str]) -> dict[str, str]:
            found = dict(constants)
            for heading, text in values.items():
                name = ours[heading] if heading in ours else ours.setdefault(heading, ours_of(heading))
                if name is not None and (text := text.strip()):
                    found[name] = text
            for name, column in columns:
                if text := column(values):
                    found[name] = text
            for name, table in tables:
                if name in found:
                    found[name] = table.get(found[name], found[name])
            return found

        return read

    def unused(self, headings: tuple[str, ...], known: frozenset[str]) -> list[str]:
        """Headings of the file that nothing is read from."""
        used = {heading for column in self.columns.values() for heading in column.headings}
        return [
            heading
            for heading in headings
            if heading not in used and plain(heading) not in (*known, *OURS) and not _open(plain(heading), known)
        ]

    def check(self, headings: tuple[str, ...], known: frozenset[str]) -> None:
        """CommandError for a column that is none of ours, and for a heading that the file does not have."""
        for name in (*self.columns, *self.constants, *self.values, *self.several):
            if name not in known and not _open(name, known):
                raise CommandError(f"mapping: {name!r} is none of {', '.join(sorted(known))}")
        for name, column in self.columns.items():
            if not any(heading in headings for heading in column.headings):
                raise CommandError(f"mapping: {name}: the file has no heading {column.headings[0]!r}")


def _open(name: str, known: frozenset[str]) -> bool:
    return "." in name and name.partition(".")[0] + "." in known


def plain(heading: str) -> str:
    """A heading as ours are written: Unit Price is unit_price."""
    return re.sub(r"[\s-]+", "_", heading.strip().lower())


def load_mapping(path: Path | None) -> MappingFile:
    """Read a mapping file; CommandError with one line where it is none. None: the documented headings."""
    if path is None:
        return MappingFile()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return MappingFile.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise CommandError(f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, re.error) as error:
        raise CommandError(f"{path}: {' '.join(str(error).split())}") from error
