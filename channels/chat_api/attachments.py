"""Files of customers: types, size and content checked."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Request, Response, UploadFile

from channels.chat_api.deps import AppSettings, ConversationId, address_of
from channels.chat_api.schemas import ID_PATTERN
from channels.pictures import SIZE_LIMIT, content_type_of
from core.clock import utc_now
from core.errors import RuleViolationError
from crm_store.conversations.queries import get_attachment, get_conversation
from crm_store.conversations.service import add_attachment
from crm_store.db import reading, transaction
from crm_store.ratelimits.service import count_attempt

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
# Of one address: a token costs nothing, a picture five megabytes of the store.
UPLOADS_PER_MINUTE = 30


@router.post("/attachments", status_code=201)
async def upload(
    file: Annotated[UploadFile, File()], conversation_id: ConversationId, settings: AppSettings, request: Request
) -> dict[str, str]:
    """Keep a picture (PNG, JPEG, GIF, WebP up to 5 MB) for a following message."""
    data = await file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise RuleViolationError("attachment_too_large", limit=SIZE_LIMIT)
    content_type = content_type_of(data)

    def work() -> str:
        with transaction() as session:
            now = utc_now()
            get_conversation(session, conversation_id)
            if settings.rate_limits.enabled:
                key = f"chat-upload:{address_of(request)}"
                count_attempt(session, key=key, limit=UPLOADS_PER_MINUTE, window_seconds=60, now=now)
            return add_attachment(
                session, conversation_id=conversation_id, content_type=content_type, data=data, now=now
            ).id

    return {"attachment_id": await asyncio.to_thread(work)}


@router.get("/attachments/{attachment_id}")
async def download(
    attachment_id: Annotated[str, Path(max_length=64, pattern=ID_PATTERN)], conversation_id: ConversationId
) -> Response:
    """A picture of this conversation."""

    def work() -> tuple[bytes, str]:
        with reading() as session:
            attachment = get_attachment(session, conversation_id, attachment_id)
            return attachment.data, attachment.content_type

    data, content_type = await asyncio.to_thread(work)
    headers: dict[str, Any] = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=content_type, headers=headers)
