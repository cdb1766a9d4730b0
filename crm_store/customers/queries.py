"""Read customers and identities."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.customers.models import ChannelIdentity, Customer


def get_customer(session: Session, customer_id: str) -> Customer:
    """The customer; NotFoundError("customer_not_found") otherwise."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFoundError("customer_not_found", customer_id=customer_id)
    return customer


def find_customer(session: Session, customer_id: str) -> Customer | None:
    """The customer with this id of ours."""
    return session.get(Customer, customer_id)


def find_by_external_ref(session: Session, external_ref: str) -> Customer | None:
    """The customer with this id of the shop's own."""
    return session.scalar(select(Customer).where(Customer.external_ref == external_ref))


def find_by_email(session: Session, email: str) -> Customer | None:
    """Whose account has this address (lower case): the one that joined first, where a shop has several. Nobody erased."""
    mine = select(Customer).where(Customer.email == email, Customer.erased_at.is_(None))
    return session.scalar(mine.order_by(Customer.joined_at.is_(None), Customer.joined_at, Customer.id).limit(1))


def find_identity(session: Session, channel: str, external_id: str) -> ChannelIdentity | None:
    """Who somebody is on a channel."""
    return session.scalar(
        select(ChannelIdentity).where(ChannelIdentity.channel == channel, ChannelIdentity.external_id == external_id)
    )
