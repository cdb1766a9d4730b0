"""Live events: what happens is seen as it happens, and a tab that slept sees everything on return."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.e2e.chat import Chat, Stack

pytestmark = pytest.mark.stack
LIMIT = 15


@dataclass
class Event:
    """One server-sent event."""

    id: int
    kind: str
    data: dict[str, Any]


def _parse(lines: Iterator[str], found: queue.Queue[Event | None]) -> None:
    fields: dict[str, str] = {}
    for line in lines:
        if not line and "data" in fields:
            found.put(Event(int(fields["id"]), fields["event"], json.loads(fields["data"])))
            fields = {}
        elif line.startswith(":"):
            found.put(None)  # a comment: connected
        elif ": " in line:
            name, value = line.split(": ", 1)
            fields[name] = value


@contextmanager
def listening(chat: Chat, last_event_id: int | None = None) -> Iterator[queue.Queue[Event | None]]:
    """A queue of the conversation's events, open when the server said it is connected."""
    found: queue.Queue[Event | None] = queue.Queue()
    headers = {"Last-Event-ID": str(last_event_id)} if last_event_id is not None else {}
    with (
        httpx.Client(base_url=chat.http.base_url, headers=chat.http.headers, timeout=None, trust_env=False) as http,
        http.stream("GET", "/events", headers=headers) as stream,
    ):
        assert stream.status_code == 200

        def read() -> None:
            try:
                _parse(stream.iter_lines(), found)
            except (httpx.HTTPError, httpx.StreamError):
                return

        threading.Thread(target=read, daemon=True).start()
        assert found.get(timeout=LIMIT) is None
        yield found


def _take(found: queue.Queue[Event | None], *kinds: str) -> list[Event]:
    """The next events, as many as kinds are named, leaving out keep-alives."""
    events: list[Event] = []
    while len(events) < len(kinds):
        event = found.get(timeout=LIMIT)
        if event is not None:
            events.append(event)
    assert [event.kind for event in events] == list(kinds)
    assert [event.id for event in events] == sorted({event.id for event in events})
    return events


def test_a_turn_is_seen_as_it_happens(stack: Stack) -> None:
    chat = Chat(stack, "ko")
    with listening(chat) as found:
        turn = chat.say("배송비 얼마예요?")
        said, _, answered = _take(found, "message", "typing", "message")
        assert said.data["text"] == "배송비 얼마예요?"
        assert answered.data == turn["replies"][0]


def test_staff_are_seen_and_notes_are_not(stack: Stack) -> None:
    chat = Chat(stack, "ko")
    chat.say("안녕하세요")
    with stack.staff() as staff, listening(chat) as found:
        staff.post(f"/conversations/{chat.id}/take")
        staff.post(f"/conversations/{chat.id}/note", json={"text": "비밀 메모"})
        staff.post(f"/conversations/{chat.id}/reply", json={"text": "안녕하세요, 고객님"})
        staff.post(f"/conversations/{chat.id}/release")
        taken, reply, released = _take(found, "state", "message", "state")
        assert taken.data["state"] == "staff"
        assert taken.data["staff"]["name"]
        assert (reply.data["author"], reply.data["text"]) == ("staff", "안녕하세요, 고객님")
        assert released.data["state"] == "bot"


def test_a_tab_that_slept_sees_everything_on_return(stack: Stack) -> None:
    chat = Chat(stack, "en")
    with listening(chat) as found:
        chat.say("hello")
        last = _take(found, "message", "typing", "message")[-1].id
    missed = [chat.say(text) for text in ("thanks", "how much is delivery?")]
    with listening(chat, last) as found:
        events = _take(found, "message", "typing", "message", "message", "typing", "message")
        assert [events[2].data, events[5].data] == [turn["replies"][0] for turn in missed]
        chat.say("thank you")
        assert _take(found, "message", "typing", "message")[0].id > events[-1].id


def test_nobody_hears_another_conversation(stack: Stack) -> None:
    mine, theirs = Chat(stack, "en"), Chat(stack, "en")
    with listening(mine) as found:
        theirs.say("hello")
        mine.say("thanks")
        assert _take(found, "message")[0].data["text"] == "thanks"
