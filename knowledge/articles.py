"""The article files of the demonstration knowledge base: `knowledge/articles/<topic>.<locale>.md`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "articles"


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """One article as written in its file."""

    topic: str
    locale: str
    title: str
    body: str
    phrasings: list[str]


def read_articles(folder: Path = FOLDER) -> list[ArticleFile]:
    """All article files, by topic and language. Raises ValueError naming a file that is not front matter and body."""
    return [_read(path) for path in sorted(folder.glob("*.??.md"))]


def _read(path: Path) -> ArticleFile:
    topic, locale, _ = path.name.rsplit(".", 2)
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError(f"{path.name}: no front matter")
    head = yaml.safe_load(parts[1])
    return ArticleFile(topic, locale, head["title"], parts[2].strip(), [str(text) for text in head["phrasings"]])
