"""Send one outgoing message through Telegram, and tell apart what certainly failed from what may have arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx
from telegram import Bot, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from channels.outbound import NotSentError, OutcomeUnknownError, Outgoing, RefusedError, Send
from channels.telegram.buttons import keyboard
from channels.telegram.polling import seconds_of
from channels.telegram.render import AlbumPart, TextPart, render
from core.logging import get_logger
from crm_store.conversations.models import Conversation
from crm_store.conversations.models import Message as StoredMessage
from crm_store.db import reading
from crm_store.staff.queries import names_of

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# The connection was never made, or never given to this request: not a byte of it left.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_TOKEN_PAUSE = timedelta(seconds=60)


def make_sender(bot: Bot) -> Send:
    """How the outbox's messages leave through this bot."""

    async def send(outgoing: Outgoing) -> str:
        parts = await asyncio.to_thread(_parts_of, outgoing)
        external_id = outgoing.parts[-1] if outgoing.parts else ""
        for number, part in enumerate(parts):
            if number < len(outgoing.parts):
                continue
            external_id = await _send_part(bot, outgoing, part)
            if number < len(parts) - 1:
                await outgoing.note_part(external_id)
        return external_id

    return send


def _parts_of(outgoing: Outgoing) -> list[TextPart | AlbumPart]:
    if outgoing.message_id is None:
        return render("system", outgoing.text or "", {}, locale="ko")
    with reading() as session:
        message = session.get(StoredMessage, outgoing.message_id)
        if message is None:
            raise RefusedError("message_gone")
        conversation = session.get_one(Conversation, message.conversation_id)
        staff_name = names_of(session, [message.staff_id]).get(message.staff_id or "")
        locale = message.language or conversation.locale
        return render(message.author, message.text, message.content, locale=locale, staff_name=staff_name)


async def _send_part(bot: Bot, outgoing: Outgoing, part: TextPart | AlbumPart) -> str:
    """The id of the (last) sent message. NotSentError, RefusedError, OutcomeUnknownError."""
    chat_id = int(outgoing.recipient)
    try:
        if isinstance(part, AlbumPart):
            return str((await _send_album(bot, chat_id, part))[-1].message_id)
        markup = keyboard(outgoing.message_id or "", part.titles)
        sent = await bot.send_message(chat_id, part.text, reply_markup=markup, link_preview_options=_NO_PREVIEW)
    except TelegramError as error:
        if isinstance(part, AlbumPart) and isinstance(error, BadRequest):
            # Telegram could not fetch a picture; the text says all that they show.
            get_logger().warning("telegram_album_refused", outbox_id=outgoing.outbox_id)
            return ""
        raise outcome_of(error) from error
    return str(sent.message_id)


async def _send_album(bot: Bot, chat_id: int, part: AlbumPart) -> Sequence[Message]:
    if len(part.photos) == 1:
        return [await bot.send_photo(chat_id, part.photos[0].url, caption=part.photos[0].caption)]
    media = [InputMediaPhoto(photo.url, caption=photo.caption) for photo in part.photos]
    return await bot.send_media_group(chat_id, media)


def outcome_of(error: TelegramError) -> NotSentError | RefusedError | OutcomeUnknownError:
    """What a failed call means for the message; without the error's own words, which may hold the token."""
    kind = type(error).__name__
    if isinstance(error, RetryAfter):
        return NotSentError("telegram_throttled", retry_after=timedelta(seconds=seconds_of(error)))
    if isinstance(error, InvalidToken):
        return NotSentError("telegram_token_refused", retry_after=_TOKEN_PAUSE)
    if isinstance(error, (BadRequest, Forbidden, ChatMigrated, Conflict)):
        return RefusedError("telegram_refused", kind=kind, reason=error.message[:80])
    cause = error.__cause__
    if isinstance(cause, _BEFORE_SENDING):
        return NotSentError("telegram_unreachable", kind=type(cause).__name__)
    # An answer of Telegram's own that says it failed; a gateway's error page says nothing of the kind.
    if type(error) is NetworkError and cause is None:
        return NotSentError("telegram_failed")
    return OutcomeUnknownError("telegram_outcome_unknown", kind=type(cause or error).__name__)
