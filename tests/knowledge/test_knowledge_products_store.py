"""Orders, carts, wishlists, views and variants of the store become sales, signals and stock of the index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.ids import new_id
from core.settings import Settings
from crm_store.carts.models import Cart, CartLine
from crm_store.catalogue.models import Product, Variant
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.service import adopt_rules
from crm_store.wishes.models import ProductView, WishlistItem
from knowledge.embedded import EmbeddedEncoder
from knowledge.facts import Filters
from knowledge.live import SALES_SECONDS, STOCK_SECONDS, LiveKnowledge
from knowledge.shop_rows import list_sales, list_signals

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


def day(ago: float) -> datetime:
    return NOW - timedelta(days=ago)


def _order(session: Session, customer: str, placed: datetime, *products: str, **values: Any) -> None:
    returned = values.pop("returned", 0)
    order = Order(
        number=new_id()[-12:],
        customer_id=customer,
        state=values.pop("state", "delivered"),
        total=1000,
        placed_at=placed,
    )
    session.add(order)
    session.flush()
    for position, product_id in enumerate(products):
        line = OrderLine(
            order_id=order.id, position=position, product_id=product_id, quantity=1, unit_price=500, returned=returned
        )  # fmt: skip
        session.add(line)


@pytest.fixture
def shop(store: str) -> None:
    """Four products, the mug in two colours, and two customers."""
    with transaction() as session:
        adopt_rules(session, rules={"shop": {"currency": "KRW"}}, actor="test", now=NOW)
        for product_id, name in (("mug", "머그"), ("cup", "찻잔"), ("pot", "주전자"), ("tray", "쟁반")):
            session.add(
                Product(id=product_id, category="home", kind=product_id, name={"ko": name}, price=9000, stock=3,
                        updated_at=NOW)
            )  # fmt: skip
        session.flush()
        for colour, stock in (("black", 0), ("white", 3)):
            session.add(
                Variant(id=f"mug.{colour}", product_id="mug", colour=colour, stock=stock, price=8000, updated_at=NOW)
            )
        for customer in ("ann", "bob"):
            session.add(Customer(id=customer, tier="sprout", created_at=NOW))


def test_what_was_kept_counts(shop: None) -> None:
    with transaction() as session:
        _order(session, "ann", day(10), "mug", "cup")
        _order(session, "ann", day(5), "pot", state="cancelled")
        _order(session, "bob", day(4), "tray", returned=1)
        _order(session, "bob", day(900), "tray")
    with reading() as session:
        assert set(list_sales(session, NOW).rows) == {"mug", "cup"}
        assert [(one.product_id, one.kind) for one in list_signals(session, "bob", NOW)] == [("tray", "purchase")]


def test_a_customers_signals(shop: None) -> None:
    with transaction() as session:
        _order(session, "ann", day(10), "mug")
        session.add(Cart(customer_id="ann", updated_at=NOW))
        session.flush()
        session.add(CartLine(customer_id="ann", variant_id="mug.white", product_id="mug", quantity=1, added_at=day(1)))
        session.add(WishlistItem(customer_id="ann", product_id="cup", added_at=day(3)))
        for customer, product_id, ago in (
            ("ann", "pot", 2),
            ("ann", "pot", 4),
            ("ann", "tray", 40),
            ("bob", "tray", 1),
        ):
            session.add(ProductView(customer_id=customer, product_id=product_id, viewed_at=day(ago)))
    with reading() as session:
        signals = [(one.kind, one.product_id, one.days_ago) for one in list_signals(session, "ann", NOW)]
    assert signals == [("purchase", "mug", 10), ("cart", "mug", 1), ("wishlist", "cup", 3), ("view", "pot", 2)]


def test_the_index_follows_stock_in_seconds_and_sales_in_minutes(
    shop: None, settings: Settings, encoder: EmbeddedEncoder
) -> None:
    clock = [0.0]
    live = LiveKnowledge(settings, encoder=encoder, clock=lambda: clock[0])
    black = Filters(attributes={"colour": ["black"]})
    first = live.products()
    assert [item.product_id for item in first.search("머그", Filters(price_max=8500))] == ["mug"]
    assert first.search("머그", black) == []
    with transaction() as session:
        session.get_one(Variant, "mug.black").stock = 2
        session.get_one(Variant, "mug.black").updated_at = NOW + timedelta(seconds=1)
        _order(session, "ann", utc_now() - timedelta(days=1), "tray")
    clock[0] += STOCK_SECONDS
    restocked = live.products()
    assert [item.product_id for item in restocked.search("머그", black)] == ["mug"]
    assert restocked.same_texts(first)
    assert restocked.popularity["tray"] == 0
    clock[0] += SALES_SECONDS
    assert live.products().popularity["tray"] == 1
