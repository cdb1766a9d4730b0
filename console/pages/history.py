"""An article's versions: who saved what when, what changed, and the way back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from sqlalchemy.orm import Session

from console import articles
from console.bodies import LocaleTag, Topic, Version
from console.diffs import Piece, as_text, pieces
from console.formats import shop_zone
from console.guard import SignedIn, guard
from console.pages.view import PageRoute, go_to, page
from console.permissions import PAGES
from core.language import Locale
from crm_store.articles.models import Article
from crm_store.articles.queries import get_article, get_version, list_publications
from crm_store.db import reading

router = APIRouter(
    prefix=f"{PAGES}/articles/{{topic}}/{{locale}}", dependencies=[Depends(guard)], route_class=PageRoute,
    include_in_schema=False,
)  # fmt: skip


def _text(session: Session, article: Article, number: int) -> str:
    version = get_version(session, article, number)
    return as_text(version.title, version.body, version.phrasings)


def _compared(session: Session, article: Article, version: int, against: int | None) -> list[Piece] | None:
    """From one version to another, by default from the one before. None for the very first."""
    against = against or version - 1
    if against < 1:
        return None
    return pieces(_text(session, article, against), _text(session, article, version))


def _history(session: Session, topic: str, locale: Locale, version: int | None, against: int | None) -> dict[str, Any]:
    article = get_article(session, topic, locale)
    version = version or article.latest_version
    return {
        "article": articles.shown(session, topic, locale),
        "was_live": {publication.version for publication in list_publications(session, article)},
        "version": version,
        "against": against or version - 1,
        "diff": _compared(session, article, version, against),
        "timezone": shop_zone(session),
    }


@router.get("/history")
async def show(
    request: Request,
    topic: Topic,
    locale: LocaleTag,
    caller: SignedIn,
    version: Annotated[Version | None, Query()] = None,
    against: Annotated[Version | None, Query()] = None,
) -> Response:
    """All versions, newest first, and what changed in one of them."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return _history(session, topic, locale, version, against)

    return page(request, "history.html", caller, **await asyncio.to_thread(work))


@router.post("/rollback")
async def roll_back(
    request: Request, topic: Topic, locale: LocaleTag, caller: SignedIn, version: Annotated[Version, Form()]
) -> Response:
    """Answer from an older version again."""
    await asyncio.to_thread(articles.roll_back, topic, locale, version, caller)
    return go_to(request, f"{PAGES}/articles/{topic}/{locale}/history")
