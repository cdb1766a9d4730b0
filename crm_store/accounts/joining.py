"""Become a member."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import ConflictError, RuleViolationError
from core.ids import new_id
from crm_store.accounts.models import OneTimeCode
from crm_store.accounts.profile import checked_name
from crm_store.accounts.signing_in import sign_in_verified
from crm_store.consents.service import give
from crm_store.conversations.queries import get_conversation
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_email
from crm_store.shop.queries import lowest_tier

# Any constant: whoever joins with the same address waits for the other.
_LOCK = 0x6A6F696E
REQUIRED = ("terms", "privacy")


def join(
    session: Session,
    *,
    code: OneTimeCode,
    name: str,
    language: str,
    marketing: Sequence[str],
    source: str,
    message_id: str | None,
    actor: str,
    now: datetime,
) -> Customer:
    """Create the customer whose e-mail a used code of purpose "join" proved, signed in to the code's conversation.

    Terms and privacy are agreed to; `marketing` lists the channels advertising was agreed to on.
    ConflictError("already_member", customer_id=) when the address has an account by now: that customer may be signed in.
    """
    if code.purpose != "join" or code.used_at is None:
        raise RuleViolationError("email_unverified")
    _wait_for(session, code.email)
    if (known := find_by_email(session, code.email)) is not None:
        raise ConflictError("already_member", customer_id=known.id)
    if get_conversation(session, code.conversation_id).customer_id is not None:
        raise ConflictError("signed_in_as_another")
    customer = Customer(
        id=new_id(), name=checked_name(name), email=code.email, language=language, tier=lowest_tier(session),
        joined_at=now, created_at=now,
    )  # fmt: skip
    session.add(customer)
    session.flush()
    agreed = [(purpose, "all") for purpose in REQUIRED] + [("marketing", channel) for channel in marketing]
    for purpose, channel in agreed:
        give(
            session, customer_id=customer.id, purpose=purpose, channel=channel, source=source, message_id=message_id,
            actor=actor, now=now,
        )  # fmt: skip
    sign_in_verified(session, conversation_id=code.conversation_id, customer_id=customer.id, now=now)
    return customer


def _wait_for(session: Session, email: str) -> None:
    # SQLite has one writer anyway.
    if session.get_bind().dialect.name == "postgresql":
        keys = {"lock": _LOCK, "email": zlib.crc32(email.encode()) - 2**31}
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, :email)"), keys)
