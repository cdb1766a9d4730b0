"""Read feedback and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.cases.models import OPEN_STATES, Case
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.orders.models import Order
from crm_store.orders.queries import list_orders


def find_feedback(session: Session, conversation_id: str, feedback_id: str) -> Feedback | None:
    """Feedback given in this conversation; another's is None, as if it did not exist."""
    found = session.get(Feedback, feedback_id)
    return found if found is not None and found.conversation_id == conversation_id else None


def list_feedback(
    session: Session, *, kind: str | None = None, before: datetime | None = None, limit: int = 50
) -> list[Feedback]:
    """Feedback of all customers, newest first; of one kind, and from before a moment, if given."""
    query = select(Feedback).order_by(Feedback.created_at.desc(), Feedback.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(Feedback.kind == kind)
    if before is not None:
        query = query.where(Feedback.created_at < before)
    return list(session.scalars(query))


def get_review(session: Session, customer_id: str, product_id: str, order_id: str) -> ProductReview:
    """A customer's review of a product of an order; NotFoundError("review_not_found")."""
    query = select(ProductReview).where(
        ProductReview.customer_id == customer_id, ProductReview.product_id == product_id,
        ProductReview.order_id == order_id,
    )  # fmt: skip
    review = session.scalar(query)
    if review is None:
        raise NotFoundError("review_not_found", product_id=product_id, order_id=order_id)
    return review


def list_reviews(session: Session, product_id: str, limit: int = 50) -> list[ProductReview]:
    """A product's reviews, newest first."""
    query = select(ProductReview).where(ProductReview.product_id == product_id)
    return list(session.scalars(query.order_by(ProductReview.created_at.desc(), ProductReview.id).limit(limit)))


def average_ratings(session: Session, product_ids: Sequence[str] | None = None) -> dict[str, tuple[float, int]]:
    """Average rating and number of reviews by product, of all products that have some or of those given."""
    query = select(ProductReview.product_id, func.avg(ProductReview.rating), func.count())
    if product_ids is not None:
        query = query.where(ProductReview.product_id.in_(product_ids))
    rows = session.execute(query.group_by(ProductReview.product_id))
    return {product_id: (float(average), int(count)) for product_id, average, count in rows}


def list_reviewable(session: Session, customer_id: str) -> list[tuple[Order, str]]:
    """What a customer received and has not reviewed, as order and product id: delivered last first, each product once."""
    written = select(ProductReview.order_id, ProductReview.product_id).where(ProductReview.customer_id == customer_id)
    done = {(order_id, product_id) for order_id, product_id in session.execute(written)}
    received = [order for order in list_orders(session, customer_id, limit=50) if order.state == "delivered"]
    received.sort(key=lambda order: order.delivered_at or order.placed_at, reverse=True)
    found: dict[str, Order] = {}
    for order in received:
        for line in order.lines:
            if (order.id, line.product_id) not in done and line.returned < line.quantity:
                found.setdefault(line.product_id, order)
    return [(order, product_id) for product_id, order in found.items()]


def list_open_complaints(session: Session, conversation_id: str, since: datetime) -> list[Case]:
    """Open complaints of a conversation opened since a moment, newest first."""
    query = select(Case).where(
        Case.conversation_id == conversation_id, Case.kind == "complaint", Case.state.in_(OPEN_STATES),
        Case.opened_at >= since,
    )  # fmt: skip
    return list(session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc())))
