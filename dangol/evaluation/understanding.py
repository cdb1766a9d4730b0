"""A trained model's parses of many texts, by a process of the bot's environment that loads the model once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import PROJECT_ROOT
from dangol.progress import CommandError
from dangol.training import BOT_PYTHON, MODELS, quiet_rasa

_TAIL = 5


@dataclass(frozen=True, slots=True)
class Parse:
    """What `bot.evaluate` answers for a text. `nlu_intent` is what the actions get; entities are {entity, value, start, end}."""

    intent: str
    confidence: float
    fallback: bool
    nlu_intent: str
    entities: tuple[dict[str, Any], ...]
    parts: tuple[tuple[str, float], ...]
    milliseconds: float


def newest_model(folder: Path = MODELS) -> Path:
    """The model that was trained last. CommandError where there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise CommandError("there is no trained model yet; `dangol train` makes one")
    return models[-1]


def existing_model(path: Path) -> Path:
    """The path, when a file is there; CommandError else."""
    if not path.is_file():
        raise CommandError(f"there is no model {path}")
    return path


def understand(model: Path, texts: Sequence[str]) -> list[Parse]:
    """One parse a text, in order. CommandError where the model cannot be loaded or a text fails."""
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    command = [str(BOT_PYTHON), "-m", "bot.evaluate", str(model.resolve())]
    ran = subprocess.run(
        command, input=lines, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        cwd=PROJECT_ROOT, env={**quiet_rasa(), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    answers = ran.stdout.splitlines()
    if ran.returncode or len(answers) != len(texts):
        tail = "\n".join(ran.stderr.strip().splitlines()[-_TAIL:])
        raise CommandError(f"the model {model.name} could not be asked:\n{tail}")
    return [read_parse(json.loads(answer)) for answer in answers]


def read_parse(raw: dict[str, Any]) -> Parse:
    """A line of `bot.evaluate`'s output."""
    return Parse(
        intent=raw["intent"] or "",
        confidence=float(raw["confidence"]),
        fallback=bool(raw["fallback"]),
        nlu_intent=raw["nlu_intent"] or "nlu_fallback",
        entities=tuple(raw["entities"]),
        parts=tuple((part["intent"], float(part["confidence"])) for part in raw["parts"]),
        milliseconds=float(raw["milliseconds"]),
    )
