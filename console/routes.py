"""All routes of the staff API and the console's pages."""

from __future__ import annotations

from fastapi import APIRouter

from console.api import articles, conversations, sessions

PARTS = (sessions.router, conversations.router, articles.router)
router = APIRouter()
for part in PARTS:
    router.include_router(part)
