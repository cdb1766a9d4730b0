"""Long polling: every update is in the store before Telegram is told so (which the next offset does)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from telegram.error import Conflict, InvalidToken, RetryAfter

from channels.telegram.bot import GatewayBot, bot_id_of
from core.clock import utc_now
from core.errors import ExternalServiceError
from core.logging import get_logger
from crm_store.db import transaction
from crm_store.inbox import service as inbox

CHANNEL = "telegram"
POLL_SECONDS = 25
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class TokenRefusedError(ExternalServiceError):
    """Telegram does not know the token: nothing can be done until it is changed."""


def storable(value: Any) -> Any:
    """JSON that both databases take: no null bytes, lone surrogates or numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {storable(str(key)): storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _number_of(raw: Any) -> int | None:
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def store_batch(bot_id: str, batch: Any) -> int | None:
    """Store updates in one transaction; the offset that confirms them, None when there is nothing to confirm."""
    found = batch if isinstance(batch, list) else [batch]
    with transaction() as session:
        now = utc_now()
        for raw in found:
            # What has no number cannot be told from its repeat but by what it says.
            number = _number_of(raw) or hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
            body = raw if isinstance(raw, dict) else {"not_an_update": raw}
            inbox.store_update(
                session, channel=CHANNEL, external_id=f"{bot_id}:{number}", body=storable(body), now=now
            )  # fmt: skip
    numbers = [number for number in map(_number_of, found) if number is not None]
    return max(numbers) + 1 if numbers else None


def _pause(failures: int) -> float:
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (failures - 1))


def _pause_after(error: Exception, failures: int) -> float:
    """Log a failed poll, without anything of its message but a conflict's; seconds to wait. TokenRefusedError to give up."""
    if isinstance(error, InvalidToken):
        raise TokenRefusedError("telegram_token_refused") from None
    if isinstance(error, RetryAfter):
        seconds = max(_pause(failures), seconds_of(error))
        get_logger().warning("telegram_poll_throttled", seconds=seconds)
        return seconds
    seconds = _pause(failures)
    if isinstance(error, Conflict):
        hint = "another program polls with this token, or a webhook is set for it: only one may"
        get_logger().error("telegram_poll_conflict", hint=hint, seconds=seconds)
    else:
        get_logger().warning("telegram_poll_failed", kind=type(error).__name__, seconds=seconds)
    return seconds


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int) else wait.total_seconds()


async def poll(bot: GatewayBot, on_stored: Callable[[], None]) -> NoReturn:
    """Take updates in for ever, calling `on_stored` after each batch. TokenRefusedError when Telegram does not know the bot."""
    offset: int | None = None
    failures = 0
    bot_id = bot_id_of(bot.token)
    while True:
        try:
            batch = await bot.fetch_updates(offset, POLL_SECONDS)
            if batch:
                confirming = await asyncio.to_thread(store_batch, bot_id, batch)
                on_stored()
                if confirming is None:
                    raise ExternalServiceError("updates_without_numbers")
                offset = confirming
            failures = 0
        except Exception as error:  # whatever the network, the server or the store did: it is tried again
            failures += 1
            await asyncio.sleep(_pause_after(error, failures))
