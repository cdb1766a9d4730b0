"""Use cases on conversations: open, sign in, take in a customer's message, add other people's messages, feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, RateLimitedError, RuleViolationError
from core.ids import new_id
from crm_store.conversations.models import Attachment, Conversation, Message, MessageFeedback, Turn
from crm_store.conversations.queries import (
    find_by_external_id,
    find_turn_of,
    get_attachment,
    get_conversation,
    get_message,
)
from crm_store.customers.models import ChannelIdentity
from crm_store.db import insert_once
from crm_store.events import service as events
from crm_store.outbox import service as outbox

TEXT_LIMIT = 4000
# How far back a button may still be pressed.
BUTTON_MEMORY = 100


@dataclass(frozen=True, slots=True)
class Accepted:
    """A customer's message as stored, with its turn; `repeated` when it was there already."""

    message: Message
    turn: Turn
    repeated: bool


def open_conversation(
    session: Session, *, channel: str, identity_id: str | None, customer_id: str | None, locale: str, now: datetime
) -> Conversation:
    """Begin a conversation, owned by the bot."""
    conversation = Conversation(
        id=new_id(), channel=channel, identity_id=identity_id, customer_id=customer_id, locale=locale,
        last_activity_at=now, created_at=now,
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    return conversation


def sign_in(session: Session, *, conversation_id: str, customer_id: str, now: datetime) -> None:
    """Bind a conversation to a verified customer, once. ConflictError("signed_in_as_another") for somebody else's."""
    bound = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .where(Conversation.customer_id.is_(None) | (Conversation.customer_id == customer_id))
        .values(customer_id=customer_id)
        .returning(Conversation.id)
    ).first()
    if bound is None:
        get_conversation(session, conversation_id)
        raise ConflictError("signed_in_as_another")
    events.append(session, "signed_in", now, conversation_id=conversation_id)


def _shown_button(session: Session, conversation_id: str, payload: str, language: str) -> tuple[str, str]:
    """Title of the button with this payload and the language it was shown in. RuleViolationError("payload_unknown")."""
    query = (
        select(Message.content, Message.language)
        .where(Message.conversation_id == conversation_id, Message.author.in_(("bot", "staff", "system")))
        .order_by(Message.seq.desc())
        .limit(BUTTON_MEMORY)
    )
    for content, shown_in in session.execute(query):
        for button in content.get("buttons", []):
            if button["payload"] == payload:
                return str(button["title"]), shown_in or language
    raise RuleViolationError("payload_unknown")


def _check_body(text: str | None, payload: str | None, attachment_id: str | None) -> None:
    if len([part for part in (text, payload, attachment_id) if part]) == 0:
        raise RuleViolationError("message_empty")
    if text is not None and len(text) > TEXT_LIMIT:
        raise RuleViolationError("text_too_long", limit=TEXT_LIMIT)
    for part in (text, payload):
        if part and "\x00" in part:
            raise RuleViolationError("null_byte")
        # A lone surrogate, as JSON may escape it, is no text that a database could hold.
        if part and any("\ud800" <= letter <= "\udfff" for letter in part):
            raise RuleViolationError("text_invalid")


def _repeat_of(stored: Message, text: str | None, payload: str | None, attachment_id: str | None) -> bool:
    same_words = stored.payload == payload if payload else (stored.payload is None and stored.text == (text or ""))
    return same_words and stored.attachment_id == attachment_id


def accept_message(
    session: Session,
    *,
    conversation_id: str,
    external_id: str,
    text: str | None,
    payload: str | None = None,
    attachment_id: str | None = None,
    language: str,
    now: datetime,
    per_minute: int | None = None,
) -> Accepted:
    """Store a customer's message and the turn it begins: pending while the bot answers, done at once when staff own the chat.

    The same external id again returns what is stored; with another body ConflictError("message_id_reused").
    RuleViolationError for an empty or overlong text, a null byte, or a payload of no button shown here.
    RateLimitedError beyond `per_minute` messages of this conversation in a minute.
    """
    _check_body(text, payload, attachment_id)
    conversation = get_conversation(session, conversation_id, lock=True)
    stored = find_by_external_id(session, conversation.channel, external_id)
    if stored is not None:
        return _accepted_before(session, stored, conversation_id, text, payload, attachment_id)
    if per_minute is not None:
        _check_pace(session, conversation_id, per_minute, now)
    if attachment_id:
        get_attachment(session, conversation_id, attachment_id)
    shown = text or ""
    if payload:
        shown, language = _shown_button(session, conversation_id, payload, language)
    if conversation.state == "closed":
        start_episode(conversation)
        conversation.state = "bot"
        conversation.owner_version += 1
        events.append(session, "state", now, conversation_id=conversation_id, state="bot", staff_id=None)
    message = add_message(
        session, conversation, author="customer", text=shown, now=now, payload=payload, attachment_id=attachment_id,
        language=language, external_id=external_id,
    )  # fmt: skip
    owned = conversation.state == "staff"
    turn = Turn(
        id=new_id(), conversation_id=conversation.id, message_id=message.id, state="done" if owned else "pending",
        due_at=now, created_at=now, finished_at=now if owned else None, outcome="none",
    )  # fmt: skip
    message.turn_id = turn.id
    session.flush()
    session.add(turn)
    session.flush()
    return Accepted(message, turn, repeated=False)


