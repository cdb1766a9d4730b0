"""Live events of a conversation over SSE, resumable with Last-Event-ID."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse, ServerSentEvent

from channels.chat_api.deps import ConversationId, EventFeed
from channels.chat_api.present import messages_json, staff_json
from core.errors import NotFoundError
from crm_store.conversations.queries import get_conversation, get_message
from crm_store.db import reading
from crm_store.events.feed import Feed, FeedEvent, as_event_id

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])


def _data_of(event: FeedEvent) -> dict[str, Any] | None:
    """What the customer may see of an event; None for what is not theirs (notes, feedback)."""
    if event.kind == "typing":
        return {"author": "bot"}
    with reading() as session:
        if event.kind == "state":
            return {"state": event.data["state"], "staff": staff_json(session, event.data.get("staff_id"))}
        if event.kind != "message" or event.data.get("note") or event.conversation_id is None:
            return None
        try:
            message = get_message(session, event.conversation_id, event.data["message_id"])
        except NotFoundError:  # erased since
            return None
        return messages_json(session, [message])[0]


async def _stream(feed: Feed, conversation_id: str, after: int | None) -> AsyncIterator[ServerSentEvent]:
    # Something at once, so that the client knows it is connected.
    yield ServerSentEvent(comment="connected", retry=2000)
    async for event in feed.follow(after, conversation_id):
        data = await asyncio.to_thread(_data_of, event)
        if data is not None:
            yield ServerSentEvent(json.dumps(data, ensure_ascii=False), event=event.kind, id=str(event.id))


@router.get("/events")
async def follow(
    conversation_id: ConversationId,
    feed: EventFeed,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventSourceResponse:
    """Events `message`, `typing`, `state` from now on, or from after Last-Event-ID."""

    def known() -> None:
        with reading() as session:
            get_conversation(session, conversation_id)

    await asyncio.to_thread(known)
    return EventSourceResponse(_stream(feed, conversation_id, as_event_id(last_event_id)), ping=15)
