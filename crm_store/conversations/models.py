"""Tables of conversations: the record of what was said, understood and done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.ids import new_id
from crm_store.db import Base, BigId

STATES = ("bot", "waiting_for_staff", "staff", "closed")
AUTHORS = ("customer", "bot", "staff", "system")
TURN_STATES = ("pending", "running", "done", "failed")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Conversation(Base):
    """One thread with one customer on one channel.

    `owner_version` rises whenever the owner may have changed (taken, released, resolved, closed): a bot reply is stored
    only under the version it was made for. `episode` rises with each fresh context: Rasa knows `<id>.<episode>`.
    The lease makes turns run one at a time; whoever holds an expired one has lost it.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state"),
        Index("ix_conversations_state_activity", "state", "last_activity_at"),
        Index("ix_conversations_activity", "last_activity_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(20))
    identity_id: Mapped[str | None] = mapped_column(ForeignKey("channel_identities.id"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    locale: Mapped[str] = mapped_column(String(2), default="ko")
    state: Mapped[str] = mapped_column(String(20), default="bot")
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    owner_version: Mapped[int] = mapped_column(default=0)
    episode: Mapped[int] = mapped_column(default=0)
    episode_turns: Mapped[int] = mapped_column(default=0)
    unclear_streak: Mapped[int] = mapped_column(default=0)
    message_count: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    last_activity_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Message(Base):
    """One message. `seq` orders a conversation without gaps; UNIQUE (channel, external_id) makes a repeat harmless.

    `content` holds what a reply shows beside its text: buttons, products, coupon, coupons, sources.
    A note (kind) is for staff alone and never leaves the house.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "external_id", name="uq_messages_channel_external_id"),
        CheckConstraint(_one_of("author", AUTHORS), name="author"),
        CheckConstraint("kind IN ('message', 'note')", name="kind"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    author: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10), default="message")
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_members.id"))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(String(500))
    attachment_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))
    language: Mapped[str | None] = mapped_column(String(2))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str | None] = mapped_column(String(200))
    turn_id: Mapped[str | None] = mapped_column(String(32), index=True)
    created_at: Mapped[datetime]


class Turn(Base):
    """A customer message and all replies to it: first work to be done, then the record of what was understood and done."""

    __tablename__ = "turns"
    __table_args__ = (
        CheckConstraint(_one_of("state", TURN_STATES), name="state"),
        Index("ix_turns_state_due", "state", "due_at"),
        Index("ix_turns_conversation_created", "conversation_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(String(60))
    intent: Mapped[str | None] = mapped_column(String(60))
    confidence: Mapped[float | None]
    entities: Mapped[list[Any]] = mapped_column(default=list)
    outcome: Mapped[str] = mapped_column(String(20), default="none")
    effects: Mapped[list[Any]] = mapped_column(default=list)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    actions: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ActionRun(Base):
    """What one run of an action did and said, written in the action's own transaction; the key makes a repeat return it."""

    __tablename__ = "action_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)
    action: Mapped[str] = mapped_column(String(60))
    result: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class DialogueState(Base):
    """What a conversation is in the middle of, for the actions: the open task, what was shown last, the last request.

    Written in the action's own transaction, so that a repeated turn finds it as it was. Void in another `episode`.
    """

    __tablename__ = "dialogue_states"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    episode: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]


class MessageFeedback(Base):
    """Whether a customer found a reply helpful; the last word counts."""

    __tablename__ = "message_feedback"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    helpful: Mapped[bool]
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Attachment(Base):
    """A file a customer sent, checked for type, size and content; bound to its conversation."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    content_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
