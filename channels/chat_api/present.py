"""Rows of the store as the API's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm_store.conversations.models import Conversation, Message, Turn
from crm_store.conversations.queries import list_replies
from crm_store.customers.models import Customer
from crm_store.staff.queries import names_of

REPLY_PARTS = ("buttons", "products", "coupons", "sources")


def customer_json(customer: Customer | None) -> dict[str, Any] | None:
    """The signed-in customer under the shop's own id, None for an anonymous one."""
    if customer is None:
        return None
    return {"id": customer.external_ref or customer.id, "name": customer.name}


def message_json(message: Message, staff_names: Mapping[str, str]) -> dict[str, Any]:
    """One message of a conversation, whoever wrote it."""
    shown: dict[str, Any] = {
        "id": message.id,
        "author": message.author,
        "text": message.text,
        "created_at": message.created_at.isoformat(),
    }
    if message.staff_id:
        shown["staff"] = {"name": staff_names.get(message.staff_id, "")}
    if message.attachment_id:
        shown["attachment_id"] = message.attachment_id
    if message.author != "customer":
        shown |= {part: message.content.get(part, []) for part in REPLY_PARTS}
        shown["coupon"] = message.content.get("coupon")
    return shown


def staff_json(session: Session, staff_id: str | None) -> dict[str, Any] | None:
    """The member of staff a customer talks to, by name."""
    name = names_of(session, [staff_id]).get(staff_id or "")
    return {"name": name} if name is not None else None


def messages_json(session: Session, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Several messages, with the names of the staff who wrote."""
    names = names_of(session, (message.staff_id for message in messages))
    return [message_json(message, names) for message in messages]


def turn_json(session: Session, conversation: Conversation, message: Message, turn: Turn) -> dict[str, Any]:
    """A turn as it stands: the message as understood, what was done, and the replies so far."""
    return {
        "message": {
            "id": message.id,
            "text": message.text,
            "created_at": message.created_at.isoformat(),
            "language": message.language,
            "intent": turn.intent,
            "confidence": turn.confidence,
            "entities": turn.entities,
        },
        "outcome": turn.outcome,
        "effects": turn.effects,
        "candidates": turn.candidates,
        "replies": messages_json(session, list_replies(session, turn)),
        "state": conversation.state,
    }
