"""Reads that only the console's views need, over many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.conversations.models import Conversation, Message, Turn
from crm_store.customers.models import ChannelIdentity


def last_messages(session: Session, conversation_ids: Sequence[str]) -> dict[str, Message]:
    """The last message of each conversation, notes aside, by conversation."""
    last = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.kind == "message")
        .group_by(Message.conversation_id)
        .subquery()
    )
    query = select(Message).join(
        last, (Message.conversation_id == last.c.conversation_id) & (Message.seq == last.c.seq)
    )
    return {message.conversation_id: message for message in session.scalars(query)}


def turns_by_message(session: Session, message_ids: Sequence[str]) -> dict[str, Turn]:
    """The turns that customers' messages began, by message."""
    return {turn.message_id: turn for turn in session.scalars(select(Turn).where(Turn.message_id.in_(message_ids)))}


def display_names(session: Session, identity_ids: Iterable[str | None]) -> dict[str, str]:
    """How people call themselves on their channels, by identity."""
    wanted = {identity_id for identity_id in identity_ids if identity_id}
    query = select(ChannelIdentity.id, ChannelIdentity.display_name).where(ChannelIdentity.id.in_(wanted))
    return {row.id: row.display_name for row in session.execute(query) if row.display_name}


def count_by_state(session: Session) -> dict[str, int]:
    """How many conversations with a message are in each state."""
    query = (
        select(Conversation.state, func.count().label("total"))
        .where(Conversation.message_count > 0)
        .group_by(Conversation.state)
    )
    return {row.state: row.total for row in session.execute(query)}
