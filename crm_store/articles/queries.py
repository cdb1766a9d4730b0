"""Read articles."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.articles.models import Article, ArticlePublication, ArticleVersion


@dataclass(frozen=True, slots=True)
class PublishedArticle:
    """What the assistant may answer from."""

    topic: str
    locale: str
    version: int
    title: str
    body: str
    phrasings: list[str]


def published_stamp(session: Session) -> tuple[int, int]:
    """Changes with every publication or rollback: an index built at another stamp is behind.

    Count and greatest id: on PostgreSQL a lower id may commit after a higher one, which the greatest alone would miss.
    """
    count, newest = session.execute(select(func.count(ArticlePublication.id), func.max(ArticlePublication.id))).one()
    return count, newest or 0


def list_published(session: Session) -> list[PublishedArticle]:
    """The published version of every article; drafts never."""
    rows = session.execute(
        select(Article, ArticleVersion)
        .join(
            ArticleVersion,
            (ArticleVersion.article_id == Article.id) & (ArticleVersion.number == Article.published_version),
        )
        .order_by(Article.topic, Article.locale)
    )
    return [
        PublishedArticle(a.topic, a.locale, v.number, v.title, v.body, [str(p) for p in v.phrasings]) for a, v in rows
    ]


def get_article(session: Session, topic: str, locale: str) -> Article:
    """The article; NotFoundError("article_not_found") otherwise."""
    article = session.scalar(select(Article).where(Article.topic == topic, Article.locale == locale))
    if article is None:
        raise NotFoundError("article_not_found", topic=topic, locale=locale)
    return article


def get_version(session: Session, article: Article, number: int) -> ArticleVersion:
    """One version; NotFoundError("version_not_found") otherwise."""
    version = session.get(ArticleVersion, (article.id, number))
    if version is None:
        raise NotFoundError("version_not_found", topic=article.topic, locale=article.locale, version=number)
    return version


def list_articles(session: Session) -> list[tuple[Article, ArticleVersion]]:
    """Every article with its latest version (draft or not), by topic and language."""
    rows = session.execute(
        select(Article, ArticleVersion)
        .join(
            ArticleVersion,
            (ArticleVersion.article_id == Article.id) & (ArticleVersion.number == Article.latest_version),
        )
        .order_by(Article.topic, Article.locale)
    )
    return [(article, version) for article, version in rows]


def list_versions(session: Session, article: Article) -> list[ArticleVersion]:
    """All versions of an article, newest first."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article.id).order_by(ArticleVersion.number.desc())
    return list(session.scalars(query))


def list_publications(session: Session, article: Article) -> list[ArticlePublication]:
    """When which version went live, newest first."""
    query = (
        select(ArticlePublication)
        .where(ArticlePublication.article_id == article.id)
        .order_by(ArticlePublication.id.desc())
    )
    return list(session.scalars(query))
