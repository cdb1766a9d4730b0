"""Read conversations, take them over, answer, leave notes."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from console import conversations
from console.bodies import Id, Words, checked
from console.guard import SignedIn, guard
from console.permissions import API
from crm_store.db import reading

router = APIRouter(prefix=API, tags=["staff"], dependencies=[Depends(guard)])
PICTURE_HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


@router.get("/conversations")
async def list_them(
    state: Annotated[Literal["", "bot", "waiting_for_staff", "staff", "closed"] | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Conversations with at least one message, latest activity first; `next` is the `after` of the following page."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return conversations.page_of(
                session, state=state or None, q=checked(q) if q else None, after=after or None, limit=limit
            )

    return await asyncio.to_thread(work)


@router.get("/conversations/{conversation_id}")
async def read(
    conversation_id: Id,
    before: Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9]*$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> dict[str, Any]:
    """The newest messages with notes and what was understood and done; `previous` is the `before` of older ones."""
    return await asyncio.to_thread(conversations.show, conversation_id, before or None, limit)


@router.get("/conversations/{conversation_id}/attachments/{attachment_id}")
async def download(conversation_id: Id, attachment_id: Id) -> Response:
    """A picture that the customer sent."""
    data, content_type = await asyncio.to_thread(conversations.attachment, conversation_id, attachment_id)
    return Response(data, media_type=content_type, headers=PICTURE_HEADERS)


@router.post("/conversations/{conversation_id}/take")
async def take(conversation_id: Id, caller: SignedIn) -> dict[str, Any]:
    """Own the conversation: the bot is silent from here on. 409 when somebody else was first."""
    return await asyncio.to_thread(conversations.take, conversation_id, caller)


@router.post("/conversations/{conversation_id}/release")
async def release(conversation_id: Id, caller: SignedIn) -> dict[str, Any]:
    """Back to the bot, with a fresh context. 409 when it is another's."""
    return await asyncio.to_thread(conversations.release, conversation_id, caller)


@router.post("/conversations/{conversation_id}/resolve")
async def resolve(conversation_id: Id, caller: SignedIn) -> dict[str, Any]:
    """Back to the bot, the matter settled. 409 when it is another's."""
    return await asyncio.to_thread(conversations.resolve, conversation_id, caller)


@router.post("/conversations/{conversation_id}/reply")
async def reply(conversation_id: Id, body: Words, caller: SignedIn) -> dict[str, Any]:
    """Answer the customer. 409 unless the caller owns the conversation."""
    message = await asyncio.to_thread(conversations.reply, conversation_id, caller, body.text, body.client_message_id)
    return {"message": message}


@router.post("/conversations/{conversation_id}/note")
async def note(conversation_id: Id, body: Words, caller: SignedIn) -> dict[str, Any]:
    """Leave a note that only staff see."""
    message = await asyncio.to_thread(conversations.note, conversation_id, caller, body.text, body.client_message_id)
    return {"message": message}
