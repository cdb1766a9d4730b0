"""Deliver what waits in the outbox of a channel: each recipient's messages in order, and what became of each recorded.

How a message is sent is the channel's own; what it raises decides what happens next.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from core.clock import utc_now
from core.errors import ExternalServiceError
from core.ids import new_id
from core.logging import get_logger
from crm_store.db import reading, transaction
from crm_store.events import service as events
from crm_store.outbox import service as outbox

CONCURRENT_SENDS = 20
# How late a message that another process queued may be noticed, in seconds.
LOOK_AGAIN = 0.3
# Sending is tried for so long; after that nobody waits for the answer any more.
PATIENCE = timedelta(days=1)
LONGEST_PAUSE = timedelta(seconds=60)
LAST_WORDS = 4.0
RECORD_ATTEMPTS = 5
Result = TypeVar("Result")


class NotSentError(ExternalServiceError):
    """It certainly did not leave, and may be tried again: after `retry_after` where the channel says so."""

    def __init__(self, code: str, *, retry_after: timedelta | None = None, **context: object) -> None:
        super().__init__(code, **context)
        self.retry_after = retry_after


class RefusedError(ExternalServiceError):
    """It did not leave and never will."""


class OutcomeUnknownError(ExternalServiceError):
    """It may have left: sending again could say it twice."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message. `parts` are the external ids of those of its parts that left in an earlier attempt."""

    outbox_id: int
    recipient: str
    message_id: str | None
    text: str | None
    subject: str | None
    parts: tuple[str, ...]
    attempts: int
    created_at: datetime

    async def note_part(self, external_id: str) -> None:
        """Record that one of several parts left, before the next is sent."""
        await asyncio.to_thread(_note_part, self.outbox_id, external_id)


# Sends one message; returns the channel's id of it. NotSentError, RefusedError or OutcomeUnknownError otherwise.
Send = Callable[[Outgoing], Awaitable[str]]


async def deliver(channel: str, send: Send, stop: asyncio.Event) -> None:
    """Deliver a channel's messages until `stop` is set; then what is in hand is given a moment to end."""
    loop = asyncio.get_running_loop()
    owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{new_id()[-12:]}"
    woken = asyncio.Event()
    in_hand: set[asyncio.Task[None]] = set()

    def nudge() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(woken.set)

    def end(task: asyncio.Task[None]) -> None:
        in_hand.discard(task)
        woken.set()

    events.on_commit(nudge)
    while not stop.is_set():
        woken.clear()
        for outgoing in await _claim(channel, owner, CONCURRENT_SENDS - len(in_hand)):
            task = asyncio.create_task(_send(send, outgoing))
            in_hand.add(task)
            task.add_done_callback(end)
        await _first(LOOK_AGAIN, woken, stop)
    if in_hand:
        await asyncio.wait(in_hand, timeout=LAST_WORDS)


async def _first(seconds: float, *waited: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in waited]
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def _claim(channel: str, owner: str, limit: int) -> list[Outgoing]:
    if limit <= 0:
        return []
    try:
        return await asyncio.to_thread(_claim_due, channel, owner, limit)
    except SQLAlchemyError as error:
        get_logger().warning("outbox_not_read", channel=channel, kind=type(error).__name__)
        return []


def _claim_due(channel: str, owner: str, limit: int) -> list[Outgoing]:
    with reading() as session:
        if not outbox.has_due(session, channel, utc_now()):
            return []
    with transaction() as session:
        return [
            Outgoing(
                outbox_id=message.id, recipient=message.recipient, message_id=message.message_id,
                text=message.body.get("text"), subject=message.body.get("subject"),
                parts=tuple(message.body.get("parts", [])), attempts=message.attempts, created_at=message.created_at,
            )
            for message in outbox.claim(session, channel=channel, owner=owner, now=utc_now(), limit=limit)
        ]  # fmt: skip


async def _send(send: Send, outgoing: Outgoing) -> None:
    try:
        external_id = await send(outgoing)
    except NotSentError as error:
        await _record(_not_sent, outgoing, error)
    except RefusedError as error:
        get_logger().warning("outbound_refused", outbox_id=outgoing.outbox_id, reason=str(error))
        await _record(_refused, outgoing, str(error))
    except Exception as error:  # whatever went wrong on the way: it may have left
        reason = str(error) if isinstance(error, OutcomeUnknownError) else type(error).__name__
        get_logger().error("outbound_outcome_unknown", outbox_id=outgoing.outbox_id, reason=reason)
        await _record(_unknown, outgoing, reason)
    else:
        await _record(_sent, outgoing, external_id)


async def _record(work: Callable[[Outgoing, Result], None], outgoing: Outgoing, result: Result) -> None:
    """Write the outcome down; a store that is away for a moment must not turn a sent message into an unknown one."""
    for attempt in range(RECORD_ATTEMPTS):
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(work, outgoing, result)
            return
        await asyncio.sleep(0.2 * 2**attempt)
    get_logger().error("outbound_not_recorded", outbox_id=outgoing.outbox_id)


def _sent(outgoing: Outgoing, external_id: str) -> None:
    with transaction() as session:
        outbox.settle_sent(session, outgoing.outbox_id, external_id=external_id[:100], now=utc_now())


def _not_sent(outgoing: Outgoing, error: NotSentError) -> None:
    now = utc_now()
    pause = error.retry_after or min(LONGEST_PAUSE, timedelta(seconds=0.5 * 2.0 ** min(outgoing.attempts, 10)))
    patient = now - outgoing.created_at < PATIENCE
    get_logger().warning("outbound_not_sent", outbox_id=outgoing.outbox_id, reason=str(error), again=patient)
    with transaction() as session:
        outbox.settle_failed(
            session, outgoing.outbox_id, error=str(error), now=now, retry_after=pause if patient else None
        )  # fmt: skip


def _refused(outgoing: Outgoing, reason: str) -> None:
    with transaction() as session:
        outbox.settle_failed(session, outgoing.outbox_id, error=reason, now=utc_now(), retry_after=None)


def _unknown(outgoing: Outgoing, reason: str) -> None:
    with transaction() as session:
        outbox.settle_unknown(session, outgoing.outbox_id, error=reason)


def _note_part(outbox_id: int, external_id: str) -> None:
    with transaction() as session:
        outbox.note_part(session, outbox_id, external_id=external_id, now=utc_now())
