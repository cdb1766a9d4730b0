"""What happens to an order once the shop has agreed. The order is locked by the caller."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import RuleViolationError
from crm_store.catalogue import inventory
from crm_store.catalogue.models import Variant
from crm_store.orders import refunds, restoring
from crm_store.orders.fees import add_working_days
from crm_store.orders.models import Order
from crm_store.orders.queries import get_order
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.models import ShopRequest

OPEN_STATES = ("paid", "preparing")


def cancel(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """Cancel: stock, coupons and points go back, the money is refunded at once (the next working day a bank works)."""
    order = _change(session, request, "order_not_cancellable", state="cancelled", cancelled_at=now)
    pieces: Counter[str] = Counter()
    for line in order.lines:
        variant_id = line.variant_id or line.product_id
        if session.get(Variant, variant_id) is not None:
            pieces[variant_id] += line.quantity - line.returned
    inventory.put_back_all(session, pieces, now)
    restoring.undo(session, order, whole=True, kept_before=order.points_used, keep=0, actor=actor, now=now)
    timezone = str(rule(current_rules(session), "shop.timezone"))
    refund = refunds.request_refund(
        session, order=order, case_id=None, amount=order.total, idempotency_key=f"cancel:{order.id}", now=now
    )
    refunds.approve(
        session, refund, amount=order.total, expected_on=add_working_days(local_date(now, timezone), 0), now=now
    )


def change_address(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """Send the order elsewhere; a surcharge for the new place is added to what the order costs."""
    more = int(request.body.get("more_fee", 0))
    _change(
        session, request, "address_not_changeable", address=request.body["address"],
        shipping_fee=Order.shipping_fee + more, total=Order.total + more,
    )  # fmt: skip


def _change(session: Session, request: ShopRequest, refusal: str, **values: object) -> Order:
    """Change an order that has not left yet."""
    assert request.order_id is not None
    changed = session.execute(
        update(Order)
        .where(Order.id == request.order_id, Order.state.in_(OPEN_STATES))
        .values(**values)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).first()
    order = get_order(session, request.order_id, lock=True)
    if changed is None:
        raise RuleViolationError(refusal, order_id=order.id, state=order.state)
    return order
