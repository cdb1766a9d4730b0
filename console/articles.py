"""What staff do with articles, one transaction each; the API and the pages call the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.bodies import Draft, checked_draft
from console.guard import Caller
from console.present import article_json, article_summary
from core.clock import utc_now
from core.errors import ConflictError, NotFoundError
from core.language import Locale
from crm_store.articles import service
from crm_store.articles.models import Article, ArticleVersion
from crm_store.articles.queries import get_article, get_version, list_articles, list_versions
from crm_store.db import reading, transaction
from crm_store.shop.queries import current_rules
from crm_store.staff.queries import names_of
from knowledge.quoting import render


def refuse_bad_quotes(session: Session, body: str, locale: Locale) -> None:
    """RuleViolationError("quote_invalid") naming a quoted rule or filter that does not exist."""
    render(body, current_rules(session), locale)


def list_all() -> list[dict[str, Any]]:
    """Every article's latest version, by topic and language."""
    with reading() as session:
        rows = list_articles(session)
        names = names_of(session, (version.author for _, version in rows))
        return [article_summary(article, version, names) for article, version in rows]


def shown(session: Session, topic: str, locale: Locale) -> dict[str, Any]:
    """An article with its versions. NotFoundError("article_not_found")."""
    article = get_article(session, topic, locale)
    versions = list_versions(session, article)
    names = names_of(session, (version.author for version in versions))
    return article_json(article, versions[0], versions, names)


def show(topic: str, locale: Locale) -> dict[str, Any]:
    """An article with its versions, in a transaction of its own."""
    with reading() as session:
        return shown(session, topic, locale)


def _locked(session: Session, topic: str, locale: Locale) -> Article:
    query = select(Article).where(Article.topic == topic, Article.locale == locale).with_for_update()
    article = session.scalar(query)
    if article is None:
        raise NotFoundError("article_not_found", topic=topic, locale=locale)
    return article


def _save(session: Session, topic: str, locale: Locale, draft: Draft, caller: Caller) -> None:
    service.save_draft(
        session, topic=topic, locale=locale, title=draft.title, body=draft.body, phrasings=draft.phrasings,
        actor=caller.id, now=utc_now(), based_on=draft.based_on,
    )  # fmt: skip


def _publish_latest(session: Session, article: Article, caller: Caller, locale: Locale) -> None:
    latest = get_version(session, article, article.latest_version)
    refuse_bad_quotes(session, latest.body, locale)
    service.publish(session, topic=article.topic, locale=article.locale, actor=caller.id, now=utc_now())


def save(topic: str, locale: Locale, draft: Draft, caller: Caller) -> dict[str, Any]:
    """Save a draft: nobody is answered from it. ConflictError("article_changed") when `based_on` is not the latest."""
    draft = checked_draft(draft)
    with transaction() as session:
        _save(session, topic, locale, draft, caller)
        return shown(session, topic, locale)


def publish(topic: str, locale: Locale, expected: int | None, caller: Caller) -> dict[str, Any]:
    """Answer from the latest version. ConflictError("article_changed") when that is not the expected one."""
    with transaction() as session:
        article = _locked(session, topic, locale)
        if expected is not None and article.latest_version != expected:
            raise ConflictError("article_changed", topic=topic, locale=locale, latest=article.latest_version)
        _publish_latest(session, article, caller, locale)
        return shown(session, topic, locale)


def _says_the_same(version: ArticleVersion, draft: Draft) -> bool:
    written = (draft.title.strip(), draft.body.strip(), [phrasing.strip() for phrasing in draft.phrasings])
    return written == (version.title, version.body, list(version.phrasings))


def save_and_publish(topic: str, locale: Locale, draft: Draft, caller: Caller) -> dict[str, Any]:
    """What is on the screen goes live: saved first when it differs from the latest version. Errors as `save`."""
    draft = checked_draft(draft)
    with transaction() as session:
        latest: ArticleVersion | None = None
        if draft.based_on:
            article = _locked(session, topic, locale)
            latest = get_version(session, article, article.latest_version)
        if latest is None or latest.number != draft.based_on or not _says_the_same(latest, draft):
            _save(session, topic, locale, draft, caller)
        _publish_latest(session, _locked(session, topic, locale), caller, locale)
        return shown(session, topic, locale)


def roll_back(topic: str, locale: Locale, version: int, caller: Caller) -> dict[str, Any]:
    """Answer from an older version again. RuleViolationError("never_published") for one that was never live."""
    with transaction() as session:
        article = _locked(session, topic, locale)
        refuse_bad_quotes(session, get_version(session, article, version).body, locale)
        service.roll_back(session, topic=topic, locale=locale, version=version, actor=caller.id, now=utc_now())
        return shown(session, topic, locale)
