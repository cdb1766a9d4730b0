"""The bot as python-telegram-bot has it, made to take updates raw and to keep its secret out of the logs."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot
from telegram.request import HTTPXRequest

from core.settings import Settings

# The library's own switch: spans of time are timedeltas, as they will be in its next major version.
os.environ.setdefault("PTB_TIMEDELTA", "true")

ALLOWED_UPDATES = ["message", "edited_message", "callback_query"]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GatewayBot(Bot):
    """A bot whose updates come as Telegram wrote them: one that cannot be parsed must not spoil its batch."""

    async def fetch_updates(self, offset: int | None, seconds: int) -> Any:
        """The next updates as raw JSON (a list, if the server keeps its word), after at most `seconds`. TelegramError otherwise."""
        wanted = {"offset": offset, "timeout": seconds, "limit": 100, "allowed_updates": ALLOWED_UPDATES}
        return await self._post("getUpdates", wanted, read_timeout=seconds + 10)


def bot_id_of(token: str) -> str:
    """The bot's own id, which is the token's public half: update and message ids are unique per bot only."""
    return token.partition(":")[0][:20]


def silence_libraries() -> None:
    """httpx logs every address, and the token is part of it; the library logs answers it cannot read, and they hold messages."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)


def _file_url(base_url: str) -> str:
    """Where the server of `base_url` (".../bot") keeps files (".../file/bot")."""
    before, _, after = base_url.rpartition("/bot")
    return f"{before}/file/bot{after}"


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[GatewayBot]:
    """A bot ready for calls; nothing is asked of Telegram yet, so it opens without a network too."""
    assert settings.telegram.token is not None
    silence_libraries()
    base_url = settings.telegram.base_url
    options = {"trust_env": urlsplit(base_url).hostname not in _LOOPBACK}
    polls = HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=20, httpx_kwargs=options)
    calls = HTTPXRequest(
        connection_pool_size=32,
        connect_timeout=5,
        read_timeout=20,
        write_timeout=10,
        pool_timeout=5,
        httpx_kwargs=options,
    )
    try:
        yield GatewayBot(
            settings.telegram.token.get_secret_value(), base_url=base_url, base_file_url=_file_url(base_url),
            request=calls, get_updates_request=polls,
        )  # fmt: skip
    finally:
        await polls.shutdown()
        await calls.shutdown()
