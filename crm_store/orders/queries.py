"""Read orders. Everything is asked for one customer, so that nobody sees what isn't theirs."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.errors import NotFoundError
from crm_store.orders.models import Order, Shipment

_WHOLE = (selectinload(Order.lines), selectinload(Order.shipments))


def list_orders(session: Session, customer_id: str, limit: int = 20) -> list[Order]:
    """A customer's orders with their lines and shipments, newest first."""
    query = (
        select(Order)
        .where(Order.customer_id == customer_id)
        .options(*_WHOLE)
        .order_by(Order.placed_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def get_order(session: Session, order_id: str, *, lock: bool = False) -> Order:
    """The order with its lines and shipments, its row locked if asked; NotFoundError("order_not_found") otherwise."""
    query = select(Order).where(Order.id == order_id).options(*_WHOLE)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    order = session.scalar(query)
    if order is None:
        raise NotFoundError("order_not_found", order_id=order_id)
    return order


def find_order(session: Session, customer_id: str, number: str) -> Order | None:
    """A customer's own order by its number; somebody else's is None, as if it did not exist."""
    query = select(Order).where(Order.customer_id == customer_id, Order.number == number.upper()).options(*_WHOLE)
    return session.scalar(query)


def known_numbers(session: Session, customer_id: str, numbers: Collection[str]) -> set[str]:
    """Those of the numbers (in upper case) that are of the customer's own orders."""
    query = select(Order.number).where(Order.customer_id == customer_id, Order.number.in_(numbers))
    return set(session.scalars(query))


def latest_shipment(order: Order) -> Shipment | None:
    """The order's parcel that left last, None before one was prepared. The shipments must be loaded."""
    return order.shipments[-1] if order.shipments else None
