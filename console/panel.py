"""What staff see of a customer beside the conversation."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.clock import utc_now
from core.errors import NotFoundError
from crm_store.catalogue.queries import products_by_id
from crm_store.conversations.models import Conversation
from crm_store.coupons.queries import list_usable
from crm_store.customers.queries import get_customer
from crm_store.orders.models import Order
from crm_store.orders.queries import latest_shipment, list_orders
from crm_store.points.queries import balance
from crm_store.shop.queries import current_rules, rule

ORDERS_SHOWN = 5
COUPONS_SHOWN = 8


def _tier_name(session: Session, tier: str) -> object:
    """The tier's name as the shop's rules have it, in all languages; its code for one they do not know."""
    try:
        return rule(current_rules(session), f"tiers.{tier}.name")
    except NotFoundError:
        return tier


def _order(order: Order, names: dict[str, object]) -> dict[str, Any]:
    parcel = latest_shipment(order)
    first = order.lines[0].product_id if order.lines else ""
    return {
        "number": order.number,
        "state": order.state,
        "total": order.total,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "expected_on": parcel.expected_on if parcel and order.state == "shipped" else None,
        "first": names.get(first, first),
        "more": max(0, len(order.lines) - 1),
    }


def _orders(session: Session, customer_id: str) -> list[dict[str, Any]]:
    orders = list_orders(session, customer_id, limit=ORDERS_SHOWN)
    products = products_by_id(session, {order.lines[0].product_id for order in orders if order.lines})
    names: dict[str, object] = {product_id: product.name for product_id, product in products.items()}
    return [_order(order, names) for order in orders]


def customer_panel(session: Session, conversation: Conversation) -> dict[str, Any] | None:
    """The customer with points, orders and usable coupons; None for somebody who is not signed in. See also `matters`."""
    if conversation.customer_id is None:
        return None
    customer = get_customer(session, conversation.customer_id)
    coupons = list_usable(session, customer.id, utc_now())
    return {
        "id": customer.external_ref or customer.id,
        "name": customer.name,
        "tier": _tier_name(session, customer.tier),
        "joined_at": customer.joined_at,
        "points": balance(session, customer.id, utc_now()),
        "orders": _orders(session, customer.id),
        "coupons": [
            {"title": terms.title, "code": coupon.code, "expires_at": coupon.expires_at}
            for coupon, terms in coupons[:COUPONS_SHOWN]
        ],
    }
