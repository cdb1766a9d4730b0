"""What a customer sends that is not for the bot to understand: kept in the log for staff, answered with a line at most."""

from __future__ import annotations

from pathlib import Path

from channels.pictures import content_type_of
from core.clock import utc_now
from core.texts import catalogue
from crm_store.conversations.queries import find_by_external_id, get_conversation
from crm_store.conversations.service import add_attachment, add_message
from crm_store.db import transaction

TEXTS = Path(__file__).resolve().parent / "texts"


def record_aside(
    *,
    conversation_id: str,
    external_id: str,
    label: str | None = None,
    text: str | None = None,
    emoji: str | None = None,
    picture: bytes | None = None,
    reply: str | None = None,
) -> None:
    """Store it as the customer's message (a text, or a label by its key) without a turn; a repeat changes nothing.

    `reply` is the key of an answer, given only while the bot may speak. A closed conversation stays closed: nothing was asked.
    """
    with transaction() as session:
        now = utc_now()
        conversation = get_conversation(session, conversation_id, lock=True)
        if find_by_external_id(session, conversation.channel, external_id) is not None:
            return
        attachment_id = None
        if picture is not None:
            attachment_id = add_attachment(
                session, conversation_id=conversation_id, content_type=content_type_of(picture), data=picture, now=now
            ).id
        said = text or " ".join(filter(None, (say(f"label_{label}", conversation.locale) if label else "", emoji)))
        add_message(
            session, conversation, author="customer", text=said, now=now, external_id=external_id,
            attachment_id=attachment_id, language=conversation.locale,
        )  # fmt: skip
        if reply and conversation.state != "staff":
            session.flush()
            add_message(
                session, conversation, author="bot", text=say(reply, conversation.locale), now=now,
                language=conversation.locale,
            )  # fmt: skip


def say(key: str, locale: str, **values: str) -> str:
    """A text of this package."""
    return catalogue(TEXTS).say(key, locale, **values)
