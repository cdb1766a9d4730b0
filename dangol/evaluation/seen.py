"""Which labelled lines are not new: they stand among what is trained on, and a model may know them by heart."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from core.settings import PROJECT_ROOT
from crm_store.articles.queries import list_published
from crm_store.db import reading
from dangol.evaluation.labelled import Line
from knowledge.articles import read_articles
from knowledge.faq import Published

TRAINING = PROJECT_ROOT / "data" / "nlu"
LABELLED = PROJECT_ROOT / "data" / "entities"
# [rose toner](product), [rose toner]{"entity": "product"}
_ANNOTATED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


def as_compared(text: str) -> str:
    """The text without case, spaces and signs; of signs alone as it stands."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()) or text.strip()


def training_sentences(folder: Path = TRAINING, labelled: Path = LABELLED) -> set[str]:
    """All examples of the intents, and the sentences whose entities are learnt from, as compared."""
    examples = {as_compared(text) for path in sorted(folder.rglob("*.yml")) for text in _examples(path)}
    lines = (
        line for path in sorted(labelled.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()
    )
    return examples | {as_compared(json.loads(line)["text"]) for line in lines}


def _examples(path: Path) -> Iterator[str]:
    for block in (yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}).get("nlu", []):
        for line in str(block.get("examples", "")).splitlines():
            yield _ANNOTATED.sub(r"\1", line.strip().removeprefix("-"))


def article_sentences(source: str) -> set[str]:
    """Titles and phrasings of the articles that are measured, as compared; `source` as `open_knowledge` has it."""
    articles: Sequence[Published] = read_articles()
    if source == "store":
        with reading() as session:
            articles = list_published(session)
    return {as_compared(text) for article in articles for text in (article.title, *article.phrasings)}


def mark_seen(lines: Iterable[Line], trained: set[str], phrasings: set[str]) -> list[Line]:
    """The lines, those marked that what they measure was made from: articles for a topic, training sentences for the rest."""
    return [
        replace(line, seen=as_compared(line.text) in (phrasings if line.topic is not None else trained))
        for line in lines
    ]
