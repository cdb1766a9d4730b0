"""What the store holds about goods, read for the indexes: products with variants, kept order lines, a customer's signals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.carts.models import CartLine
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import catalogue_stamp, list_products
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.queries import current_rules, rules_version
from crm_store.wishes.models import ProductView, WishlistItem
from knowledge.facts import Facts, VariantFacts, read_facts
from knowledge.sales import Sale, Sales, read_sales
from knowledge.signals import Signal, SignalKind

_DAY = 86400.0
_UNSOLD = ("cancelled", "returned")
# Older orders say little of what goes with what now; views older than this say nothing.
SALES_WINDOW = timedelta(days=550)
VIEW_WINDOW = timedelta(days=30)
KEPT_SIGNALS = 200


def shelf_stamp(session: Session) -> Hashable:
    """Changes with products and with the rules, which hold the words for brands, kinds and attributes."""
    return catalogue_stamp(session), rules_version(session)


def stock_stamp(session: Session) -> Hashable:
    """Changes with variants: what can be ordered, at which price."""
    return tuple(session.execute(select(func.count(Variant.id), func.max(Variant.updated_at))).one())


def list_facts(session: Session) -> tuple[list[Facts], list[Product], dict[str, Any]]:
    """All active products by id, detached and as rows, and the rules' words for them."""
    words: dict[str, Any] = current_rules(session).get("catalogue") or {}
    variants: defaultdict[str, list[VariantFacts]] = defaultdict(list)
    query = (
        select(Variant.product_id, Variant.id, Variant.colour, Variant.size, Variant.stock, Variant.price)
        .where(Variant.active)
        .order_by(Variant.product_id, Variant.position)
    )
    for product_id, variant_id, colour, size, stock, price in session.execute(query):
        variants[product_id].append(VariantFacts(variant_id, colour, size, stock, price))
    rows = list_products(session)
    return [read_facts(row, variants[row.id], words) for row in rows], rows, words


def sales_stamp(session: Session) -> Hashable:
    """Changes when an order is placed."""
    return tuple(session.execute(select(func.count(Order.id), func.max(Order.placed_at))).one())


def list_sales(session: Session, now: datetime) -> Sales:
    """Who bought and kept what within `SALES_WINDOW`."""
    query = (
        select(Order.customer_id, OrderLine.product_id, Order.placed_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.placed_at >= now - SALES_WINDOW, Order.state.not_in(_UNSOLD), OrderLine.quantity > OrderLine.returned
        )
    )
    return read_sales(
        Sale(customer, product_id, (now - placed_at).total_seconds() / _DAY)
        for customer, product_id, placed_at in session.execute(query)
    )


def list_signals(session: Session, customer_id: str, now: datetime) -> list[Signal]:
    """What a customer bought and kept, has in the cart, saved and looked at, the newest of each first."""
    bought = (
        select(OrderLine.product_id, Order.placed_at)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == customer_id, Order.state.not_in(_UNSOLD), OrderLine.quantity > OrderLine.returned)
        .order_by(Order.placed_at.desc())
    )
    carted = select(CartLine.product_id, CartLine.added_at).where(CartLine.customer_id == customer_id)
    saved = select(WishlistItem.product_id, WishlistItem.added_at).where(WishlistItem.customer_id == customer_id)
    seen = (
        select(ProductView.product_id, func.max(ProductView.viewed_at))
        .where(ProductView.customer_id == customer_id, ProductView.viewed_at >= now - VIEW_WINDOW)
        .group_by(ProductView.product_id)
        .order_by(func.max(ProductView.viewed_at).desc())
    )
    kinds: tuple[tuple[SignalKind, Any], ...] = (
        ("purchase", bought), ("cart", carted.order_by(CartLine.added_at.desc())),
        ("wishlist", saved.order_by(WishlistItem.added_at.desc())), ("view", seen),
    )  # fmt: skip
    return [
        Signal(product_id, (now - when).total_seconds() / _DAY, kind)
        for kind, query in kinds
        for product_id, when in session.execute(query.limit(KEPT_SIGNALS))
    ]
