"""Read what the shop was asked."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.shop.queries import current_rules
from crm_store.shop_requests.models import ShopRequest


def agreement(session: Session) -> str:
    """Who agrees: `at_once` (nobody is asked), `webhook` (the shop's own system) or `staff`, also where no rule says."""
    return str(current_rules(session).get("shop", {}).get("agreement", "staff"))


def get_request(session: Session, request_id: str, *, lock: bool = False) -> ShopRequest:
    """The request, its row locked if asked; NotFoundError("shop_request_not_found") otherwise."""
    query = select(ShopRequest).where(ShopRequest.id == request_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    request = session.scalar(query)
    if request is None:
        raise NotFoundError("shop_request_not_found", request_id=request_id)
    return request


def find_by_key(session: Session, idempotency_key: str) -> ShopRequest | None:
    """The request made under an idempotency key."""
    return session.scalar(select(ShopRequest).where(ShopRequest.idempotency_key == idempotency_key))


def list_pending(
    session: Session, *, customer_id: str | None = None, order_id: str | None = None, case_id: str | None = None,
    limit: int = 100,
) -> list[ShopRequest]:  # fmt: skip
    """What awaits the shop, oldest first; of a customer, an order or a case if given."""
    query = select(ShopRequest).where(ShopRequest.state == "pending")
    if customer_id is not None:
        query = query.where(ShopRequest.customer_id == customer_id)
    if order_id is not None:
        query = query.where(ShopRequest.order_id == order_id)
    if case_id is not None:
        query = query.where(ShopRequest.case_id == case_id)
    return list(session.scalars(query.order_by(ShopRequest.created_at, ShopRequest.id).limit(limit)))
