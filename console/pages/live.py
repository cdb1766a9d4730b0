"""What changes on an open page, over SSE: one stream a page, for its list and its conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from console.formats import shop_zone
from console.guard import SignedIn, find_caller, guard
from console.pages.inbox import Selected
from console.pages.view import PageRoute, draw, locale_of
from console.permissions import PAGES
from console.present import messages_json
from core.errors import NotFoundError, UnauthenticatedError
from core.language import Locale
from crm_store.conversations.models import Message, Turn
from crm_store.conversations.queries import get_message
from crm_store.db import reading
from crm_store.events.feed import Feed, FeedEvent, as_event_id

router = APIRouter(prefix=PAGES, dependencies=[Depends(guard)], route_class=PageRoute, include_in_schema=False)
# How long a stream may go on after its session was ended.
CHECK_AGAIN = 30.0
LIST_KINDS = frozenset({"message", "state", "signed_in"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a stream's page shows: a conversation up to the message numbered `shown`, in a language."""

    conversation_id: str | None
    shown: int
    locale: Locale


def _asked_by(session: Session, message: Message) -> tuple[Message | None, Turn | None]:
    """The customer's message that a reply answers, with its turn."""
    if message.turn_id is None or message.author == "customer":
        return None, None
    turn = session.get(Turn, message.turn_id)
    return (session.get(Message, turn.message_id), turn) if turn else (None, None)


def _entry(page: Page, message_id: str) -> tuple[str, bool]:
    """A new message as HTML, with what is now known of the one it answers; whether the customer's data may have changed."""
    assert page.conversation_id is not None
    with reading() as session:
        message = get_message(session, page.conversation_id, message_id)
        if message.seq <= page.shown:
            return "", False
        asked, turn = _asked_by(session, message)
        html = draw(
            "_live_entry.html", page.locale, timezone=shop_zone(session), conversation={"id": page.conversation_id},
            message=messages_json(session, [message])[0], asked=messages_json(session, [asked])[0] if asked else None,
        )  # fmt: skip
        return html, bool(turn and turn.effects)


def _feedback(page: Page, message_id: str) -> str:
    assert page.conversation_id is not None
    with reading() as session:
        message = get_message(session, page.conversation_id, message_id)
        return draw("_live_feedback.html", page.locale, message=messages_json(session, [message])[0])


def _of_conversation(page: Page, event: FeedEvent) -> list[tuple[str, str]]:
    """SSE events (name, data) for the page's own conversation."""
    if event.kind == "message":
        html, changed = _entry(page, event.data["message_id"])
        return ([("message", html)] if html else []) + ([("panel", "changed")] if changed else [])
    if event.kind == "feedback":
        return [("message", _feedback(page, event.data["message_id"]))]
    if event.kind == "typing":
        return [("typing", draw("_typing.html", page.locale))]
    if event.kind == "signed_in":
        return [("state", "changed"), ("panel", "changed")]
    return [(event.kind, "changed")] if event.kind == "state" else []


def events_for(page: Page, event: FeedEvent) -> list[tuple[str, str]]:
    """The SSE events (name, data) that an entry of the event log means to a page."""
    events: list[tuple[str, str]] = []
    if page.conversation_id and event.conversation_id == page.conversation_id:
        try:
            events = _of_conversation(page, event)
        except NotFoundError:  # erased since
            events = []
    return [*events, ("inbox", "changed")] if event.kind in LIST_KINDS else events


async def _stream(feed: Feed, page: Page, after: int | None, token: str) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="connected", retry=2000)
    clock = asyncio.get_running_loop().time
    checked_at = clock()
    async for event in feed.follow(after):
        if clock() - checked_at > CHECK_AGAIN:
            try:
                await asyncio.to_thread(find_caller, token)
            except UnauthenticatedError:
                return
            checked_at = clock()
        for name, data in await asyncio.to_thread(events_for, page, event):
            yield ServerSentEvent(data, event=name, id=str(event.id))


@router.get("/live")
async def follow(
    request: Request,
    caller: SignedIn,
    conversation: Selected = None,
    shown: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventSourceResponse:
    """Events `inbox`, and of a conversation `message`, `typing`, `state`, `panel`, from after Last-Event-ID or `after`."""
    after = as_event_id(last_event_id) if last_event_id else after
    page = Page(conversation or None, shown, locale_of(request, caller))
    return EventSourceResponse(_stream(request.app.state.feed, page, after, caller.token), ping=15)
