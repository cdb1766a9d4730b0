"""Telling a customer something unasked: into their latest conversation, once by its key; who never wrote to us gets none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.conversations.models import Conversation, Message
from crm_store.conversations.queries import find_by_external_id, get_conversation
from crm_store.conversations.service import add_message


def find_latest_conversation(session: Session, customer_id: str) -> Conversation | None:
    """The conversation a customer was last active in, its row locked; None for one who never wrote."""
    query = select(Conversation.id).where(Conversation.customer_id == customer_id)
    found = session.scalar(query.order_by(Conversation.last_activity_at.desc(), Conversation.id).limit(1))
    return None if found is None else get_conversation(session, found, lock=True)


def tell_once(
    session: Session, customer_id: str, wording: Callable[[str], str], *, key: str, now: datetime,
    content: dict[str, Any] | None = None,
) -> Message | None:  # fmt: skip
    """Say `wording(locale)` in the customer's latest conversation; None when there is none, or it was said under this key."""
    conversation = find_latest_conversation(session, customer_id)
    if conversation is None or find_by_external_id(session, conversation.channel, key) is not None:
        return None
    return add_message(
        session, conversation, author="system", text=wording(conversation.locale), now=now,
        language=conversation.locale, external_id=key, content=content,
    )  # fmt: skip
