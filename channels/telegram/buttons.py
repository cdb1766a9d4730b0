"""Buttons under messages. Telegram gives a button 64 bytes, a payload may have 500 characters: it carries a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from core.errors import NotFoundError
from crm_store.conversations.queries import get_message
from crm_store.db import reading

_REFERENCE = re.compile(r"([0-9a-f]{32}):([0-9]{1,3})")


def keyboard(message_id: str, titles: Sequence[str]) -> InlineKeyboardMarkup | None:
    """One button a row, for Korean titles are cut short side by side; None without any."""
    if not titles:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(title, callback_data=f"{message_id}:{position}")]
            for position, title in enumerate(titles[:100])
        ]
    )


def find_pressed(conversation_id: str, data: str) -> dict[str, Any] | None:
    """The button a reference names, if it was shown in this very conversation; None otherwise."""
    reference = _REFERENCE.fullmatch(data)
    if reference is None:
        return None
    with reading() as session:
        try:
            buttons = get_message(session, conversation_id, reference[1]).content.get("buttons") or []
        except NotFoundError:
            return None
        position = int(reference[2])
        return dict(buttons[position]) if position < len(buttons) else None
