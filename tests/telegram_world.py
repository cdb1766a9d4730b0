"""The gateway as it runs, with the real library, between a Bot API stand-in, a stand-in for Rasa and a real store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from channels.telegram import gateway
from core.clock import utc_now
from core.settings import Settings, load_settings
from crm_store.conversations.models import ActionRun, Conversation, Message, Turn
from crm_store.db import StoreSession, reading, transaction
from crm_store.inbox.models import InboundUpdate
from crm_store.outbox.models import OutboxMessage
from tests.loopback_http import Answer, Request, serve
from tests.telegram_stand_in import TOKEN, WAIT, TelegramStandIn

Found = TypeVar("Found")
MENU = [
    {"title": "배송비가 궁금해요", "payload": '/ask_faq{"topic":"shipping-fee"}'},
    {"title": "상담원", "payload": "/talk_to_human"},
]


class FakeRasa:
    """Echoes a text, names a payload; `replies` gives other replies for a text. `asked` holds the bodies of all turns."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.replies: dict[str, list[dict[str, Any]]] = {}

    async def answer(self, request: Request) -> Answer:
        """The contract of the bot's channel: one action run under the message's key, also when asked again."""
        body = json.loads(request.body)
        self.asked.append(body)
        said = body.get("text") or body["payload"]
        await asyncio.to_thread(self._run, body["message_id"], self.replies.get(said, [{"text": f"답: {said}"}]))
        parse = {"intent": "greet", "confidence": 0.9}
        return Answer(200, {"message_id": body["message_id"], "parse": parse, "actions": ["action_greet"]})

    def _run(self, message_id: str, replies: list[dict[str, Any]]) -> None:
        with transaction() as session:
            if session.scalar(select(ActionRun).where(ActionRun.message_id == message_id)) is None:
                result = {"replies": replies, "outcome": "answered"}
                session.add(
                    ActionRun(
                        key=f"{message_id}:a:0", message_id=message_id, action="a", result=result, created_at=utc_now()
                    )
                )

    def said(self) -> list[str]:
        """What customers said, in the order it was asked about."""
        return [body.get("text") or body["payload"] for body in self.asked]


class World:
    """Everything around the gateway."""

    def __init__(self, settings: Settings, telegram: TelegramStandIn, rasa: FakeRasa) -> None:
        self.settings = settings
        self.telegram = telegram
        self.rasa = rasa
        self._committed = asyncio.Event()

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[None]:
        """The gateway runs, and stops cleanly."""
        stop = asyncio.Event()
        running = asyncio.create_task(gateway.run(self.settings, stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(WAIT):
                await running

    async def until(self, look: Callable[[Session], Found]) -> Found:
        """What a look at the store finds, once it finds something; it looks after each commit of this process."""

        def work() -> Found:
            with reading() as session:
                return look(session)

        async with asyncio.timeout(WAIT):
            while True:
                self._committed.clear()
                found = await asyncio.to_thread(work)
                if found:
                    return found
                await self._committed.wait()

    async def settled(self, count: int) -> list[str]:
        """The states of the updates, in order, once `count` of them are worked through."""

        def look(session: Session) -> list[str]:
            states = session.scalars(select(InboundUpdate.state).order_by(InboundUpdate.id)).all()
            return list(states) if len([state for state in states if state != "stored"]) >= count else []

        return await self.until(look)

    async def outcome(self, text: str) -> OutboxMessage:
        """What became of the delivery of the message with this text, once that is known."""
        left = select(OutboxMessage).join(Message, Message.id == OutboxMessage.message_id).where(Message.text == text)
        over = left.where(OutboxMessage.state.in_(("sent", "failed", "unknown")))
        found = await self.until(lambda session: session.scalar(over))
        assert found is not None
        return found

    def watch(self, loop: asyncio.AbstractEventLoop) -> Callable[[Session], None]:
        """A listener for commits."""

        def committed(_: Session) -> None:
            loop.call_soon_threadsafe(self._committed.set)

        return committed


def log() -> list[tuple[str, str]]:
    """All messages of the store, in order."""
    with reading() as session:
        rows = session.execute(select(Message.author, Message.text).order_by(Message.created_at, Message.seq))
        return [(row.author, row.text) for row in rows]


def turns() -> list[Turn]:
    """All turns of the store, in order."""
    with reading() as session:
        return list(session.scalars(select(Turn).order_by(Turn.created_at)))


def only_conversation() -> Conversation:
    """The conversation, where there is just one."""
    with reading() as session:
        return session.scalars(select(Conversation)).one()


@asynccontextmanager
async def open_world(home: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """The stand-ins listen; the gateway is not started yet. At the end nothing forbidden may have been asked of Telegram."""
    telegram, rasa = TelegramStandIn(), FakeRasa()
    async with AsyncExitStack() as stack:
        rasa_port = await stack.enter_async_context(serve(rasa.answer))
        await stack.enter_async_context(telegram.listening())
        monkeypatch.setenv("DANGOL_HOME", str(home))
        monkeypatch.setenv("DANGOL_DATABASE_URL", store_url)
        monkeypatch.setenv("DANGOL_RASA__PORT", str(rasa_port))
        monkeypatch.setenv("DANGOL_TELEGRAM__TOKEN", TOKEN)
        monkeypatch.setenv("DANGOL_TELEGRAM__BASE_URL", telegram.base_url)
        world = World(load_settings(), telegram, rasa)
        listener = world.watch(asyncio.get_running_loop())
        event.listen(StoreSession, "after_commit", listener)
        try:
            yield world
        finally:
            event.remove(StoreSession, "after_commit", listener)
        assert telegram.violations == []
