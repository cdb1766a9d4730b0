"""What an open page is told of, event by event."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from console.pages import live
from console.pages.live import Page, events_for
from core.clock import utc_now
from core.errors import UnauthenticatedError
from crm_store.conversations import ownership
from crm_store.conversations.queries import find_turn_of, get_conversation
from crm_store.conversations.service import add_message, give_feedback
from crm_store.db import reading, transaction
from crm_store.events.feed import Feed, FeedEvent
from crm_store.events.queries import latest_id, list_after
from crm_store.staff.queries import get_staff
from tests.console.room import Room, begin_talk, say_more, understand


def events_since(after: int) -> list[FeedEvent]:
    with reading() as session:
        return [FeedEvent(e.id, e.kind, e.conversation_id, e.data) for e in list_after(session, after)]


def newest() -> int:
    with reading() as session:
        return latest_id(session)


def told(page: Page, after: int) -> list[tuple[str, str]]:
    return [event for entry in events_since(after) for event in events_for(page, entry)]


def test_a_turn_as_it_comes_in(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    after = newest()
    message_id = say_more(conversation_id, "생일 쿠폰 <b>주세요</b>")
    page = Page(conversation_id, shown=1, locale="ko")
    (name, entry), listed = told(page, after)
    assert (name, listed) == ("message", ("inbox", "changed"))
    assert "생일 쿠폰 &lt;b&gt;주세요&lt;/b&gt;" in entry
    assert "답변 준비 중" in entry

    after = newest()
    with transaction() as session:
        turn = find_turn_of(session, message_id)
        assert turn is not None
        understand(turn)
        conversation = get_conversation(session, conversation_id, lock=True)
        reply = add_message(session, conversation, author="bot", text="드렸어요", now=utc_now(), turn_id=turn.id)
    events = told(page, after)
    assert [name for name, _ in events] == ["message", "panel", "inbox"]
    assert f'id="turn-{message_id}" hx-swap-oob="true"' in events[0][1]
    assert "쿠폰 발급" in events[0][1]
    assert [name for name, _ in told(Page(conversation_id, shown=3, locale="ko"), after)] == ["panel", "inbox"][1:]

    after = newest()
    with transaction() as session:
        give_feedback(
            session, conversation_id=conversation_id, message_id=reply.id, helpful=True, comment=None, now=utc_now()
        )
    [(name, feedback)] = told(page, after)
    assert (name, "도움이 됐어요" in feedback) == ("message", True)


def test_another_conversation_only_moves_the_list(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    after = newest()
    begin_talk("다른 대화")
    with transaction() as session:
        ownership.take(session, conversation_id, get_staff(session, room.people["jun"].id), utc_now())
    assert told(Page(None, 0, "ko"), after) == [("inbox", "changed")] * 2
    names = [name for name, _ in told(Page(conversation_id, 1, "ko"), after)]
    assert names == ["inbox", "state", "inbox"]


async def test_a_stream_resumes_and_ends_with_its_session(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation_id, _ = await asyncio.to_thread(begin_talk, "안녕하세요")
    after = await asyncio.to_thread(newest)
    await asyncio.to_thread(say_more, conversation_id, "첫 번째")
    feed = Feed(interval=0.01)
    running = asyncio.create_task(feed.run())
    monkeypatch.setattr(live, "find_caller", lambda token: token)
    stream = live._stream(feed, Page(conversation_id, 0, "ko"), after, "token")
    try:
        assert (await anext(stream)).comment == "connected"
        first = await anext(stream)
        assert (first.event, int(first.id or 0) > after) == ("message", True)
        assert (await anext(stream)).event == "inbox"
        await asyncio.to_thread(say_more, conversation_id, "두 번째")
        assert "두 번째" in str((await asyncio.wait_for(anext(stream), 10)).data)
        await anext(stream)

        def ended(token: str) -> None:
            raise UnauthenticatedError("session_invalid")

        monkeypatch.setattr(live, "find_caller", ended)
        monkeypatch.setattr(live, "CHECK_AGAIN", -1.0)
        await asyncio.to_thread(say_more, conversation_id, "세 번째")
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(stream), 10)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
