"""The Rasa model: trained when what it is made from changed, under models/ of the checkout, for every home folder alike."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.settings import PROJECT_ROOT
from dangol.progress import CommandError, say

BOT_PYTHON = PROJECT_ROOT / ".venv-bot" / "bin" / "python"
MODELS = PROJECT_ROOT / "models"
MODEL = MODELS / "dangol.tar.gz"
# Trained beforehand and shipped: what finds goods and reasons in a message, and what hears its intent from the order of its words
# (`dangol model train --only tagger --only sentences`).
TAGGER_FILE = PROJECT_ROOT / "bot" / "model" / "tagger.npz"
SENTENCES_FILE = PROJECT_ROOT / "bot" / "model" / "sentences.npz"
# The model depends on these and on nothing else; the lock stands for the versions of Rasa and its libraries.
INPUTS = (
    "config.yml", "domain.yml", "data/nlu", "data/rules", "data/stories", "data/lexicon", "bot",
    "knowledge/model/vectors.npz", "requirements/bot.txt",
)  # fmt: skip
_MADE_FROM = frozenset({".py", ".yml", ".yaml", ".jsonl", ".txt"})
HEARTBEAT = 10.0


def quiet_rasa() -> dict[str, str]:
    """This process's environment for a Rasa of ours: no telemetry, no chatter of its libraries, no GPU looked for."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "CUDA_VISIBLE_DEVICES": "-1",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
    }


def _input_files(root: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = root / name
        if path.is_dir():
            yield from (file for file in path.rglob("*") if file.suffix in _MADE_FROM)
        elif path.exists():
            yield path


def inputs_hash(root: Path = PROJECT_ROOT) -> str:
    """A hash of everything the model is made from: names and contents."""
    total = hashlib.sha256()
    for file in sorted(_input_files(root)):
        total.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def note_path() -> Path:
    """Where it is noted what the model at hand was made from."""
    return MODEL.with_name(MODEL.name.removesuffix(".tar.gz") + ".json")


def is_current(wanted: str) -> bool:
    """Whether the model at hand was made from the inputs with this hash."""
    try:
        noted: dict[str, Any] = json.loads(note_path().read_text())
    except (OSError, ValueError):
        return False
    return MODEL.exists() and noted.get("inputs") == wanted


@contextmanager
def _alone() -> Iterator[None]:
    MODELS.mkdir(exist_ok=True)
    with (MODELS / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for a training that another process has begun")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def train_if_changed(log: Path) -> bool:
    """Train where needed; True if it did. `log` takes Rasa's output. Raises CommandError where training fails."""
    if is_current(inputs_hash()):
        return False
    with _alone():
        wanted = inputs_hash()
        if is_current(wanted):
            return False
        _train(log)
        note_path().write_text(json.dumps({"inputs": wanted}))
    return True


def _train(log: Path) -> None:
    say("training the Rasa model: five to seven minutes on two cores, once")
    log.parent.mkdir(parents=True, exist_ok=True)
    # Rasa writes where another Rasa may be reading: into a folder aside, then one move.
    aside = MODELS / "new"
    command = [str(BOT_PYTHON), "-m", "rasa", "train", "--domain", "domain.yml", "--config", "config.yml"]
    command += [
        "--data",
        "data/nlu",
        "data/rules",
        *(["data/stories"] if (PROJECT_ROOT / "data/stories").is_dir() else []),
    ]
    # Rasa's own cache does not see a change in a module that a component imports: --force.
    command += ["--force", "--out", str(aside), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz")]
    with log.open("wb") as output:
        _wait(subprocess.Popen(command, cwd=PROJECT_ROOT, env=quiet_rasa(), stdout=output, stderr=subprocess.STDOUT))
    made = aside / MODEL.name
    if not made.exists():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise CommandError(f"training the Rasa model failed; the end of {log}:\n{tail}")
    os.replace(made, MODEL)
    aside.rmdir()


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        while process.poll() is None:
            try:
                process.wait(HEARTBEAT)
            except subprocess.TimeoutExpired:
                say("  still training")
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
