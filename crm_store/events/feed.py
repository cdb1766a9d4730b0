"""Follow the event log live: one reader a process hands new entries to whoever listens.

A listener that was away first reads what it missed (`queries.list_after`), then continues here without a gap: it
subscribes before it reads, and skips what it has seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from crm_store.db import reading
from crm_store.events import service
from crm_store.events.queries import latest_id, list_after

QUEUE_LIMIT = 1000
# Digits of an id that eight bytes hold for certain.
_LONGEST_ID = 18


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An entry of the event log, free of its session."""

    id: int
    kind: str
    conversation_id: str | None
    data: dict[str, Any]


def as_event_id(header: str | None) -> int | None:
    """The id in a Last-Event-ID header; None for none, or what is no id of ours."""
    if header is None or not header.isascii() or not header.isdigit() or len(header) > _LONGEST_ID:
        return None
    return int(header)


def _read(after: int, conversation_id: str | None = None) -> list[FeedEvent]:
    with reading() as session:
        entries = list_after(session, after, conversation_id=conversation_id)
        return [FeedEvent(entry.id, entry.kind, entry.conversation_id, entry.data) for entry in entries]


def _read_latest() -> int:
    with reading() as session:
        return latest_id(session)


class Feed:
    """The reader of one process. `run()` is a task of its event loop; `interval` seconds bounds how late a replica's event is."""

    def __init__(self, interval: float = 0.3) -> None:
        self._interval = interval
        self._listeners: dict[asyncio.Queue[FeedEvent | None], str | None] = {}
        self._nudged = asyncio.Event()

    async def run(self) -> None:
        """Read for ever; a store that is down for a while only makes it late."""
        loop = asyncio.get_running_loop()

        def nudge() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._nudged.set)

        service.on_commit(nudge)
        last = await self._start()
        while True:
            # Not wait_for: that of Python 3.11 loses a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._nudged.wait()
            self._nudged.clear()
            if not self._listeners:
                last = -1
                continue
            last = await self._pass_on(last)

    async def _start(self) -> int:
        try:
            return await asyncio.to_thread(_read_latest)
        except Exception:  # any database error: tried again at the next beat
            return -1

    async def _pass_on(self, last: int) -> int:
        try:
            # Nobody listened for a while: whoever came since has read the past by itself.
            if last < 0:
                last = max(0, await asyncio.to_thread(_read_latest) - QUEUE_LIMIT)
            entries = await asyncio.to_thread(_read, last)
        except Exception:  # any database error: tried again at the next beat
            return last
        for entry in entries:
            self._hand_out(entry)
            last = entry.id
        return last

    def _hand_out(self, entry: FeedEvent) -> None:
        for queue, wanted in list(self._listeners.items()):
            if wanted is not None and wanted != entry.conversation_id:
                continue
            try:
                queue.put_nowait(entry)
            except asyncio.QueueFull:  # a stuck reader is cut off; it resumes with its last id
                self._listeners.pop(queue, None)
                queue.get_nowait()
                queue.put_nowait(None)

    @contextmanager
    def _subscribe(self, conversation_id: str | None) -> Iterator[asyncio.Queue[FeedEvent | None]]:
        queue: asyncio.Queue[FeedEvent | None] = asyncio.Queue(QUEUE_LIMIT)
        self._listeners[queue] = conversation_id
        try:
            yield queue
        finally:
            self._listeners.pop(queue, None)

    async def follow(self, after: int | None, conversation_id: str | None = None) -> AsyncIterator[FeedEvent]:
        """Entries after an id (None: from now on), of one conversation or of all, without a gap or a repeat, for ever."""
        with self._subscribe(conversation_id) as queue:
            seen = await asyncio.to_thread(_read_latest) if after is None else after
            while missed := await asyncio.to_thread(_read, seen, conversation_id):
                for entry in missed:
                    seen = entry.id
                    yield entry
            while (entry_or_end := await queue.get()) is not None:
                if entry_or_end.id > seen:
                    seen = entry_or_end.id
                    yield entry_or_end
