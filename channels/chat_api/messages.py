"""Write to the conversation, read it, say whether a reply helped."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from channels.chat_api.deps import AppSettings, ConversationId, Runner
from channels.chat_api.present import messages_json, staff_json, turn_json
from channels.chat_api.schemas import ID_PATTERN, Feedback, NewMessage
from channels.inbound import take_in
from core.clock import utc_now
from crm_store.conversations.queries import find_turn_of, get_conversation, get_message, list_messages
from crm_store.conversations.service import give_feedback
from crm_store.db import reading, transaction

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
MESSAGES_PER_MINUTE = 60
MessageId = Annotated[str, Path(max_length=64, pattern=ID_PATTERN)]


def _turn_view(conversation_id: str, message_id: str) -> tuple[bool, dict[str, Any]]:
    """Whether the message's turn is over, and how it stands."""
    with reading() as session:
        conversation = get_conversation(session, conversation_id)
        message = get_message(session, conversation_id, message_id)
        turn = find_turn_of(session, message_id)
        assert turn is not None  # stored with its message
        return turn.state in ("done", "failed"), turn_json(session, conversation, message, turn)


@router.post("/messages")
async def write(
    body: NewMessage,
    conversation_id: ConversationId,
    settings: AppSettings,
    runner: Runner,
    response: Response,
    wait: Annotated[float, Query(ge=0, le=25)] = 10,
) -> dict[str, Any]:
    """Store the message, then wait up to `wait` seconds for its turn: 200 when it is over, else 202. Safe to repeat."""
    accepted, work = await asyncio.to_thread(
        take_in,
        conversation_id=conversation_id,
        external_id=f"{conversation_id}:{body.client_message_id}",
        owner=runner.owner,
        text=body.text,
        payload=body.payload,
        attachment_id=body.attachment_id,
        per_minute=MESSAGES_PER_MINUTE if settings.rate_limits.enabled else None,
    )
    if accepted.turn.state in ("pending", "running"):
        runner.start(conversation_id, work)
        if wait > 0:
            await runner.wait(accepted.turn.id, wait)
    over, view = await asyncio.to_thread(_turn_view, conversation_id, accepted.message.id)
    response.status_code = 200 if over else 202
    return view


@router.get("/messages")
async def read(
    conversation_id: ConversationId,
    after: Annotated[str | None, Query(max_length=64, pattern=ID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Messages after one of this conversation, oldest first; `next` continues where there are more."""

    def work() -> dict[str, Any]:
        with reading() as session:
            conversation = get_conversation(session, conversation_id)
            seen = get_message(session, conversation_id, after).seq if after else 0
            found = list_messages(session, conversation_id, after_seq=seen, limit=limit + 1)
            page = found[:limit]
            return {
                "messages": messages_json(session, page),
                "next": page[-1].id if len(found) > limit else None,
                "state": conversation.state,
                "staff": staff_json(session, conversation.staff_id),
            }

    return await asyncio.to_thread(work)


@router.post("/messages/{message_id}/feedback", status_code=204)
async def rate(message_id: MessageId, body: Feedback, conversation_id: ConversationId) -> Response:
    """Say whether a reply helped; the last word counts."""

    def work() -> None:
        with transaction() as session:
            give_feedback(
                session, conversation_id=conversation_id, message_id=message_id, helpful=body.helpful,
                comment=body.comment, now=utc_now(),
            )  # fmt: skip

    await asyncio.to_thread(work)
    return Response(status_code=204)
