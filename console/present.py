"""Rows of the store as the staff API's JSON; the pages are drawn from the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from console.queries import display_names, last_messages, turns_by_message
from crm_store.articles.models import Article, ArticleVersion
from crm_store.conversations.models import Conversation, Message, MessageFeedback, Turn
from crm_store.conversations.queries import feedback_of
from crm_store.customers.models import Customer
from crm_store.staff.queries import names_of

REPLY_PARTS = ("buttons", "products", "coupons", "sources")


def _staff_json(staff_id: str | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    return {"id": staff_id, "name": names.get(staff_id, "")} if staff_id else None


def _customer_json(customer: Customer | None) -> dict[str, Any] | None:
    if customer is None:
        return None
    return {"id": customer.external_ref or customer.id, "name": customer.name}


def _last_json(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {"author": message.author, "text": message.text, "created_at": message.created_at.isoformat()}


def summaries_json(session: Session, rows: Sequence[tuple[Conversation, Customer | None]]) -> list[dict[str, Any]]:
    """Conversations as a list shows them. `display_name` is how somebody calls themselves on a channel, unverified."""
    staff_names = names_of(session, (conversation.staff_id for conversation, _ in rows))
    own_names = display_names(session, (conversation.identity_id for conversation, _ in rows))
    last = last_messages(session, [conversation.id for conversation, _ in rows])
    return [
        {
            "id": conversation.id,
            "state": conversation.state,
            "channel": conversation.channel,
            "locale": conversation.locale,
            "customer": _customer_json(customer),
            "display_name": own_names.get(conversation.identity_id or ""),
            "staff": _staff_json(conversation.staff_id, staff_names),
            "last_message": _last_json(last.get(conversation.id)),
            "waiting_since": conversation.waiting_since.isoformat() if conversation.waiting_since else None,
            "last_activity_at": conversation.last_activity_at.isoformat(),
        }
        for conversation, customer in rows
    ]


def summary_json(session: Session, conversation: Conversation) -> dict[str, Any]:
    """One conversation as a list shows it."""
    customer = session.get(Customer, conversation.customer_id) if conversation.customer_id else None
    return summaries_json(session, [(conversation, customer)])[0]


def _turn_json(turn: Turn) -> dict[str, Any]:
    return {
        "id": turn.id,
        "state": turn.state,
        "intent": turn.intent,
        "confidence": turn.confidence,
        "entities": turn.entities,
        "outcome": turn.outcome,
        "effects": turn.effects,
        "actions": turn.actions,
        "candidates": turn.candidates,
        "error": turn.error,
    }


def _message_json(
    message: Message, names: Mapping[str, str], turn: Turn | None, feedback: MessageFeedback | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": message.id,
        "author": message.author,
        "kind": message.kind,
        "text": message.text,
        "created_at": message.created_at.isoformat(),
        "language": message.language,
        "staff": _staff_json(message.staff_id, names),
        "payload": message.payload,
        "attachment_id": message.attachment_id,
    }
    if message.author == "customer":
        return shown | {"turn": _turn_json(turn) if turn else None}
    shown |= {part: message.content.get(part, []) for part in REPLY_PARTS}
    shown["coupon"] = message.content.get("coupon")
    shown["feedback"] = {"helpful": feedback.helpful, "comment": feedback.comment} if feedback else None
    return shown


def messages_json(session: Session, messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages with notes, feedback, and what was understood and done about each of the customer's."""
    names = names_of(session, (message.staff_id for message in messages))
    turns = turns_by_message(session, [message.id for message in messages if message.author == "customer"])
    feedback = feedback_of(session, [message.id for message in messages if message.author != "customer"])
    return [_message_json(message, names, turns.get(message.id), feedback.get(message.id)) for message in messages]


def status_of(article: Article) -> str:
    """`draft`: never live; `changed`: live, with another version saved later; `published`: live as it is."""
    if article.published_version is None:
        return "draft"
    return "published" if article.published_version == article.latest_version else "changed"


def article_summary(article: Article, version: ArticleVersion, names: Mapping[str, str]) -> dict[str, Any]:
    """An article as a list shows it; the title is the latest version's."""
    return {
        "topic": article.topic,
        "locale": article.locale,
        "title": version.title,
        "status": status_of(article),
        "version": version.number,
        "published_version": article.published_version,
        "updated_at": version.created_at.isoformat(),
        "author": author_json(version.author, names),
    }


def author_json(author: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Who saved a version: a member of staff, or what else did (an import)."""
    return {"id": author, "name": names.get(author, author)}


def article_json(
    article: Article, version: ArticleVersion, versions: Sequence[ArticleVersion], names: Mapping[str, str]
) -> dict[str, Any]:
    """An article's latest version, and which others there are, newest first."""
    return article_summary(article, version, names) | {
        "body": version.body,
        "phrasings": list(version.phrasings),
        "versions": [
            {
                "version": one.number,
                "title": one.title,
                "author": author_json(one.author, names),
                "created_at": one.created_at.isoformat(),
                "live": one.number == article.published_version,
            }
            for one in versions
        ],
    }
