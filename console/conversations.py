"""What staff do with conversations, one transaction each; the API and the pages call the same."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from console.bodies import checked_words
from console.guard import Caller
from console.present import messages_json, summaries_json, summary_json
from core.clock import utc_now
from core.errors import ConflictError, RuleViolationError
from crm_store.conversations import ownership
from crm_store.conversations.models import Message
from crm_store.conversations.queries import (
    find_by_external_id,
    get_attachment,
    get_conversation,
    get_message,
    list_conversations,
    list_messages,
)
from crm_store.db import reading, transaction
from crm_store.staff.models import StaffMember
from crm_store.staff.queries import get_staff


def _cursor(row: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{row['last_activity_at']} {row['id']}".encode()).decode().rstrip("=")


def _place_of(cursor: str) -> tuple[datetime, str]:
    try:
        at, last_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        moment = datetime.fromisoformat(at)
        fits = moment.tzinfo is not None and last_id.isalnum()
        moment = moment.astimezone(UTC)
    except (binascii.Error, ValueError, OverflowError) as error:
        raise RuleViolationError("cursor_invalid") from error
    if not fits:
        raise RuleViolationError("cursor_invalid")
    return moment, last_id


def page_of(
    session: Session, *, state: str | None, q: str | None, after: str | None, limit: int, staff_id: str | None = None
) -> dict[str, Any]:
    """A page of conversations, latest activity first: {"conversations": [...], "next": cursor or None}."""
    found = list_conversations(
        session, state=state, q=q, staff_id=staff_id, before=_place_of(after) if after else None, limit=limit + 1
    )
    shown = summaries_json(session, found[:limit])
    return {"conversations": shown, "next": _cursor(shown[-1]) if len(found) > limit else None}


def log_of(session: Session, conversation_id: str, *, before: str | None, limit: int) -> dict[str, Any]:
    """The newest messages with notes, or those before one, oldest first: {"messages": [...], "previous": id or None}."""
    conversation = get_conversation(session, conversation_id)
    # `seq` has no gaps, so a page's beginning can be counted.
    end = get_message(session, conversation_id, before).seq if before else conversation.message_count + 1
    begin = max(0, end - 1 - limit)
    messages = list_messages(session, conversation_id, after_seq=begin, limit=end - 1 - begin, notes=True)
    return {
        "messages": messages_json(session, messages),
        "previous": messages[0].id if messages and begin > 0 else None,
    }


def show(conversation_id: str, before: str | None, limit: int) -> dict[str, Any]:
    """One conversation with its log."""
    with reading() as session:
        conversation = get_conversation(session, conversation_id)
        return summary_json(session, conversation) | log_of(session, conversation_id, before=before, limit=limit)


def _change(
    conversation_id: str, caller: Caller, use_case: Callable[[Session, str, StaffMember, datetime], None]
) -> dict[str, Any]:
    with transaction() as session:
        use_case(session, conversation_id, get_staff(session, caller.id), utc_now())
        return summary_json(session, get_conversation(session, conversation_id, lock=True))


def take(conversation_id: str, caller: Caller) -> dict[str, Any]:
    """Make the caller the owner. ConflictError("taken_by_another") when somebody else was first."""
    return _change(conversation_id, caller, ownership.take)


def release(conversation_id: str, caller: Caller) -> dict[str, Any]:
    """Give the chat back to the bot. ConflictError("not_owner") or ("not_with_staff")."""
    return _change(conversation_id, caller, lambda s, i, m, now: ownership.give_back(s, i, m, now, resolved=False))


def resolve(conversation_id: str, caller: Caller) -> dict[str, Any]:
    """Give the chat back to the bot, the matter settled. Errors as `release`."""
    return _change(conversation_id, caller, lambda s, i, m, now: ownership.give_back(s, i, m, now, resolved=True))


def _said_before(session: Session, conversation_id: str, key: str, kind: str, text: str) -> Message | None:
    conversation = get_conversation(session, conversation_id, lock=True)
    stored = find_by_external_id(session, conversation.channel, key)
    if stored is not None and (stored.conversation_id, stored.kind, stored.text) != (conversation_id, kind, text):
        raise ConflictError("message_id_reused")
    return stored


def _external_id(member: StaffMember, key: str | None) -> str | None:
    return f"staff:{member.id}:{key}" if key else None


def reply(conversation_id: str, caller: Caller, text: str, key: str | None) -> dict[str, Any]:
    """Say something to the customer. The same `key` again returns the first message.

    RuleViolationError for an empty or overlong text; ConflictError("not_owner") unless the chat is the caller's,
    ("message_id_reused") for one key with two texts.
    """
    text = checked_words(text)
    with transaction() as session:
        member = get_staff(session, caller.id)
        external_id = _external_id(member, key)
        message = _said_before(session, conversation_id, external_id, "message", text) if external_id else None
        if message is None:
            message = ownership.reply(session, conversation_id, member, text, utc_now(), key=external_id)
        return messages_json(session, [message])[0]


def note(conversation_id: str, caller: Caller, text: str, key: str | None) -> dict[str, Any]:
    """Write something that only staff see. Keys and texts as in `reply`."""
    text = checked_words(text)
    with transaction() as session:
        member = get_staff(session, caller.id)
        external_id = _external_id(member, key)
        message = _said_before(session, conversation_id, external_id, "note", text) if external_id else None
        if message is None:
            message = ownership.note(session, conversation_id, member, text, utc_now(), key=external_id)
        return messages_json(session, [message])[0]


def attachment(conversation_id: str, attachment_id: str) -> tuple[bytes, str]:
    """A picture of this conversation and its type. NotFoundError for another's."""
    with reading() as session:
        found = get_attachment(session, conversation_id, attachment_id)
        return found.data, found.content_type
