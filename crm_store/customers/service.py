"""Use cases on customers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.customers.queries import find_by_external_ref, find_identity
from crm_store.db import insert_once
from crm_store.shop.queries import lowest_tier


def ensure_vouched_customer(
    session: Session, *, external_ref: str, name: str | None, email: str | None, language: str, now: datetime
) -> Customer:
    """The customer the shop vouches for, created when unknown. A known one's data is not overwritten by a token's claims."""
    email = email.strip().lower() if email else None
    insert_once(
        session,
        Customer,
        {
            "id": new_id(),
            "external_ref": external_ref,
            "name": name,
            "email": email,
            "language": language,
            "tier": lowest_tier(session),
            "joined_at": now,
            "created_at": now,
        },
        ["external_ref"],
    )
    customer = find_by_external_ref(session, external_ref)
    assert customer is not None
    customer.name = customer.name or name
    customer.email = customer.email or email
    return customer


def ensure_identity(
    session: Session, *, channel: str, external_id: str, display_name: str | None, now: datetime
) -> ChannelIdentity:
    """The identity of somebody on a channel, created at their first message."""
    insert_once(
        session,
        ChannelIdentity,
        {
            "id": new_id(),
            "channel": channel,
            "external_id": external_id,
            "display_name": display_name,
            "created_at": now,
        },
        ["channel", "external_id"],
    )
    identity = find_identity(session, channel, external_id)
    assert identity is not None
    return identity
