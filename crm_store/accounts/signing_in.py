"""Bind a conversation, and who writes in it, to the customer who proved to be the one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import sign_in
from crm_store.customers.models import ChannelIdentity


def sign_in_verified(session: Session, *, conversation_id: str, customer_id: str, now: datetime) -> None:
    """Sign in after verification; a channel that knows its people (Telegram) remembers it for their next conversation.

    ConflictError("signed_in_as_another") where the conversation is somebody else's.
    """
    sign_in(session, conversation_id=conversation_id, customer_id=customer_id, now=now)
    conversation = get_conversation(session, conversation_id)
    if conversation.identity_id is None:
        return
    free = ChannelIdentity.customer_id.is_(None) | (ChannelIdentity.customer_id == customer_id)
    session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.id == conversation.identity_id, free)
        .values(customer_id=customer_id, verified_at=now)
    )
