"""Who owns a conversation: the bot, the queue, a member of staff. Every change is one guarded UPDATE and raises the version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.errors import ConflictError
from crm_store.conversations.models import Conversation, Message, Turn
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import add_message
from crm_store.events import service as events
from crm_store.staff.models import StaffMember
from crm_store.staff.service import record


def _announce(session: Session, conversation_id: str, state: str, now: datetime, staff_id: str | None = None) -> None:
    events.append(session, "state", now, conversation_id=conversation_id, state=state, staff_id=staff_id)


def _move(session: Session, conversation_id: str, before: str, after: str, now: datetime) -> bool:
    """From one state that the bot answers in to the other; False when it was not in `before`."""
    moved = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.state == before)
        .values(state=after, waiting_since=now if after == "waiting_for_staff" else None)
        .returning(Conversation.id)
    ).first()
    if moved is None:
        return False
    _announce(session, conversation_id, after, now)
    return True


def queue_for_staff(session: Session, conversation_id: str, now: datetime) -> bool:
    """Put a conversation into the support queue; a place once taken is kept. False when it already waits or staff own it.

    The bot still owns it until somebody takes it, so the version stays.
    """
    return _move(session, conversation_id, "bot", "waiting_for_staff", now)


def withdraw(session: Session, conversation_id: str, now: datetime) -> bool:
    """Leave the queue again, back to the bot with its context. False when it did not wait."""
    return _move(session, conversation_id, "waiting_for_staff", "bot", now)


def take(session: Session, conversation_id: str, staff: StaffMember, now: datetime) -> None:
    """Make a member of staff the owner: the bot is silent from here on, also about what it was just working on.

    Taking one's own again changes nothing. ConflictError("taken_by_another") when somebody else was first.
    """
    taken = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.state != "staff")
        .values(
            state="staff", staff_id=staff.id, waiting_since=None, owner_version=Conversation.owner_version + 1,
            lease_owner=None, lease_until=None,
        )
        .returning(Conversation.id)
    ).first()  # fmt: skip
    if taken is None:
        conversation = get_conversation(session, conversation_id)
        if conversation.staff_id == staff.id:
            return
        raise ConflictError("taken_by_another", conversation_id=conversation_id)
    session.execute(
        update(Turn)
        .where(Turn.conversation_id == conversation_id, Turn.state.in_(("pending", "running")))
        .values(state="done", outcome="none", finished_at=now)
    )
    record(session, staff.id, "conversation.take", conversation_id, now)
    _announce(session, conversation_id, "staff", now, staff.id)


def give_back(session: Session, conversation_id: str, staff: StaffMember, now: datetime, *, resolved: bool) -> None:
    """Release or resolve: back to the bot in a fresh context. An admin may do it for somebody else.

    ConflictError("not_owner") when another member owns it; ("not_with_staff") when nobody does and it does not wait.
    """
    query = update(Conversation).where(Conversation.id == conversation_id)
    query = query.where(Conversation.state.in_(("staff", "waiting_for_staff")))
    if staff.role != "admin":
        query = query.where((Conversation.staff_id == staff.id) | Conversation.staff_id.is_(None))
    returned = session.execute(
        query.values(
            state="bot", staff_id=None, waiting_since=None, owner_version=Conversation.owner_version + 1,
            episode=Conversation.episode + 1, episode_turns=0, unclear_streak=0, lease_owner=None, lease_until=None,
        ).returning(Conversation.id)
    ).first()  # fmt: skip
    if returned is None:
        conversation = get_conversation(session, conversation_id)
        raise ConflictError("not_owner" if conversation.state == "staff" else "not_with_staff")
    record(session, staff.id, "conversation.resolve" if resolved else "conversation.release", conversation_id, now)
    _announce(session, conversation_id, "bot", now)


def reply(
    session: Session, conversation_id: str, staff: StaffMember, text: str, now: datetime, *, key: str | None = None
) -> Message:
    """Say something to the customer as a person. ConflictError("not_owner") unless the chat is this member's."""
    conversation = get_conversation(session, conversation_id, lock=True)
    if conversation.state != "staff" or conversation.staff_id != staff.id:
        raise ConflictError("not_owner", conversation_id=conversation_id)
    message = add_message(
        session, conversation, author="staff", text=text, now=now, staff_id=staff.id, external_id=key,
    )  # fmt: skip
    record(session, staff.id, "conversation.reply", conversation_id, now, message_id=message.id)
    session.flush()
    return message


def note(
    session: Session, conversation_id: str, staff: StaffMember, text: str, now: datetime, *, key: str | None = None
) -> Message:
    """Write something only staff see, whoever owns the chat."""
    conversation = get_conversation(session, conversation_id, lock=True)
    message = add_message(
        session, conversation, author="staff", kind="note", text=text, now=now, staff_id=staff.id, external_id=key,
    )  # fmt: skip
    record(session, staff.id, "conversation.note", conversation_id, now, message_id=message.id)
    session.flush()
    return message


def close_idle(session: Session, before: datetime, now: datetime) -> int:
    """Close conversations with the bot in which nothing happened since `before`. Returns how many."""
    closed = session.scalars(
        update(Conversation)
        .where(Conversation.state == "bot", Conversation.last_activity_at < before)
        .values(state="closed", owner_version=Conversation.owner_version + 1)
        .returning(Conversation.id)
    ).all()
    for conversation_id in closed:
        _announce(session, conversation_id, "closed", now)
    return len(closed)
