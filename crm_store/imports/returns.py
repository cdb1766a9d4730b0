"""Goods that came back, as a negative row of an export says: taken off the sales they belong to, with a refund for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.orders.models import Order, OrderLine, Refund


@dataclass(frozen=True, slots=True)
class ReturnIn:
    """Pieces of a product that a customer sent back, by the number and place of the row that says so."""

    number: str
    position: int
    customer_id: str
    product_id: str
    quantity: int
    unit_price: int
    at: datetime


def put_return(session: Session, given: ReturnIn, currency: str) -> str:
    """Take the pieces off the customer's latest earlier sales of this product; what became of the row.

    added; unchanged when it was put before; return_changed when it was put with another worth; return_unmatched when the
    sales known hold fewer pieces, and then nothing is written.
    """
    key = f"import-return:{given.number}:{given.position}:"
    before = session.scalar(
        select(func.sum(Refund.amount)).where(Refund.idempotency_key >= key, Refund.idempotency_key < f"{key[:-1]};")
    )
    if before is not None:
        return "unchanged" if before == given.quantity * given.unit_price else "return_changed"
    taken = _find(session, given)
    if taken is None:
        return "return_unmatched"
    for part, (line, pieces) in enumerate(taken):
        line.returned += pieces
        session.add(_refund(given, line, pieces, f"{key}{part}", currency))
    session.flush()
    for order_id in {line.order_id for line, _ in taken}:
        _close_if_all_back(session, order_id)
    return "added"


def _find(session: Session, given: ReturnIn) -> list[tuple[OrderLine, int]] | None:
    """The lines to take the pieces off, the latest sale first; None where they do not suffice."""
    query = (
        select(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.customer_id == given.customer_id, OrderLine.product_id == given.product_id,
            Order.placed_at <= given.at, Order.source == "import", OrderLine.returned < OrderLine.quantity,
        )
        .order_by(Order.placed_at.desc(), Order.id, OrderLine.position)
        .with_for_update(of=OrderLine)
    )  # fmt: skip
    missing, taken = given.quantity, []
    for line in session.scalars(query):
        pieces = min(missing, line.quantity - line.returned)
        taken.append((line, pieces))
        missing -= pieces
        if missing == 0:
            return taken
    return None


def _refund(given: ReturnIn, line: OrderLine, pieces: int, key: str, currency: str) -> Refund:
    return Refund(
        id=new_id(), order_id=line.order_id, customer_id=given.customer_id, state="paid",
        amount=pieces * given.unit_price, currency=currency, idempotency_key=key, requested_at=given.at,
        approved_at=given.at, paid_at=given.at,
    )  # fmt: skip


def _close_if_all_back(session: Session, order_id: str) -> None:
    kept = select(OrderLine.order_id).where(OrderLine.order_id == order_id, OrderLine.returned < OrderLine.quantity)
    session.execute(
        update(Order).where(Order.id == order_id, Order.state == "delivered", ~kept.exists()).values(state="returned")
    )
