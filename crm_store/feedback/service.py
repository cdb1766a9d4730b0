"""Use cases on feedback: keep what a customer thinks, keep a review of something bought and reward it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import NotFoundError, RuleViolationError
from core.ids import new_id
from crm_store.db import insert_once
from crm_store.feedback.kinds import kind_of
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.feedback.queries import get_review
from crm_store.orders.models import Order
from crm_store.orders.queries import get_order
from crm_store.points import service as points
from crm_store.points.models import LedgerEntry
from crm_store.shop.queries import current_rules, rule

# The reason that the ledger has for a review's points.
REASON = "review"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review, the points it brought (None: too late, or none by the rules), and whether it is new."""

    review: ProductReview
    entry: LedgerEntry | None
    new: bool


def keep_feedback(
    session: Session,
    *,
    text: str,
    sentiment: float | None,
    language: str,
    now: datetime,
    customer_id: str | None = None,
    conversation_id: str | None = None,
    message_id: str | None = None,
    product_id: str | None = None,
    rating: int | None = None,
) -> Feedback:
    """Store what somebody thinks, of a kind by its words; anonymous too. RuleViolationError("rating_invalid")."""
    _check_rating(rating)
    feedback = Feedback(
        kind=kind_of(text, sentiment or 0.0, rating), customer_id=customer_id, conversation_id=conversation_id,
        message_id=message_id, product_id=product_id, text=text, language=language, rating=rating,
        sentiment=sentiment, created_at=now,
    )  # fmt: skip
    session.add(feedback)
    session.flush()
    return feedback


def review_product(
    session: Session,
    *,
    customer_id: str,
    product_id: str,
    order_id: str,
    rating: int,
    text: str,
    language: str,
    sentiment: float | None,
    actor: str,
    now: datetime,
    has_photo: bool = False,
) -> Reviewed:
    """Keep a buyer's review, once for a product of an order; one that is there already is returned as it is.

    A new one within points.review_days of the delivery earns points.review_photo or points.review_text. NotFoundError
    ("order_not_found") for somebody else's order; RuleViolationError: rating_invalid, product_not_bought,
    order_not_delivered. Locks: the points account, after the review is written.
    """
    _check_rating(rating)
    order = get_order(session, order_id)
    if order.customer_id != customer_id:
        raise NotFoundError("order_not_found", order_id=order_id)
    if all(line.product_id != product_id for line in order.lines):
        raise RuleViolationError("product_not_bought", product_id=product_id, order_id=order_id)
    if order.state != "delivered":
        raise RuleViolationError("order_not_delivered", order_id=order_id, state=order.state)
    row = {
        "id": new_id(), "customer_id": customer_id, "product_id": product_id, "order_id": order_id, "rating": rating,
        "text": text, "language": language, "has_photo": has_photo, "sentiment": sentiment, "created_at": now,
    }  # fmt: skip
    new = insert_once(session, ProductReview, row, ["customer_id", "product_id", "order_id"])
    review = get_review(session, customer_id, product_id, order_id)
    entry = _reward(session, order, review, actor, now) if new else None
    return Reviewed(review, entry, new)


def points_for(session: Session, order: Order, now: datetime, *, has_photo: bool = False) -> int:
    """What a review of something in this order earns now; 0 when the time for it is over."""
    rules = current_rules(session)
    if order.delivered_at is None:
        return 0
    timezone = str(rule(rules, "shop.timezone"))
    last = local_date(order.delivered_at, timezone) + timedelta(days=int(rule(rules, "points.review_days")))
    if local_date(now, timezone) > last:
        return 0
    return int(rule(rules, "points.review_photo" if has_photo else "points.review_text"))


def _reward(session: Session, order: Order, review: ProductReview, actor: str, now: datetime) -> LedgerEntry | None:
    amount = points_for(session, order, now, has_photo=review.has_photo)
    if amount < 1:
        return None
    return points.earn(
        session, customer_id=review.customer_id, amount=amount, reason=REASON, order_id=order.id,
        idempotency_key=f"review:{order.id}:{review.product_id}", actor=actor, now=now,
    )  # fmt: skip


def _check_rating(rating: int | None) -> None:
    if rating is not None and not 1 <= rating <= 5:
        raise RuleViolationError("rating_invalid", rating=rating)
