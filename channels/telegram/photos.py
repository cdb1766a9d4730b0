"""Pictures that customers send: fetched from Telegram and kept, so that staff see them."""

from __future__ import annotations

import asyncio

from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from channels.pictures import SIZE_LIMIT, content_type_of
from channels.telegram.polling import CHANNEL, seconds_of
from core.clock import utc_now
from core.errors import RuleViolationError
from crm_store.conversations.queries import find_by_external_id
from crm_store.conversations.service import add_attachment
from crm_store.db import reading, transaction

ATTEMPTS = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0


class PictureRefusedError(RuleViolationError):
    """Too large, of no known type, or not to be had."""


async def fetch_picture(bot: Bot, file_id: str | None) -> bytes:
    """The picture's content, its size and type checked. PictureRefusedError otherwise."""
    if file_id is None:
        raise PictureRefusedError("attachment_too_large", limit=SIZE_LIMIT)
    data = await _download(bot, file_id)
    if len(data) > SIZE_LIMIT:
        raise PictureRefusedError("attachment_too_large", limit=SIZE_LIMIT)
    try:
        content_type_of(data)
    except RuleViolationError as error:
        raise PictureRefusedError(error.code) from error
    return data


async def _download(bot: Bot, file_id: str) -> bytes:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            file = await bot.get_file(file_id)
            if (file.file_size or 0) > SIZE_LIMIT:
                break
            return bytes(await file.download_as_bytearray())
        except BadRequest:
            break
        except (NetworkError, RetryAfter) as error:
            if attempt < ATTEMPTS:
                pause = seconds_of(error) if isinstance(error, RetryAfter) else FIRST_PAUSE * 2 ** (attempt - 1)
                await asyncio.sleep(min(LONGEST_PAUSE, pause))
        except TelegramError:
            break
    raise PictureRefusedError("picture_unavailable")


def keep_picture(conversation_id: str, data: bytes) -> str:
    """Store a fetched picture; its id."""
    with transaction() as session:
        return add_attachment(
            session, conversation_id=conversation_id, content_type=content_type_of(data), data=data, now=utc_now()
        ).id


def is_stored(external_id: str) -> bool:
    """Whether the message is in the log already: a picture fetched again would be another attachment."""
    with reading() as session:
        return find_by_external_id(session, CHANNEL, external_id) is not None
