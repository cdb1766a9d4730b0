"""Goods in stock, orders placed on them and their state, for tests of orders, cases and the shop's agreement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.ids import new_id
from crm_store.cases import service as cases
from crm_store.cases.models import Case
from crm_store.catalogue.models import Product, Variant
from crm_store.coupons.models import Redemption
from crm_store.db import reading, transaction
from crm_store.orders import service as orders
from crm_store.orders.models import Order, Refund
from crm_store.orders.queries import get_order
from crm_store.points import service as points
from crm_store.shop_requests.models import ShopRequest
from tests.store.builders import NOW

HOME = {"recipient": "한가람", "phone": "+82100000001", "postcode": "04524", "line1": "중구 새봄로 1", "line2": "1호"}


def make_goods(product_id: str = "shirt", price: int = 20_000, **stock: int) -> None:
    """A product whose variants (`S=3`) have so many pieces; without any, a plain one with ten."""
    sizes: list[tuple[str | None, int]] = list(stock.items()) or [(None, 10)]
    with transaction() as session:
        session.add(
            Product(
                id=product_id, category="sports", kind=product_id, name={"ko": "물건", "en": "Thing"}, price=price,
                stock=sum(pieces for _, pieces in sizes), updated_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        for position, (size, pieces) in enumerate(sizes):
            variant_id = product_id if size is None else f"{product_id}.{size}"
            session.add(
                Variant(
                    id=variant_id, product_id=product_id, position=position, size=size, stock=pieces, updated_at=NOW
                )
            )


def stock_of(variant_id: str) -> tuple[int, int]:
    """Pieces of a variant, and of its product as a whole."""
    with reading() as session:
        variant = session.get_one(Variant, variant_id)
        return variant.stock, session.get_one(Product, variant.product_id).stock


def place(customer_id: str, *wanted: tuple[str, int], key: str = "", now: datetime = NOW, **more: Any) -> str:
    """The id of an order of these pieces."""
    with transaction() as session:
        order = orders.place(
            session, customer_id=customer_id, lines=[orders.NewLine(*each) for each in wanted],
            **{"address": HOME, "source": "chat", "idempotency_key": key or new_id(), "actor": "test", "now": now, **more},
        )  # fmt: skip
        return order.id


def cancel(order_id: str, key: str = "", now: datetime = NOW) -> ShopRequest:
    """Ask to cancel an order."""
    with transaction() as session:
        return orders.cancel(
            session, order_id=order_id, reason="변심", conversation_id=None, idempotency_key=key or new_id(),
            actor="test", now=now,
        )  # fmt: skip


def ship(order_id: str, now: datetime = NOW) -> None:
    """Send an order off."""
    with transaction() as session:
        orders.ship(session, order_id=order_id, tracking_number="1", actor="test", now=now)


def deliver(order_id: str, now: datetime = NOW) -> None:
    """Send an order off, and it arrives at once."""
    ship(order_id, now)
    with transaction() as session:
        orders.deliver(session, order_id=order_id, actor="test", now=now)


def send_back(customer_id: str, order_id: str, *pieces: tuple[int, int], **more: Any) -> Case:
    """Open a return, or another case, of these positions and quantities."""
    with transaction() as session:
        values: dict[str, Any] = {
            "kind": "return", "conversation_id": None, "wanted": {}, "reason": "변심", "idempotency_key": new_id(),
            "actor": "test", "now": NOW, **more,
        }  # fmt: skip
        items = [{"position": position, "quantity": quantity} for position, quantity in pieces]
        return cases.open_case(session, customer_id=customer_id, order_id=order_id, items=items, **values)


def advance(case_id: str, state: str, now: datetime = NOW) -> str:
    """Move a case on; the state it came to."""
    with transaction() as session:
        return cases.advance(session, case_id=case_id, state=state, note=None, actor="test", now=now).state


def order_of(order_id: str) -> Order:
    """The order with its lines and shipments."""
    with reading() as session:
        return get_order(session, order_id)


def refunds_of(order_id: str) -> list[tuple[str, int]]:
    """State and amount of an order's refunds, oldest first."""
    with reading() as session:
        rows = session.execute(
            select(Refund.state, Refund.amount).where(Refund.order_id == order_id).order_by(Refund.id)
        )
        return [(state, amount) for state, amount in rows]


def coupons_used(order_id: str) -> int:
    """Coupons that are used on an order now."""
    with reading() as session:
        used = select(func.count(Redemption.id)).where(
            Redemption.order_id == order_id, Redemption.reverted_at.is_(None)
        )
        return session.scalar(used) or 0


def earn(customer_id: str, amount: int, key: str, expires_at: datetime | None = None) -> None:
    """Give a customer points."""
    with transaction() as session:
        points.earn(
            session, customer_id=customer_id, amount=amount, reason="gift", idempotency_key=key, actor="test", now=NOW,
            expires_at=expires_at,
        )  # fmt: skip
