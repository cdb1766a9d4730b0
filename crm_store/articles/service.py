"""Use cases on articles: draft, publish, roll back. Every one is audited."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, RuleViolationError
from core.ids import new_id
from core.language import LOCALES
from crm_store.articles.models import Article, ArticlePublication, ArticleVersion
from crm_store.articles.queries import get_article, get_version
from crm_store.db import insert_once
from crm_store.events import service as events
from crm_store.staff.service import record

_TOPIC = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
TITLE_LIMIT, BODY_LIMIT, PHRASING_LIMIT, PHRASINGS_LIMIT = 200, 20_000, 300, 100


def _check(topic: str, locale: str, title: str, body: str, phrasings: list[str]) -> None:
    if not _TOPIC.fullmatch(topic) or len(topic) > 80:
        raise RuleViolationError("topic_invalid", topic=topic)
    if locale not in LOCALES:
        raise RuleViolationError("locale_invalid", locale=locale)
    if not title.strip() or len(title) > TITLE_LIMIT:
        raise RuleViolationError("title_invalid", limit=TITLE_LIMIT)
    if not body.strip() or len(body) > BODY_LIMIT:
        raise RuleViolationError("body_invalid", limit=BODY_LIMIT)
    if len(phrasings) > PHRASINGS_LIMIT or any(not p.strip() or len(p) > PHRASING_LIMIT for p in phrasings):
        raise RuleViolationError("phrasings_invalid", limit=PHRASINGS_LIMIT)
    if any("\x00" in value for value in (title, body, *phrasings)):
        raise RuleViolationError("null_byte")


def save_draft(
    session: Session,
    *,
    topic: str,
    locale: str,
    title: str,
    body: str,
    phrasings: list[str],
    actor: str,
    now: datetime,
    based_on: int | None = None,
) -> ArticleVersion:
    """Add a version that nobody is answered from yet; creates the article with its first one.

    With `based_on`, ConflictError("article_changed") when somebody saved another version since. RuleViolationError for
    a topic, language, title, body or phrasing that does not fit.
    """
    _check(topic, locale, title, body, phrasings)
    new = {"id": new_id(), "topic": topic, "locale": locale, "latest_version": 0, "created_at": now}
    insert_once(session, Article, new, ["topic", "locale"])
    article = get_article(session, topic, locale)
    guard = Article.id == article.id
    if based_on is not None:
        guard &= Article.latest_version == based_on
    number = session.scalar(
        update(Article).where(guard).values(latest_version=Article.latest_version + 1).returning(Article.latest_version)
    )
    if number is None:
        raise ConflictError("article_changed", topic=topic, locale=locale, latest=article.latest_version)
    session.refresh(article)
    version = ArticleVersion(
        article_id=article.id, number=number, title=title.strip(), body=body.strip(),
        phrasings=[p.strip() for p in phrasings], author=actor, created_at=now,
    )  # fmt: skip
    session.add(version)
    record(session, actor, "article.draft", f"{topic}/{locale}", now, version=number)
    session.flush()
    return version


def publish(session: Session, *, topic: str, locale: str, actor: str, now: datetime) -> ArticleVersion:
    """Answer from the latest version from now on. Publishing what is live already changes nothing."""
    article = session.scalars(
        select(Article).where(Article.topic == topic, Article.locale == locale).with_for_update()
    ).one_or_none() or get_article(session, topic, locale)
    version = get_version(session, article, article.latest_version)
    if article.published_version != version.number:
        _go_live(session, article, version, "article.publish", actor, now)
    return version


def roll_back(session: Session, *, topic: str, locale: str, version: int, actor: str, now: datetime) -> ArticleVersion:
    """Answer from an older version again. RuleViolationError("never_published") for one that was never live."""
    article = get_article(session, topic, locale)
    target = get_version(session, article, version)
    was_live = session.scalar(
        select(ArticlePublication.id)
        .where(ArticlePublication.article_id == article.id, ArticlePublication.version == version)
        .limit(1)
    )
    if was_live is None:
        raise RuleViolationError("never_published", topic=topic, locale=locale, version=version)
    _go_live(session, article, target, "article.rollback", actor, now)
    return target


def _go_live(
    session: Session, article: Article, version: ArticleVersion, action: str, actor: str, now: datetime
) -> None:
    article.published_version = version.number
    session.add(ArticlePublication(article_id=article.id, version=version.number, actor=actor, created_at=now))
    record(session, actor, action, f"{article.topic}/{article.locale}", now, version=version.number)
    events.append(session, "article_published", now, topic=article.topic, locale=article.locale)
    session.flush()
