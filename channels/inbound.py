"""Take a customer's message in: identity, conversation, message and turn in one transaction, then have it answered."""

from __future__ import annotations

from core.clock import utc_now
from core.language import as_locale, detect
from crm_store.conversations import turns
from crm_store.conversations.queries import find_latest, get_conversation
from crm_store.conversations.service import Accepted, accept_message, open_conversation
from crm_store.conversations.turns import TurnWork
from crm_store.customers.service import ensure_identity
from crm_store.db import transaction


def take_in(
    *,
    conversation_id: str,
    external_id: str,
    owner: str,
    text: str | None = None,
    payload: str | None = None,
    attachment_id: str | None = None,
    per_minute: int | None = None,
) -> tuple[Accepted, TurnWork | None]:
    """Store a message and claim its turn for `owner` if nothing is before it. Errors as `accept_message`."""
    with transaction() as session:
        now = utc_now()
        conversation = get_conversation(session, conversation_id)
        language = detect(text or "", as_locale(conversation.locale))
        accepted = accept_message(
            session, conversation_id=conversation_id, external_id=external_id, text=text, payload=payload,
            attachment_id=attachment_id, language=language, now=now, per_minute=per_minute,
        )  # fmt: skip
        work = None
        if accepted.turn.state == "pending":
            work = turns.claim(session, conversation_id, owner, now)
        return accepted, work


def ensure_conversation(*, channel: str, external_id: str, display_name: str | None, locale: str) -> str:
    """The conversation of somebody on a channel that has one thread per person; opened at their first message."""
    with transaction() as session:
        now = utc_now()
        identity = ensure_identity(
            session, channel=channel, external_id=external_id, display_name=display_name, now=now
        )
        conversation = find_latest(session, identity.id) or open_conversation(
            session, channel=channel, identity_id=identity.id, customer_id=identity.customer_id, locale=locale, now=now
        )
        return conversation.id
