"""Begin a conversation; sign in within it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session

from channels.chat_api.deps import AppSettings, ConversationId, address_of
from channels.chat_api.present import customer_json
from channels.chat_api.schemas import NewSession, SignIn
from channels.tokens import Identity, issue_chat_token, read_identity
from core.clock import utc_now
from core.language import as_locale
from core.settings import Settings
from crm_store.conversations.models import Conversation
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import open_conversation, sign_in
from crm_store.customers.models import Customer
from crm_store.customers.service import ensure_vouched_customer
from crm_store.db import transaction
from crm_store.ratelimits.service import count_attempt

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])
SESSIONS_PER_MINUTE = 120


def _vouched(session: Session, identity: Identity, language: str, now: datetime) -> Customer:
    return ensure_vouched_customer(
        session,
        external_ref=identity.external_ref,
        name=identity.name,
        email=identity.email,
        language=language,
        now=now,
    )


def _session_json(
    settings: Settings, conversation: Conversation, customer: Customer | None, now: datetime
) -> dict[str, Any]:
    token, expires_at = issue_chat_token(settings, conversation.id, now)
    return {
        "token": token,
        "conversation_id": conversation.id,
        "expires_at": expires_at.isoformat(),
        "customer": customer_json(customer),
        "locale": conversation.locale,
    }


@router.post("/sessions", status_code=201)
async def begin(settings: AppSettings, request: Request, body: NewSession | None = None) -> dict[str, Any]:
    """Open a conversation. A bad identity is refused: 401, and no session."""
    body = body or NewSession()
    identity = read_identity(settings, body.identity) if body.identity is not None else None
    accepted = as_locale(request.headers.get("accept-language"))

    def work() -> dict[str, Any]:
        with transaction() as session:
            now = utc_now()
            if settings.rate_limits.enabled:
                key = f"chat-session:{address_of(request)}"
                count_attempt(session, key=key, limit=SESSIONS_PER_MINUTE, window_seconds=60, now=now)
            customer = _vouched(session, identity, body.locale or accepted, now) if identity else None
            locale = body.locale or (as_locale(customer.language) if customer else accepted)
            conversation = open_conversation(
                session,
                channel="web",
                identity_id=None,
                customer_id=customer.id if customer else None,
                locale=locale,
                now=now,
            )
            return _session_json(settings, conversation, customer, now)

    return await asyncio.to_thread(work)


@router.post("/identity")
async def identify(body: SignIn, conversation_id: ConversationId, settings: AppSettings) -> dict[str, Any]:
    """Sign in within the running conversation, which keeps its history. 409 when it is another customer's already."""
    identity = read_identity(settings, body.identity)

    def work() -> dict[str, Any]:
        with transaction() as session:
            now = utc_now()
            conversation = get_conversation(session, conversation_id)
            customer = _vouched(session, identity, conversation.locale, now)
            sign_in(session, conversation_id=conversation_id, customer_id=customer.id, now=now)
            return _session_json(settings, conversation, customer, now)

    return await asyncio.to_thread(work)
