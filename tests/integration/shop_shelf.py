"""A few products on a shelf, with the knowledge that the actions have of them, for handler tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.ids import new_id
from crm_store.catalogue.models import Product, Variant
from crm_store.customers.models import Customer
from crm_store.db import transaction
from tests.store.builders import NOW

ADDRESS = {"recipient": "김하나", "line1": "서울시 마포구 월드컵로 12", "line2": "101동 1203호", "postcode": "04000"}
_PRODUCTS: tuple[dict[str, Any], ...] = (
    {"id": "moru-toner", "kind": "toner", "ko": "로즈 토너", "en": "Rose Toner", "price": 18000, "stock": 5,
     "attributes": {"volume_ml": 200, "vegan": True}, "consumable": True},
    {"id": "moru-cream", "kind": "cream", "ko": "수분 크림", "en": "Water Cream", "price": 32000, "stock": 0, "consumable": True},
    {"id": "gaon-shoes", "kind": "running_shoes", "ko": "구름 러닝화", "en": "Cloud Runners", "price": 89000,
     "variants": [("black", "250", 3), ("black", "260", 0), ("white", "250", 2)]},
)  # fmt: skip


def stock_shelf() -> None:
    """Put the products into the store."""
    with transaction() as session:
        for given in _PRODUCTS:
            variants = given.get("variants", [(None, None, given.get("stock", 0))])
            session.add(
                Product(
                    id=given["id"], category="cosmetics", kind=given["kind"], kind_names={"ko": ["물건"], "en": ["thing"]},
                    name={"ko": given["ko"], "en": given["en"]}, price=given["price"],
                    stock=sum(stock for _, _, stock in variants), attributes=given.get("attributes", {}),
                    consumable=given.get("consumable", False), description={"ko": "설명이에요.", "en": "A description."},
                    updated_at=NOW,
                )
            )  # fmt: skip
            session.flush()
            for position, (colour, size, stock) in enumerate(variants):
                suffix = "-".join(part for part in (colour, size) if part)
                session.add(
                    Variant(
                        id=f"{given['id']}.{suffix}" if suffix else given["id"], product_id=given["id"], colour=colour,
                        size=size, stock=stock, position=position, updated_at=NOW,
                    )
                )  # fmt: skip


def make_buyer(**values: Any) -> str:
    """A customer with an address, who joined long ago."""
    row = {"tier": "sprout", "name": "김하나", "address": ADDRESS, "joined_at": datetime(2024, 1, 1, tzinfo=UTC)}
    with transaction() as session:
        customer = Customer(id=new_id(), created_at=NOW, **{**row, **values})
        session.add(customer)
    return customer.id
