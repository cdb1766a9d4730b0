"""All routes of the chat API."""

from __future__ import annotations

from fastapi import APIRouter

from channels.chat_api import attachments, messages, products, sessions, stream

router = APIRouter()
for part in (sessions, messages, attachments, stream, products):
    router.include_router(part.router)
