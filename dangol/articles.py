"""Publish an article from a file: Markdown, with title and phrasings in front matter or as they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.errors import NotFoundError, RuleViolationError
from core.settings import load_settings
from crm_store import db
from crm_store.articles import service
from crm_store.articles.queries import get_article, get_version, list_articles
from crm_store.shop.queries import current_rules
from dangol.progress import CommandError
from knowledge.quoting import render

ACTOR = "command line"


@dataclass(frozen=True)
class Draft:
    """What a file says; empty where it says nothing."""

    title: str = ""
    body: str = ""
    phrasings: list[str] = field(default_factory=list)


def read_draft(path: Path) -> Draft:
    """Read `---` front matter (title, phrasings) and body; without front matter a first `# heading` is the title.

    Raises CommandError naming the file where it cannot be read so.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").strip()
        head, body = _split(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path}: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    phrasings = head.get("phrasings") or []
    if not isinstance(phrasings, list):
        raise CommandError(f"{path}: phrasings must be a list")
    return Draft(str(head.get("title") or ""), body, [str(phrasing) for phrasing in phrasings])


def _split(text: str) -> tuple[dict[str, Any], str]:
    if text.startswith("---\n"):
        head, found, body = text.removeprefix("---\n").partition("\n---")
        loaded = yaml.safe_load(head)
        if not found or not isinstance(loaded, dict):
            raise yaml.YAMLError("front matter must be 'name: value' lines between two lines of ---")
        return loaded, body.strip()
    first, _, rest = text.partition("\n")
    if first.startswith("# "):
        return {"title": first.removeprefix("# ").strip()}, rest.strip()
    return {}, text


def _completed(session: Session, topic: str, locale: str, draft: Draft) -> Draft:
    try:
        article = get_article(session, topic, locale)
    except NotFoundError:
        return draft
    latest = get_version(session, article, article.latest_version)
    return Draft(draft.title or latest.title, draft.body, draft.phrasings or [str(text) for text in latest.phrasings])


def publish_file(topic: str, locale: str, path: Path) -> str:
    """Publish the file as the newest version of the article; returns a line that says so.

    What the file leaves out, title or phrasings, stays as the latest version has it. Raises CommandError for a file that
    cannot be read, RuleViolationError for content that does not fit.
    """
    draft = read_draft(path)
    db.configure(load_settings().store_url)
    with db.transaction() as session:
        draft = _completed(session, topic, locale, draft)
        now = utc_now()
        service.save_draft(
            session, topic=topic, locale=locale, title=draft.title, body=draft.body, phrasings=draft.phrasings,
            actor=ACTOR, now=now,
        )  # fmt: skip
        version = service.publish(session, topic=topic, locale=locale, actor=ACTOR, now=now)
        return f"published {topic}/{locale}, version {version.number}"


def publish_drafts() -> list[str]:
    """Publish the latest version of every article that is not live yet; a line on those left alone, and how many there were.

    An article that quotes a rule which there is not stays a draft: it could not be answered from.
    """
    db.configure(load_settings().store_url)
    published, left = 0, []
    with db.transaction() as session:
        rules, now = current_rules(session), utc_now()
        for article, version in list_articles(session):
            if article.published_version == version.number:
                continue
            try:
                render(version.body, rules, article.locale)
            except RuleViolationError as error:
                left.append(
                    f"  {article.topic}/{article.locale} stays a draft: it quotes {{{{ {error.context['quote']} }}}}"
                )
                continue
            service.publish(session, topic=article.topic, locale=article.locale, actor=ACTOR, now=now)
            published += 1
    return [*left, f"published {published} articles"]
