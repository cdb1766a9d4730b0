"""Work through stored updates: in order within a chat, chats side by side, again after a restart."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from telegram import Update
from telegram.error import TelegramError

from channels.inbound import ensure_conversation, take_in
from channels.telegram.asides import record_aside, say
from channels.telegram.bot import GatewayBot, bot_id_of
from channels.telegram.buttons import find_pressed
from channels.telegram.photos import PictureRefusedError, fetch_picture, is_stored, keep_picture
from channels.telegram.polling import CHANNEL
from channels.telegram.reading import Greeting, Incoming, Picture, Press, Unreadable, Words, chat_of, read
from channels.turns import TurnRunner
from core.errors import RateLimitedError, RuleViolationError
from core.language import Locale, detect
from core.logging import get_logger
from crm_store.db import reading, transaction
from crm_store.inbox import service as inbox

MESSAGES_PER_MINUTE = 60
# A look without being woken, and the pause after the store failed.
LOOK_AGAIN = 5.0
STORE_PAUSE = 1.0
# The store is away for a while: nothing is wrong with the update.
STORE_TROUBLE = (OperationalError, InterfaceError, PoolTimeoutError)
_REPLIES = {
    "sticker": "sticker", "voice": "voice", "audio": "voice", "video_note": "voice", "location": "location",
    "venue": "location",
}  # fmt: skip


def _list_stored() -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Updates not worked through yet, by chat."""
    chats: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    with reading() as session:
        for update in inbox.list_stored(session, CHANNEL):
            chats.setdefault(chat_of(update.body), []).append((update.id, update.body))
    return chats


def _settle(update_id: int, state: str, error: str | None) -> None:
    with transaction() as session:
        inbox.settle(session, update_id, state, error)


def _locale_of(incoming: Incoming) -> Locale:
    """Korean for whose Telegram is Korean; else the language of their words, English where those say nothing."""
    if (incoming.language_code or "").lower().startswith("ko"):
        return "ko"
    return detect(incoming.content.text if isinstance(incoming.content, Words) else "", "en")