def _accepted_before(
    session: Session,
    stored: Message,
    conversation_id: str,
    text: str | None,
    payload: str | None,
    attachment_id: str | None,
) -> Accepted:
    same = stored.conversation_id == conversation_id and _repeat_of(stored, text, payload, attachment_id)
    turn = find_turn_of(session, stored.id)
    if not same or turn is None:
        raise ConflictError("message_id_reused")
    return Accepted(stored, turn, repeated=True)


def _check_pace(session: Session, conversation_id: str, per_minute: int, now: datetime) -> None:
    minute_ago = datetime.fromtimestamp(now.timestamp() - 60, now.tzinfo)
    recent = (
        select(func.count(Turn.id), func.min(Turn.created_at))
        .where(Turn.conversation_id == conversation_id, Turn.created_at > minute_ago)
    )  # fmt: skip
    count, oldest = session.execute(recent).one()
    if count >= per_minute:
        wait = 60 - (now - oldest).total_seconds()
        raise RateLimitedError("too_many_requests", retry_after=max(1, round(wait)))


def start_episode(conversation: Conversation) -> None:
    """Forget the dialogue's context: Rasa meets a new sender."""
    conversation.episode += 1
    conversation.episode_turns = 0
    conversation.unclear_streak = 0


def add_message(
    session: Session,
    conversation: Conversation,
    *,
    author: str,
    text: str,
    now: datetime,
    kind: str = "message",
    staff_id: str | None = None,
    payload: str | None = None,
    attachment_id: str | None = None,
    language: str | None = None,
    external_id: str | None = None,
    content: dict[str, Any] | None = None,
    turn_id: str | None = None,
) -> Message:
    """Append a message to a conversation whose row the caller holds locked; queues it to leave where a channel pushes."""
    conversation.message_count += 1
    conversation.last_activity_at = now
    message = Message(
        id=new_id(), conversation_id=conversation.id, seq=conversation.message_count, author=author, kind=kind,
        staff_id=staff_id, text=text, payload=payload, attachment_id=attachment_id, language=language,
        content=content or {}, channel=conversation.channel, external_id=external_id, turn_id=turn_id, created_at=now,
    )  # fmt: skip
    session.add(message)
    events.append(
        session,
        "message",
        now,
        conversation_id=conversation.id,
        message_id=message.id,
        author=author,
        note=kind == "note",
    )
    if author != "customer" and kind == "message" and conversation.channel != "web":
        session.flush()
        _queue_to_leave(session, conversation, message, now)
    return message


def _queue_to_leave(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    identity = session.get(ChannelIdentity, conversation.identity_id)
    if identity is not None:
        outbox.queue(
            session, channel=conversation.channel, recipient=identity.external_id,
            idempotency_key=f"message:{message.id}", body={}, now=now, message_id=message.id,
        )  # fmt: skip


def add_attachment(
    session: Session, *, conversation_id: str, content_type: str, data: bytes, now: datetime
) -> Attachment:
    """Keep a file that the edge has checked."""
    attachment = Attachment(
        id=new_id(),
        conversation_id=conversation_id,
        content_type=content_type,
        size=len(data),
        data=data,
        created_at=now,
    )
    session.add(attachment)
    session.flush()
    return attachment


def give_feedback(
    session: Session, *, conversation_id: str, message_id: str, helpful: bool, comment: str | None, now: datetime
) -> None:
    """Store whether a reply helped; the last word counts. RuleViolationError("not_a_reply") for the customer's own message."""
    message = get_message(session, conversation_id, message_id)
    if message.author == "customer" or message.kind != "message":
        raise RuleViolationError("not_a_reply")
    given = {"helpful": helpful, "comment": comment, "created_at": now}
    # Not read-then-write: a button pressed twice comes as two requests at once.
    if not insert_once(session, MessageFeedback, {"message_id": message_id, **given}, ["message_id"]):
        session.execute(update(MessageFeedback).where(MessageFeedback.message_id == message_id).values(**given))
    events.append(session, "feedback", now, conversation_id=conversation_id, message_id=message_id)
