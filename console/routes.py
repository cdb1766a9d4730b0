"""All routes of the staff API and the console's pages."""

from __future__ import annotations

from fastapi import APIRouter

from console.api import articles, conversations, sessions
from console.pages import articles as article_pages
from console.pages import conversation, history, inbox, live, matters
from console.pages import sessions as session_pages

PARTS = (
    sessions.router, conversations.router, articles.router,
    session_pages.router, inbox.router, live.router, conversation.router, matters.router, article_pages.router, history.router,
)  # fmt: skip
router = APIRouter()
for part in PARTS:
    router.include_router(part)
