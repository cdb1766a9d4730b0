"""Read orders. Everything is asked for one customer, so that nobody sees what isn't theirs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm_store.orders.models import Order


def list_orders(session: Session, customer_id: str, limit: int = 20) -> list[Order]:
    """A customer's orders with their lines, newest first."""
    query = (
        select(Order)
        .where(Order.customer_id == customer_id)
        .options(selectinload(Order.lines))
        .order_by(Order.placed_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def find_order(session: Session, customer_id: str, number: str) -> Order | None:
    """A customer's own order by its number; somebody else's is None, as if it did not exist."""
    query = (
        select(Order)
        .where(Order.customer_id == customer_id, Order.number == number.upper())
        .options(selectinload(Order.lines))
    )
    return session.scalar(query)
