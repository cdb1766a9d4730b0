"""`dangol model train`: the shipped models made again from their sources, one stage after another."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from core.settings import PROJECT_ROOT, Settings
from dangol.processes import log_path
from dangol.progress import CommandError, say
from dangol.training import BOT_PYTHON, MODEL, SENTENCES_FILE, TAGGER_FILE, quiet_rasa, train_if_changed
from knowledge.calibrate import CALIBRATION_FILE, calibrate, read_questions, read_strangers
from knowledge.embedded import MODEL_FILE
from knowledge.sentiment import MODEL_FILE as SENTIMENT_FILE

SENTENCES = ("data/sentiment/ko.tsv", "data/sentiment/en.tsv", "data/nlu/ko/complain.yml", "data/nlu/en/complain.yml")
REVIEWS = ("tests/language/reviews.ko.jsonl", "tests/language/reviews.en.jsonl")
LICENCES = {
    "vectors": "kiwipiepy_model and all-MiniLM-L6-v2 (both Apache-2.0), knowledge/shop_words.yml; seed 0",
    "calibration": "knowledge/articles, tests/language/faq.jsonl (the project's own, Apache-2.0); seed 0",
    "sentiment": "data/sentiment, complaints of data/nlu (the project's own, Apache-2.0); seed 7",
    "tagger": "data/entities, data/lexicon (the project's own, Apache-2.0), the vectors; seeds 0 to 2",
    "sentences": "data/nlu (the project's own, Apache-2.0), the vectors; seed 0",
    "bot": "data/nlu, data/rules (the project's own, Apache-2.0), the vectors; seed 0",
}
_console = Console(stderr=True)


@dataclass(frozen=True)
class Work:
    """What the stages share."""

    settings: Settings
    corpora: Sequence[Path]
    chosen: bool


def train_models(settings: Settings, only: Sequence[str], corpora: Sequence[Path]) -> None:
    """Run the stages named, or all. CommandError for a missing corpus or source package, and where training fails."""
    if missing := [str(path) for path in corpora if not path.is_file()]:
        raise CommandError(f"there is no file {missing[0]}")
    stages = [name for name in _STAGES if not only or name in only]
    if corpora and "sentiment" not in stages:
        raise CommandError("--corpus is for sentiment, which --only leaves out")
    work = Work(settings, corpora, bool(only))
    for number, name in enumerate(stages, 1):
        say(f"{number} of {len(stages)}: {name}, from {LICENCES[name]}")
        say(f"  {_STAGES[name](work)}")


def replaced(path: Path, make: Callable[[Path], object]) -> str:
    """Let `make` write a file beside `path` and move it there: others read the old one or the new one, never half."""
    path.parent.mkdir(exist_ok=True)
    aside = path.with_name(f".new-{path.name}")
    try:
        make(aside)
        same = path.exists() and aside.read_bytes() == path.read_bytes()
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    size = path.stat().st_size / 1e6
    return f"{path.name}: {'the same bytes as before' if same else 'changed'}, {size:.2f} MB"


def _vectors(work: Work) -> str:
    try:
        from knowledge.build_model import build

        return replaced(MODEL_FILE, build)
    except ModuleNotFoundError as error:
        raise CommandError(f"the vectors are made from the package {error.name}: run `make setup` first") from error


def _calibration(work: Work) -> str:
    from knowledge.articles import read_articles
    from knowledge.embedded import EmbeddedEncoder

    with _console.status("fitting chances on questions held out (a minute or two)"):
        fitted = calibrate(read_articles(), EmbeddedEncoder(), read_questions(), read_strangers())
    text = json.dumps(asdict(fitted), indent=2) + "\n"
    changed = replaced(CALIBRATION_FILE, lambda path: path.write_text(text, encoding="utf-8"))
    return f"{changed}; answers from {fitted.answer_from:.2f}, asks back from {fitted.ask_from:.2f}"


def _sentiment(work: Work) -> str:
    # Sentences alone teach less than the shipped model knows: only for those who ask for that.
    if not work.corpora and not work.chosen:
        return "left as it is: the shipped one also learned from 120,000 film reviews; give them with --corpus"
    from knowledge.sentiment_train import train_files

    files = [*(PROJECT_ROOT / name for name in SENTENCES), *work.corpora]
    try:
        changed = replaced(SENTIMENT_FILE, lambda path: train_files(files, path))
    except ValueError as error:
        raise CommandError(str(error)) from error
    return f"{changed}; {_reviews_right()}"


def _reviews_right() -> str:
    from knowledge.sentiment import read_model
    from knowledge.sentiment_eval import measure, read_rows

    model = read_model(SENTIMENT_FILE)
    files = [path for path in (PROJECT_ROOT / name for name in REVIEWS) if path.exists()]
    shares = [f"{path.suffixes[0][1:]} {measure(model, read_rows(path)).accuracy:.3f}" for path in files]
    return f"shop reviews right: {', '.join(shares)}" if shares else "not measured: the project's tests are not here"


def _in_bot(module: str, out: Path) -> None:
    """Let a trainer of the bot's own environment write a file."""
    command = [str(BOT_PYTHON), "-W", "ignore", "-m", module, "--out", str(out)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=quiet_rasa(), check=False)
    if done.returncode:
        raise CommandError(f"{module} failed with {done.returncode}")


def _tagger(work: Work) -> str:
    return replaced(TAGGER_FILE, lambda path: _in_bot("bot.tagging.train", path))


def _sentences(work: Work) -> str:
    return replaced(SENTENCES_FILE, lambda path: _in_bot("bot.classifying.train", path))


def _bot(work: Work) -> str:
    trained = train_if_changed(log_path(work.settings, "train"))
    return f"{MODEL.name}: {'trained' if trained else 'current already'}, {MODEL.stat().st_size / 1e6:.1f} MB"


_STAGES: dict[str, Callable[[Work], str]] = {
    "vectors": _vectors,
    "calibration": _calibration,
    "sentiment": _sentiment,
    "tagger": _tagger,
    "sentences": _sentences,
    "bot": _bot,
}
