"""Tables of the knowledge base."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base, BigId


class Article(Base):
    """An article of a topic in one language. Only `published_version` is ever answered from."""

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("topic", "locale"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    topic: Mapped[str] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(2))
    latest_version: Mapped[int] = mapped_column(default=0)
    published_version: Mapped[int | None]
    created_at: Mapped[datetime]


class ArticleVersion(Base):
    """What an article said at one time; never changed. A draft is a latest version that was not published."""

    __tablename__ = "article_versions"

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    phrasings: Mapped[list[Any]] = mapped_column(default=list)
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class ArticlePublication(Base):
    """That a version went live (or an older one again). The greatest id is the stamp by which indexes know they are behind."""

    __tablename__ = "article_publications"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"), index=True)
    version: Mapped[int]
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
