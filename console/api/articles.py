"""Read and write articles; publish; roll back."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends

from console import articles
from console.bodies import Draft, LocaleTag, Publication, Rollback, Topic
from console.guard import SignedIn, guard
from console.permissions import API

router = APIRouter(prefix=API, tags=["staff"], dependencies=[Depends(guard)])


@router.get("/articles")
async def list_them() -> dict[str, Any]:
    """Every article's latest version, by topic and language."""
    return {"articles": await asyncio.to_thread(articles.list_all)}


@router.get("/articles/{topic}/{locale}")
async def read(topic: Topic, locale: LocaleTag) -> dict[str, Any]:
    """The latest version with the list of all, newest first."""
    return await asyncio.to_thread(articles.show, topic, locale)


@router.put("/articles/{topic}/{locale}")
async def save(topic: Topic, locale: LocaleTag, body: Draft, caller: SignedIn) -> dict[str, Any]:
    """Save a draft. With `based_on`, 409 when somebody saved another version since."""
    return await asyncio.to_thread(articles.save, topic, locale, body, caller)


@router.post("/articles/{topic}/{locale}/publish")
async def publish(topic: Topic, locale: LocaleTag, caller: SignedIn, body: Publication | None = None) -> dict[str, Any]:
    """Answer from the latest version. 422 naming a quoted rule that does not exist; 409 when `version` is not the latest."""
    return await asyncio.to_thread(articles.publish, topic, locale, body.version if body else None, caller)


@router.post("/articles/{topic}/{locale}/rollback")
async def roll_back(topic: Topic, locale: LocaleTag, body: Rollback, caller: SignedIn) -> dict[str, Any]:
    """Answer from an older version again. 422 for one that was never live."""
    return await asyncio.to_thread(articles.roll_back, topic, locale, body.version, caller)
