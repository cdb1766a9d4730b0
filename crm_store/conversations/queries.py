"""Read conversations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.conversations.models import ActionRun, Attachment, Conversation, Message, MessageFeedback, Turn
from crm_store.customers.models import Customer


def get_conversation(session: Session, conversation_id: str, *, lock: bool = False) -> Conversation:
    """The conversation, its row locked if asked; NotFoundError("conversation_not_found") otherwise."""
    query = select(Conversation).where(Conversation.id == conversation_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    conversation = session.scalar(query)
    if conversation is None:
        raise NotFoundError("conversation_not_found", conversation_id=conversation_id)
    return conversation


def find_latest(session: Session, identity_id: str) -> Conversation | None:
    """The newest conversation of an identity."""
    query = (
        select(Conversation)
        .where(Conversation.identity_id == identity_id)
        .order_by(Conversation.created_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def get_message(session: Session, conversation_id: str, message_id: str) -> Message:
    """A message of this conversation; one of another is NotFoundError("message_not_found") like none at all."""
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise NotFoundError("message_not_found", message_id=message_id)
    return message


def find_by_external_id(session: Session, channel: str, external_id: str) -> Message | None:
    """The message stored for a channel's own id."""
    return session.scalar(select(Message).where(Message.channel == channel, Message.external_id == external_id))


def list_messages(
    session: Session, conversation_id: str, *, after_seq: int = 0, limit: int = 50, notes: bool = False
) -> Sequence[Message]:
    """Messages after a place in the conversation, oldest first; staff's notes only when asked for."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after_seq)
        .order_by(Message.seq)
        .limit(limit)
    )
    if not notes:
        query = query.where(Message.kind == "message")
    return session.scalars(query).all()


def find_turn_of(session: Session, message_id: str) -> Turn | None:
    """The turn that a customer's message began."""
    return session.scalar(select(Turn).where(Turn.message_id == message_id))


def list_replies(session: Session, turn: Turn) -> Sequence[Message]:
    """What was said in answer within a turn, oldest first."""
    query = (
        select(Message)
        .where(Message.turn_id == turn.id, Message.id != turn.message_id, Message.kind == "message")
        .order_by(Message.seq)
    )
    return session.scalars(query).all()


def list_runs(session: Session, message_id: str) -> Sequence[ActionRun]:
    """Action runs of a customer's message, in order."""
    return session.scalars(select(ActionRun).where(ActionRun.message_id == message_id).order_by(ActionRun.id)).all()


def list_due_conversations(session: Session, now: datetime, limit: int = 50) -> Sequence[str]:
    """Conversations with a turn due that nobody holds: new ones, retries, and those whose worker died.

    Only a conversation's first open turn is ever postponed, and the others wait for it: those of an outage must not fill
    the list before one that can be answered.
    """
    query = (
        select(Turn.conversation_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(Turn.state.in_(("pending", "running")))
        .where(or_(Conversation.lease_until.is_(None), Conversation.lease_until < now))
        .group_by(Turn.conversation_id)
        .having(func.max(Turn.due_at) <= now)
        .order_by(func.min(Turn.due_at))
        .limit(limit)
    )
    return session.scalars(query).all()


def get_attachment(session: Session, conversation_id: str, attachment_id: str) -> Attachment:
    """An attachment of this conversation; NotFoundError("attachment_not_found") otherwise."""
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or attachment.conversation_id != conversation_id:
        raise NotFoundError("attachment_not_found", attachment_id=attachment_id)
    return attachment


def feedback_of(session: Session, message_ids: Sequence[str]) -> dict[str, MessageFeedback]:
    """Feedback by message id."""
    query = select(MessageFeedback).where(MessageFeedback.message_id.in_(message_ids))
    return {feedback.message_id: feedback for feedback in session.scalars(query)}


def list_conversations(
    session: Session,
    *,
    state: str | None = None,
    q: str | None = None,
    staff_id: str | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> Sequence[tuple[Conversation, Customer | None]]:
    """Conversations with at least one message, latest activity first.

    `q` finds words of messages, the customer's name, e-mail or own id. `before` is the activity and id of the last row seen.
    """
    query = (
        select(Conversation, Customer)
        .outerjoin(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.message_count > 0)
        .order_by(Conversation.last_activity_at.desc(), Conversation.id.desc())
        .limit(limit)
    )
    if state:
        query = query.where(Conversation.state == state)
    if staff_id:
        query = query.where(Conversation.staff_id == staff_id)
    if before:
        at, last_id = before
        query = query.where(
            or_(
                Conversation.last_activity_at < at,
                (Conversation.last_activity_at == at) & (Conversation.id < last_id),
            )
        )
    if q and q.strip():
        word = q.strip()
        said = select(Message.conversation_id).where(Message.text.icontains(word, autoescape=True))
        query = query.where(
            or_(
                Conversation.id.in_(said),
                Customer.name.icontains(word, autoescape=True),
                Customer.email.icontains(word, autoescape=True),
                Customer.external_ref == word,
            )
        )
    return [(conversation, customer) for conversation, customer in session.execute(query)]
