"""What an update says, for a bot that talks with one person at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType

from channels.pictures import SIZE_LIMIT

_START = re.compile(r"/start(?:@\w+)?(?:\s|$)")
# What a private chat may hold that the assistant cannot read, by the name of the message's field.
UNREADABLE = (
    "sticker", "voice", "audio", "video_note", "animation", "video", "document", "venue", "location", "contact",
    "poll", "dice", "story", "checklist", "paid_media", "game",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """A text."""

    text: str


@dataclass(frozen=True, slots=True)
class Greeting:
    """The start button: a greeting, whatever follows the command."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo, or a picture sent as a file; `file_id` is None when it is larger than what is taken."""

    file_id: str | None
    caption: str | None
    album: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something else: its kind (one of UNREADABLE), a sticker's emoji, and the words that came with it."""

    kind: str
    emoji: str | None
    caption: str | None


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button."""

    callback_id: str
    data: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One person's message or press in a private chat. `number` tells it from all others of the chat."""

    chat_id: int
    number: str
    name: str | None
    language_code: str | None
    content: Words | Greeting | Picture | Unreadable | Press


def chat_of(body: dict[str, Any]) -> str:
    """The chat of a raw update, whatever it is; updates without one stand for themselves."""
    for part in body.values():
        if isinstance(part, dict):
            for place in (part.get("chat"), part.get("from")):
                if isinstance(place, dict) and isinstance(place.get("id"), int):
                    return str(place["id"])
    return f"update:{body.get('update_id')}"


def read(update: Update) -> Incoming | None:
    """What a person says to the bot; None for what is not said to it (groups, channels, edits, service messages, unknown kinds)."""
    if update.callback_query is not None:
        return _read_press(update.callback_query)
    message = update.message
    if (
        message is None
        or message.chat.type != ChatType.PRIVATE
        or message.from_user is None
        or message.from_user.is_bot
    ):
        return None
    content = _content_of(message)
    if content is None:
        return None
    return _incoming(message.chat.id, f"{message.chat.id}:{message.message_id}", message.from_user, content)


def _incoming(
    chat_id: int, number: str, person: User, content: Words | Greeting | Picture | Unreadable | Press
) -> Incoming:
    return Incoming(chat_id, number, person.full_name[:200] or None, person.language_code, content)


def _read_press(query: CallbackQuery) -> Incoming | None:
    if query.message is None or query.message.chat.type != ChatType.PRIVATE or query.data is None:
        return None
    return _incoming(query.message.chat.id, f"cb:{query.id}", query.from_user, Press(query.id, query.data))


def _content_of(message: Message) -> Words | Greeting | Picture | Unreadable | None:
    if message.text is not None:
        return Greeting() if _START.match(message.text) else Words(message.text)
    picture = _picture_of(message)
    if picture is not None:
        return picture
    for kind in UNREADABLE:
        if getattr(message, kind):
            emoji = message.sticker.emoji if message.sticker else None
            return Unreadable(kind, emoji, message.caption)
    return None


def _picture_of(message: Message) -> Picture | None:
    if message.photo:
        fitting = [size for size in message.photo if (size.file_size or 0) <= SIZE_LIMIT]
        best = max(fitting, key=lambda size: size.width * size.height, default=None)
        return Picture(best.file_id if best else None, message.caption, message.media_group_id)
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        fits = (document.file_size or 0) <= SIZE_LIMIT
        return Picture(document.file_id if fits else None, message.caption, message.media_group_id)
    return None
