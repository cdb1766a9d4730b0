"""`dangol model info`: what is in use, in lines."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from core.settings import Settings
from dangol.training import MODEL, SENTENCES_FILE, TAGGER_FILE, inputs_hash, is_current
from knowledge.calibrate import CALIBRATION_FILE, load_calibration
from knowledge.calibration_kept import find_calibration
from knowledge.embedded import MODEL_FILE, load_tables
from knowledge.encoder import EMBEDDED
from knowledge.faq import Calibration
from knowledge.sentiment import MODEL_FILE as SENTIMENT_FILE

_LICENCE = re.compile(r"^license:\s*(\S+)", re.MULTILINE)


def describe(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names and values, one a line. CommandError where a model that is set cannot be loaded."""
    yield from _embedded() if settings.embedding.model == EMBEDDED else _another(settings)
    yield "sentiment", f"{_file(SENTIMENT_FILE)}, Apache-2.0"
    yield "tagger", f"{_file(TAGGER_FILE)}, Apache-2.0"
    yield "sentence network", f"{_file(SENTENCES_FILE)}, Apache-2.0"
    yield "Rasa model", _rasa_model()


def _embedded() -> Iterator[tuple[str, str]]:
    tables = load_tables()
    yield "embedding model", f"{EMBEDDED} (DANGOL_EMBEDDING__MODEL; another one: `dangol model use`)"
    yield "dimensions", f"{tables.ko.dim + tables.en.dim} ({tables.ko.dim} Korean, {tables.en.dim} English)"
    yield "rows", f"{len(tables.ko.keys):,} Korean, {len(tables.en.keys):,} English"
    yield "files", f"{_file(MODEL_FILE)}; {_file(CALIBRATION_FILE)}"
    yield "licence", "Apache-2.0, sources in knowledge/model/README.md"
    yield "thresholds", _thresholds(load_calibration())


def _another(settings: Settings) -> Iterator[tuple[str, str]]:
    from dangol.model_choice import load_checked

    name = settings.embedding.model
    encoder = load_checked(name)
    folder = _folder(name)
    kept = find_calibration(settings, name)
    yield "embedding model", f"{name} (DANGOL_EMBEDDING__MODEL; the shipped one: `dangol model use embedded`)"
    yield "dimensions", str(encoder.dim)
    yield "files", f"{_megabytes(_size(folder))} in {folder}" if folder else "not found on this disk"
    yield "licence", _licence(folder)
    yield "thresholds", _thresholds(kept) if kept else "fitted anew at each start; `dangol model use` keeps them"


def _thresholds(fitted: Calibration) -> str:
    return f"answers from {fitted.answer_from:.2f}, asks back from {fitted.ask_from:.2f}"


def _file(path: Path) -> str:
    return f"{path.name} {_megabytes(path.stat().st_size)}" if path.exists() else f"{path.name} is missing"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.{1 if size >= 1e6 else 3}f} MB"


def _rasa_model() -> str:
    if not MODEL.exists():
        return "none yet: `dangol train`"
    current = "current" if is_current(inputs_hash()) else "not made from today's data and code: `dangol train`"
    return f"{_file(MODEL)}, {current}"


def _folder(name: str) -> Path | None:
    """The folder of a model: itself, or where the hub's files are kept."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    for known in (name, f"sentence-transformers/{name}"):
        try:
            return Path(snapshot_download(known, local_files_only=True))
        except (LocalEntryNotFoundError, HfHubHTTPError, ValueError):
            continue
    return None


def _size(folder: Path) -> int:
    """Bytes of all files, links followed."""
    return sum(os.path.getsize(path) for path in folder.rglob("*") if path.is_file())


def _licence(folder: Path | None) -> str:
    card = folder / "README.md" if folder else None
    found = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card and card.exists() else None
    return f"{found[1]}, by its card" if found else "not stated in its files: look at where it is from"
