"""Have turns answered: one at a time per conversation, in order, whatever dies in the middle.

Any process may run any conversation's turns: the claim in the store decides who does. The process that took a message in
starts at once; the worker picks up what is due later (retries, turns of a process that died).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import structlog

from channels import rasa
from core.clock import utc_now
from core.ids import new_id
from core.logging import get_logger
from core.texts import catalogue
from crm_store.conversations import turns
from crm_store.conversations.models import Turn
from crm_store.conversations.turns import TurnWork, Understood
from crm_store.db import reading, transaction

TEXTS = Path(__file__).resolve().parent / "texts"
# How often a waiter looks for a turn that another process works on.
LOOK_AGAIN = 0.25
CONCURRENT_TURNS = 32


@dataclass(frozen=True, slots=True)
class _Done:
    """How work on a turn ended: the next turn of the conversation, whether this one is over, when to try it again."""

    next_work: TurnWork | None
    over: bool = True
    again_in: timedelta | None = None


class TurnRunner:
    """Runs turns in one event loop. `owner` is what its leases are held under."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{new_id()[-12:]}"
        self._client = client
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asked_again: set[str] = set()
        self._handed_in: dict[str, TurnWork] = {}
        self._finished: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._slots = asyncio.Semaphore(CONCURRENT_TURNS)

    def start(self, conversation_id: str, work: TurnWork | None = None) -> None:
        """See that the conversation's due turns are run, beginning with `work` if this runner claimed it already."""
        if conversation_id in self._tasks:
            self._asked_again.add(conversation_id)
            if work is not None:
                # Claimed while the task was about to end: nobody else may run it before its lease ends.
                self._handed_in[conversation_id] = work
            return
        self._tasks[conversation_id] = asyncio.create_task(self._run(conversation_id, work))

    async def stop(self) -> None:
        """Let turns in hand end; what does not is another process's after its lease."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=5)

    async def wait(self, turn_id: str, seconds: float) -> None:
        """Return when the turn is over, or after `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        finished = self._finished[turn_id]
        try:
            while (left := deadline - asyncio.get_running_loop().time()) > 0:
                try:
                    await asyncio.wait_for(finished.wait(), min(left, LOOK_AGAIN))
                    return
                except TimeoutError:
                    if await asyncio.to_thread(_is_over, turn_id):
                        return
        finally:
            self._finished.pop(turn_id, None)

    async def _run(self, conversation_id: str, work: TurnWork | None) -> None:
        try:
            await self._run_turns(conversation_id, work)
        except Exception as error:
            # The store failed while an outcome was recorded: the turn is the worker's when its lease ends.
            get_logger().error("turn_left", conversation_id=conversation_id, exc_info=error)
        finally:
            # Here, not in a callback of the task: `start` must not find a task that has looked for work already.
            del self._tasks[conversation_id]

    async def _run_turns(self, conversation_id: str, work: TurnWork | None) -> None:
        while True:
            self._asked_again.discard(conversation_id)
            work = work or self._handed_in.pop(conversation_id, None)
            if work is None:
                work = await asyncio.to_thread(_claim, conversation_id, self.owner)
            if work is None:
                if conversation_id in self._asked_again:
                    continue
                return
            async with self._slots:
                done = await self._answer(work)
            # Released while the bot answered: the same turn is to be answered again, in the fresh context.
            over = done.over and (done.next_work is None or done.next_work.turn_id != work.turn_id)
            if over and work.turn_id in self._finished:
                self._finished[work.turn_id].set()
            if done.again_in is not None:
                asyncio.get_running_loop().call_later(done.again_in.total_seconds(), self.start, conversation_id)
            work = done.next_work

    async def _answer(self, work: TurnWork) -> _Done:
        """Have one turn answered; the next one of the conversation is claimed in the same transaction."""
        with structlog.contextvars.bound_contextvars(conversation_id=work.conversation_id, turn_id=work.turn_id):
            try:
                if work.attachment and not work.text and not work.payload:
                    return _Done(await asyncio.to_thread(_acknowledge_attachment, work))
                understood = await rasa.ask(self._client, work)
                return _Done(await asyncio.to_thread(_complete, work, understood))
            except rasa.RasaUnavailableError as error:
                get_logger().warning("turn_postponed", code=error.code, attempts=work.attempts)
                return await asyncio.to_thread(_postpone, work, error.code)
            except Exception as error:
                code = str(getattr(error, "code", type(error).__name__))
                get_logger().error("turn_failed", code=code, failures=work.failures + 1, exc_info=error)
                return await asyncio.to_thread(_note_failure, work, code)


def _is_over(turn_id: str) -> bool:
    with reading() as session:
        turn = session.get(Turn, turn_id)
        return turn is None or turn.state in ("done", "failed")


def _claim(conversation_id: str, owner: str) -> TurnWork | None:
    with transaction() as session:
        return turns.claim(session, conversation_id, owner, utc_now())


def _complete(work: TurnWork, understood: Understood) -> TurnWork | None:
    with transaction() as session:
        now = utc_now()
        turns.complete(session, work, understood, now)
        return turns.claim(session, work.conversation_id, work.owner, now)


def _acknowledge_attachment(work: TurnWork) -> TurnWork | None:
    text = catalogue(TEXTS).say("attachment_received", work.language)
    with transaction() as session:
        now = utc_now()
        turns.answer_plainly(session, work, text, now)
        return turns.claim(session, work.conversation_id, work.owner, now)


def _postpone(work: TurnWork, code: str) -> _Done:
    retry_after = timedelta(seconds=min(15.0, 0.5 * 1.5**work.attempts))
    with transaction() as session:
        kept = turns.postpone(session, work, error=code, retry_after=retry_after, now=utc_now())
    return _kept_or_given_up(work, kept, retry_after)


def _note_failure(work: TurnWork, code: str) -> _Done:
    retry_after = timedelta(seconds=0.3)
    with transaction() as session:
        kept = turns.note_failure(session, work, error=code, retry_after=retry_after, now=utc_now())
    return _kept_or_given_up(work, kept, retry_after)


def _kept_or_given_up(work: TurnWork, kept: bool, retry_after: timedelta) -> _Done:
    if kept:
        return _Done(None, over=False, again_in=retry_after)
    apology = catalogue(TEXTS).say("apology", work.language)
    with transaction() as session:
        turns.give_up(session, work, apology=apology, now=utc_now())
    return _Done(None)
