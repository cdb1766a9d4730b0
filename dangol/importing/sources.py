"""Reads what shops export: CSV in the encodings it comes in, JSON lines, FAQ pages in Markdown; also compressed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from dangol.importing.faq_pages import read_pairs
from dangol.progress import CommandError

# Korean spreadsheets save CP949; Latin-1 (as Windows writes it) reads anything, so it is the last resort.
_ENCODINGS = ("utf-8-sig", "cp949", "cp1252", "latin-1")
_SAMPLE = 1 << 20
_JSON_ENDINGS = (".jsonl", ".ndjson")
_PAGE_ENDINGS = (".md", ".markdown")
csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as the file gives it; `line` is the line of the file it begins on, counted from 1, `values` by heading."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is to be read."""

    path: Path
    encoding: str
    delimiter: str
    headings: tuple[str, ...]

    def rows(self) -> Iterator[SourceRow]:
        """Every row, in the order of the file; empty lines are none."""
        with _text(self.path, self.encoding) as file:
            if _ends(self.path, _PAGE_ENDINGS):
                yield from _page_rows(file.read())
            elif _ends(self.path, _JSON_ENDINGS):
                yield from _json_rows(file)
            else:
                yield from _csv_rows(file, self.delimiter)


def _bytes(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_bytes(path), encoding=encoding, newline="")


def _ends(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(endings)


def checksum(path: Path) -> str:
    """SHA-256 of the file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def detect_encoding(path: Path) -> str:
    """The first of UTF-8, CP949 and Windows' Latin-1 in which the whole file can be read."""
    for encoding in _ENCODINGS[:-1]:
        try:
            with _text(path, encoding) as file:
                while file.read(_SAMPLE):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    return _ENCODINGS[-1]


def open_source(path: Path, encoding: str | None = None, delimiter: str | None = None) -> Source:
    """Find out how a file is to be read. CommandError names the file that cannot be."""
    try:
        encoding = encoding or detect_encoding(path)
        if _ends(path, _PAGE_ENDINGS):
            return Source(path, encoding, "", ("question", "answer"))
        with _text(path, encoding) as file:
            if _ends(path, _JSON_ENDINGS):
                return Source(path, encoding, "", tuple(next(_json_rows(file), SourceRow(0, {})).values))
            first = file.readline()
        delimiter = delimiter or max((",", ";", "\t"), key=first.count)
        headings = tuple(name.strip() for name in next(csv.reader([first], delimiter=delimiter), []))
    except (UnicodeDecodeError, LookupError, EOFError, ValueError, OSError) as error:
        raise CommandError(f"{path}: {error}") from error
    if not any(headings):
        raise CommandError(f"{path}: the first line must hold the headings")
    if doubled := sorted({name for name in headings if headings.count(name) > 1}):
        raise CommandError(f"{path}: heading {doubled[0]!r} stands twice")
    return Source(path, encoding, delimiter, headings)


def _csv_rows(file: io.TextIOWrapper, delimiter: str) -> Iterator[SourceRow]:
    reader = csv.reader(file, delimiter=delimiter)
    headings = [name.strip() for name in next(reader)]
    line = reader.line_num + 1
    for values in reader:
        if any(values):
            # A row longer than the headings keeps what is over: it is rejected for it, and must be whole in the rejects.
            over = {
                f"column {number}": value for number, value in enumerate(values[len(headings) :], len(headings) + 1)
            }
            yield SourceRow(line, {**dict(zip(headings, values, strict=False)), **over})
        line = reader.line_num + 1


def _json_rows(file: io.TextIOWrapper) -> Iterator[SourceRow]:
    for line, text in enumerate(file, 1):
        if text.strip():
            try:
                document = json.loads(text)
            except ValueError:
                document = None
            yield SourceRow(line, flatten(document) if isinstance(document, dict) else {"unreadable": text.strip()})


def _page_rows(text: str) -> Iterator[SourceRow]:
    for pair in read_pairs(text.replace("\r\n", "\n")):
        yield SourceRow(pair.line, {"question": pair.question, "answer": pair.answer})


def flatten(document: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """A JSON object as columns: {"address": {"city": ..}} is address.city, a list is joined by "|", null is empty."""
    flat: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            flat[prefix + name] = "|".join(_plain(one) for one in value)
        else:
            flat[prefix + name] = _plain(value)
    return flat


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