class UpdateWorker:
    """Takes what people say in, one chat's updates in order. `run()` is a task of the gateway's loop."""

    def __init__(self, bot: GatewayBot, runner: TurnRunner, *, limited: bool) -> None:
        self._bot = bot
        self._bot_id = bot_id_of(bot.token)
        self._runner = runner
        self._per_minute = MESSAGES_PER_MINUTE if limited else None
        self._woken = asyncio.Event()
        self._chats: dict[str, asyncio.Task[None]] = {}
        self._courtesies: set[asyncio.Task[None]] = set()
        # Albums come as one update a picture: only the first is answered.
        self._albums: deque[str] = deque(maxlen=200)

    def wake(self) -> None:
        """There are new updates in the store."""
        self._woken.set()

    async def run(self) -> NoReturn:
        """Work for ever; what is in hand when it is cancelled stays stored and is worked through again."""
        try:
            while True:
                self._woken.clear()
                await self._begin()
                # Not wait_for: that of Python 3.11 loses a cancellation that comes together with the event.
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()
        finally:
            for task in (*self._chats.values(), *self._courtesies):
                task.cancel()

    async def _begin(self) -> None:
        try:
            waiting = await asyncio.to_thread(_list_stored)
        except STORE_TROUBLE as error:
            get_logger().warning("telegram_store_failed", kind=type(error).__name__)
            return
        for chat, updates in waiting.items():
            if chat not in self._chats:
                task = asyncio.create_task(self._work(updates))
                self._chats[chat] = task
                task.add_done_callback(partial(self._end, chat))

    def _end(self, chat: str, _: asyncio.Task[None]) -> None:
        del self._chats[chat]
        self.wake()

    async def _work(self, updates: list[tuple[int, dict[str, Any]]]) -> None:
        for update_id, body in updates:
            try:
                state, error = await self._handle(body)
                await asyncio.to_thread(_settle, update_id, state, error)
            except STORE_TROUBLE as failure:
                # The update stays stored; so do those after it, for they must not overtake it.
                get_logger().warning("telegram_store_failed", kind=type(failure).__name__)
                await asyncio.sleep(STORE_PAUSE)
                return

    async def _handle(self, body: dict[str, Any]) -> tuple[str, str | None]:
        """The state to settle an update in, with the reason for a broken one. Store errors are raised."""
        try:
            incoming = read(Update.de_json(body, self._bot))
            if incoming is None:
                return "ignored", None
            await self._take(incoming)
            return "done", None
        except STORE_TROUBLE:
            raise
        except Exception as error:  # whatever is wrong with one update must not stop the others
            reason = str(getattr(error, "code", type(error).__name__))
            get_logger().error("telegram_update_broken", update_id=body.get("update_id"), reason=reason)
            return "broken", reason

    async def _take(self, incoming: Incoming) -> None:
        conversation_id = await asyncio.to_thread(
            ensure_conversation,
            channel=CHANNEL,
            external_id=str(incoming.chat_id),
            display_name=incoming.name,
            locale=_locale_of(incoming),
        )
        content = incoming.content
        if isinstance(content, Words):
            await self._say(incoming, conversation_id, text=content.text)
        elif isinstance(content, Greeting):
            await self._say(incoming, conversation_id, text=say("hello", _locale_of(incoming)))
        elif isinstance(content, Press):
            await self._press(incoming, conversation_id, content)
        elif isinstance(content, Picture):
            await self._show(incoming, conversation_id, content)
        else:
            await self._hand_over_unreadable(incoming, conversation_id, content)

    def _key(self, number: str) -> str:
        return f"{self._bot_id}:{number}"

    async def _say(
        self,
        incoming: Incoming,
        conversation_id: str,
        *,
        text: str | None = None,
        payload: str | None = None,
        attachment_id: str | None = None,
    ) -> None:
        """Take a message in and have it answered; what the rules refuse is kept in the log all the same."""
        key = self._key(incoming.number)
        try:
            accepted, work = await asyncio.to_thread(
                take_in, conversation_id=conversation_id, external_id=key, owner=self._runner.owner, text=text,
                payload=payload, attachment_id=attachment_id, per_minute=self._per_minute,
            )  # fmt: skip
        except RateLimitedError:
            await self._set_aside(conversation_id, key, text=text or payload, label="picture")
            return
        except RuleViolationError as error:
            if error.code != "text_too_long":
                raise
            await self._set_aside(conversation_id, key, text=text, reply="reply_too_long")
            return
        if accepted.turn.state in ("pending", "running"):
            self._runner.start(conversation_id, work)
            self._courtesy(partial(self._bot.send_chat_action, incoming.chat_id, "typing"))

    async def _set_aside(self, conversation_id: str, key: str, **what: Any) -> None:
        await asyncio.to_thread(record_aside, conversation_id=conversation_id, external_id=key, **what)

    async def _press(self, incoming: Incoming, conversation_id: str, press: Press) -> None:
        locale = _locale_of(incoming)
        button = await asyncio.to_thread(find_pressed, conversation_id, press.data)
        answer = button["title"] if button else say("button_expired", locale)
        try:
            if button:
                await self._say(incoming, conversation_id, payload=button["payload"])
        except RuleViolationError:  # shown too long ago
            answer = say("button_expired", locale)
        self._courtesy(partial(self._bot.answer_callback_query, press.callback_id, answer[:200]))

    async def _show(self, incoming: Incoming, conversation_id: str, picture: Picture) -> None:
        key = self._key(incoming.number)
        answered = picture.album is not None and picture.album in self._albums
        if picture.album is not None:
            self._albums.append(picture.album)
        if await asyncio.to_thread(is_stored, key):
            self._runner.start(conversation_id)
            return
        try:
            data = await fetch_picture(self._bot, picture.file_id)
        except PictureRefusedError:
            reply = None if picture.caption or answered else "reply_picture"
            await self._set_aside(conversation_id, self._key(f"{incoming.number}:file"), label="picture", reply=reply)
            if picture.caption:
                await self._say(incoming, conversation_id, text=picture.caption)
            return
        if answered and not picture.caption:
            await self._set_aside(conversation_id, key, label="picture", picture=data)
            return
        attachment_id = await asyncio.to_thread(keep_picture, conversation_id, data)
        await self._say(incoming, conversation_id, text=picture.caption, attachment_id=attachment_id)

    async def _hand_over_unreadable(self, incoming: Incoming, conversation_id: str, content: Unreadable) -> None:
        reply = None if content.caption else f"reply_{_REPLIES.get(content.kind, 'other')}"
        key = self._key(f"{incoming.number}:file")
        await self._set_aside(conversation_id, key, label=content.kind, emoji=content.emoji, reply=reply)
        if content.caption:
            await self._say(incoming, conversation_id, text=content.caption)

    def _courtesy(self, call: Callable[[], Awaitable[object]]) -> None:
        """Make a call that only adds comfort: nobody waits for it, and its failure changes nothing."""

        async def attempt() -> None:
            with suppress(TelegramError):
                await call()

        task = asyncio.create_task(attempt())
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)
