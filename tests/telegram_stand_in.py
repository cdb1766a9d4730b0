"""A Bot API server on loopback: refuses what the documentation forbids, records what is sent, fails when told to."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

from tests.loopback_http import Answer, Request, serve

TOKEN = "4242:stand-in-secret"
WAIT = 15.0
# The methods the gateway may call, with their documented parameters.
METHODS = {
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "getFile": {"file_id"},
    "sendMessage": {"chat_id", "text", "reply_markup", "link_preview_options"},
    "sendPhoto": {"chat_id", "photo", "caption"},
    "sendMediaGroup": {"chat_id", "media"},
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id", "text"},
}
_JSON = frozenset({"reply_markup", "media", "allowed_updates", "link_preview_options"})

# `lost`: done, but the answer never arrives. `dropped`: the request was read and nothing was done.
Fault = Answer | Literal["lost", "dropped"]


def too_many_requests(seconds: int) -> Answer:
    """What flood control says."""
    description = f"Too Many Requests: retry after {seconds}"
    return Answer(
        429, {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": seconds}}
    )


def refusal(status: int, description: str) -> Answer:
    """An error as the Bot API words it."""
    return Answer(status, {"ok": False, "error_code": status, "description": description})


class Violation(Exception):
    """A request that the documentation forbids."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached the server."""

    method: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message in a chat."""

    chat_id: int
    message_id: int
    text: str
    buttons: list[tuple[str, str]]
    photos: list[str]


def _width(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _check(condition: bool, description: str) -> None:
    if not condition:
        raise Violation(f"Bad Request: {description}")


def _params_of(request: Request) -> dict[str, Any]:
    form = parse_qs(request.body.decode(), keep_blank_values=True, strict_parsing=bool(request.body))
    return {name: json.loads(values[0]) if name in _JSON else values[0] for name, values in form.items()}


class TelegramStandIn:
    """One bot's server. `sent` holds what arrived in chats, `calls` every request, `violations` what was forbidden."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.violations: list[str] = []
        self.files: dict[str, bytes] = {}
        self.base_url = ""
        self._port = 0
        self._server = AsyncExitStack()
        self._updates: list[Any] = []
        self._last_update = 1000
        self._last_message = 500
        self._polls = 0
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Be there, but for the time between `go_away` and `come_back`."""
        await self.come_back()
        try:
            yield
        finally:
            await self.go_away()

    async def come_back(self) -> None:
        """Listen, on the same port each time."""
        self._port = await self._server.enter_async_context(serve(self._answer, self._port))
        self.base_url = f"http://127.0.0.1:{self._port}/bot"

    async def go_away(self) -> None:
        """Refuse connections, and drop those there are."""
        await self._server.aclose()

    def fail(self, method: str, *faults: Fault) -> None:
        """Answer the next calls of a method so."""
        self._faults[method].extend(faults)

    async def add(self, *updates: dict[str, Any]) -> None:
        """People do something: updates without their number, which is given here."""
        for update in updates:
            self._last_update += 1
            self._updates.append({"update_id": self._last_update, **update})
        await self._tell()

    async def add_raw(self, *updates: Any) -> None:
        """Updates exactly so."""
        self._updates.extend(updates)
        await self._tell()

    async def until(self, condition: Callable[[], object], seconds: float = WAIT) -> None:
        """Return once a condition on this server's state holds. TimeoutError after a while."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))

    async def texts(self, chat_id: int, count: int) -> list[str]:
        """The texts in a chat, once there are `count`."""
        await self.until(lambda: len(self.in_chat(chat_id)) >= count)
        return [sent.text for sent in self.in_chat(chat_id)]

    def in_chat(self, chat_id: int) -> list[Sent]:
        """What a person sees in their chat."""
        return [sent for sent in self.sent if sent.chat_id == chat_id]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all calls of a method."""
        return [call.params for call in self.calls if call.method == method]

    def waiting(self) -> list[Any]:
        """Updates that nobody has confirmed."""
        return list(self._updates)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _answer(self, request: Request) -> Answer | None:
        if unquote(request.path).startswith(f"/file/bot{TOKEN}/"):
            content = self.files.get(request.path.rsplit("/", 1)[1])
            return Answer(200, content) if content is not None else Answer(404, b"not found")
        method = request.path.rsplit("/", 1)[1]
        if request.path != f"/bot{TOKEN}/{method}":
            return refusal(401, "Unauthorized")
        params = _params_of(request)
        self.calls.append(Call(method, params))
        fault = self._faults[method].popleft() if self._faults[method] else None
        try:
            answer = (
                fault if isinstance(fault, Answer) else None if fault == "dropped" else await self._do(method, params)
            )
        except Violation as violation:
            self.violations.append(f"{method}: {violation}")
            answer = refusal(400, str(violation))
        await self._tell()
        return None if fault == "lost" else answer

    async def _do(self, method: str, params: dict[str, Any]) -> Answer:
        if method not in METHODS:
            self.violations.append(f"unknown method {method}")
            return refusal(404, "Not Found")
        _check(params.keys() <= METHODS[method], f"unknown parameters {params.keys() - METHODS[method]}")
        if method == "getUpdates":
            return await self._get_updates(params)
        if method == "getFile":
            if params["file_id"] not in self.files:
                return refusal(400, "Bad Request: invalid file_id")
            size = len(self.files[params["file_id"]])
            result: Any = {"file_id": params["file_id"], "file_unique_id": "u", "file_size": size}
            return Answer(200, {"ok": True, "result": {**result, "file_path": params["file_id"]}})
        if method.startswith("send") and method != "sendChatAction":
            return Answer(200, {"ok": True, "result": self._send(method, params)})
        if method == "answerCallbackQuery":
            _check(_width(params.get("text", "")) <= 200, "MESSAGE_TOO_LONG")
        return Answer(200, {"ok": True, "result": True})

    async def _get_updates(self, params: dict[str, Any]) -> Answer:
        self._polls += 1
        mine = self._polls
        _check(1 <= int(params.get("limit", 100)) <= 100, "limit")
        offset = int(params.get("offset", 0))
        self._updates = [
            update
            for update in self._updates
            if not isinstance(update, dict) or update.get("update_id", offset) >= offset
        ]
        await self._tell()
        try:
            async with asyncio.timeout(float(params.get("timeout", 0))), self._changed:
                await self._changed.wait_for(lambda: bool(self._updates) or self._polls != mine)
        except TimeoutError:
            pass
        if self._polls != mine:
            return refusal(409, "Conflict: terminated by other getUpdates request")
        return Answer(200, {"ok": True, "result": self._updates[: int(params.get("limit", 100))]})

    def _send(self, method: str, params: dict[str, Any]) -> Any:
        chat_id = int(params["chat_id"])
        if method == "sendMessage":
            _check(bool(params["text"].strip()), "message text is empty")
            _check(_width(params["text"]) <= 4096, "message is too long")
            return self._keep(chat_id, params["text"], buttons=self._buttons_of(params))
        photos = params.get("media") or [{"media": params.get("photo"), "caption": params.get("caption", "")}]
        _check(method != "sendMediaGroup" or 2 <= len(photos) <= 10, "wrong number of media")
        for photo in photos:
            _check(_width(photo.get("caption", "")) <= 1024, "message caption is too long")
            _check(str(photo["media"]).startswith("https://"), "wrong HTTP URL specified")
        if method == "sendPhoto":
            return self._keep(chat_id, photos[0]["caption"], photos=[photos[0]["media"]])
        return [self._keep(chat_id, photo["caption"], photos=[photo["media"]]) for photo in photos]

    def _buttons_of(self, params: dict[str, Any]) -> list[tuple[str, str]]:
        rows = params.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = [(button["text"], button["callback_data"]) for row in rows for button in row]
        for title, data in buttons:
            _check(bool(title), "text buttons are unallowed to be empty")
            _check(1 <= len(data.encode()) <= 64, "BUTTON_DATA_INVALID")
        return buttons

    def _keep(
        self, chat_id: int, text: str, buttons: list[tuple[str, str]] | None = None, photos: list[str] | None = None
    ) -> dict[str, Any]:
        self._last_message += 1
        self.sent.append(Sent(chat_id, self._last_message, text, buttons or [], photos or []))
        chat = {"id": chat_id, "type": "private", "first_name": "손님"}
        return {"message_id": self._last_message, "date": 1760000000, "chat": chat, "text": text}


def person(chat_id: int, language: str | None = "ko") -> dict[str, Any]:
    """Somebody who uses Telegram."""
    known = {"id": chat_id, "is_bot": False, "first_name": "하늘", "last_name": "김"}
    return {**known, "language_code": language} if language else known


def message(chat_id: int, message_id: int, language: str | None = "ko", **content: Any) -> dict[str, Any]:
    """An update: a private message with this content."""
    chat = {"id": chat_id, "type": "private", "first_name": "하늘"}
    sender = person(chat_id, language)
    return {"message": {"message_id": message_id, "date": 1760000000, "chat": chat, "from": sender, **content}}


def press(chat_id: int, callback_id: str, data: str, shown_in: int = 1) -> dict[str, Any]:
    """An update: a pressed button."""
    bot = {"id": 4242, "is_bot": True, "first_name": "단골"}
    chat = {"id": chat_id, "type": "private", "first_name": "하늘"}
    shown = {"message_id": shown_in, "date": 1760000000, "chat": chat, "from": bot, "text": "고르세요"}
    return {
        "callback_query": {
            "id": callback_id, "from": person(chat_id), "message": shown, "chat_instance": "1", "data": data,
        }
    }  # fmt: skip
