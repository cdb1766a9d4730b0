"""Fills an empty store with the demonstration shop: rules, catalogue with pictures, people and their past, articles, staff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.clock import local_date, utc_now
from core.ids import new_id
from core.settings import Settings
from crm_store import db
from crm_store.articles import service as articles
from crm_store.catalogue.models import Product, Variant
from crm_store.coupons import service as coupons
from crm_store.customers.models import Customer
from crm_store.orders.models import Order, OrderLine, Shipment
from crm_store.shop.models import RuleSet
from crm_store.shop.service import adopt_rules
from dangol.demo import catalogue, pictures, reservations
from dangol.demo.history import PastOrder, moment, orders_of
from dangol.demo.logins import add_standing_staff, keep_standing_staff
from dangol.demo.people import Person, compose, refs
from dangol.demo.purses import Purse, fill
from dangol.demo.staging import ACTOR
from knowledge.articles import read_articles

_RULES = Path(__file__).parent / "rules.yml"
_NEWCOMERS_WITH_WELCOME = 2  # every second newcomer has asked for the welcome coupon


def seed_if_empty(settings: Settings) -> bool:
    """Seed the store unless it has rules or products already; True when it did. Missing pictures are drawn either way.

    One transaction: a crash in the middle leaves an empty store. The store must have the newest schema.
    """
    db.configure(settings.store_url)
    draw_pictures(settings.var / "media" / "products")
    with db.transaction() as session:
        if session.scalar(select(RuleSet.version).limit(1)) or session.scalar(select(Product.id).limit(1)):
            return False
        logins = seed(session, utc_now())
    keep_standing_staff(settings, logins)
    return True


def draw_pictures(folder: Path) -> None:
    """Draw every product's picture that is not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded = catalogue.load()
    for product in loaded.products:
        path = folder / f"{product.id}.svg"
        if path.exists():
            continue
        brand = loaded.brands[product.brand].en
        picture = pictures.draw(
            seed=product.id, shape=product.picture.shape, palette=product.picture.palette, brand=brand,
            title=f"{brand} {product.name.en}",
        )  # fmt: skip
        path.write_text(picture, encoding="utf-8")


def seed(session: Session, now: datetime) -> dict[str, tuple[str, str]]:
    """Write the whole shop as of `now`; the standing staff's logins by role."""
    rules = _rules()
    adopt_rules(session, rules=rules, actor=ACTOR, now=now)
    session.execute(insert(Product), [_product_row(product, now) for product in catalogue.load().products])
    session.execute(insert(Variant), [_variant_row(product, now) for product in catalogue.load().products])
    _publish_articles(session, now)
    _seed_people(session, rules, now)
    reservations.create(session)
    return add_standing_staff(session, now)


def _rules() -> dict[str, Any]:
    """The shop's rules, with the words for departments, brands and attribute codes under `catalogue`."""
    rules: dict[str, Any] = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    loaded = catalogue.load()
    words = {
        "categories": {
            code: {"name": category.name.model_dump(), "synonyms": category.synonyms.model_dump(mode="json")}
            for code, category in loaded.categories.items()
        },
        "brands": {code: brand.model_dump(mode="json") for code, brand in loaded.brands.items()},
        "attributes": {
            name: {code: words.model_dump(mode="json") for code, words in table.items()}
            for name, table in loaded.attributes.items()
        },
    }
    return {**rules, "catalogue": words}


def _product_row(product: catalogue.Product, now: datetime) -> dict[str, Any]:
    loaded = catalogue.load()
    brand = loaded.brands[product.brand]
    return {
        "id": product.id,
        "category": product.category,
        "kind": product.kind,
        "kind_names": loaded.categories[product.category].kinds[product.kind].model_dump(mode="json"),
        "brand": product.brand,
        "brand_name": {"ko": brand.ko, "en": brand.en},
        "name": product.name.model_dump(),
        "description": product.description.model_dump(),
        "tags": product.tags.model_dump(mode="json"),
        "attributes": product.attributes,
        "price": product.price,
        "currency": "KRW",
        "stock": product.stock,
        "consumable": product.consumable,
        "image_url": f"/media/products/{product.id}.svg",
        "url": f"/?product={product.id}",
        "active": True,
        "updated_at": now,
    }


def _variant_row(product: catalogue.Product, now: datetime) -> dict[str, Any]:
    return {"id": product.id, "product_id": product.id, "stock": product.stock, "updated_at": now}


def _publish_articles(session: Session, now: datetime) -> None:
    for article in read_articles():
        articles.save_draft(
            session, topic=article.topic, locale=article.locale, title=article.title, body=article.body,
            phrasings=article.phrasings, actor=ACTOR, now=now,
        )  # fmt: skip
        articles.publish(session, topic=article.topic, locale=article.locale, actor=ACTOR, now=now)


def _seed_people(session: Session, rules: dict[str, Any], now: datetime) -> None:
    today = local_date(now, rules["shop"]["timezone"])
    purses = []
    customers: list[dict[str, Any]] = []
    orders: list[tuple[str, Person, PastOrder]] = []
    for ref in refs():
        person = compose(ref, today)
        customer_id = new_id()
        past = orders_of(person, today, rules, open_ones=ref.startswith("demo-customer-"))
        purse = Purse(customer_id, person.ref, past, now, rules)
        customers.append(_customer_row(customer_id, person, purse.tier))
        orders += [(customer_id, person, order) for order in past]
        purses.append(purse)
    session.execute(insert(Customer), customers)
    numbered = _write_orders(session, orders, rules)
    fill(session, purses, numbered)
    _welcome_newcomers(session, customers, today)


def _customer_row(customer_id: str, person: Person, tier: str) -> dict[str, Any]:
    joined_at = moment(person.joined_on, 12, 30)
    return {
        "id": customer_id, "external_ref": person.ref, "name": person.name, "email": person.email,
        "phone": person.phone, "birthday": person.birthday, "language": person.language, "tier": tier,
        "joined_at": joined_at, "created_at": joined_at,
    }  # fmt: skip


def _write_orders(
    session: Session, orders: Iterable[tuple[str, Person, PastOrder]], rules: dict[str, Any]
) -> dict[int, str]:
    """Write orders, numbered by month in the order they were placed; ids of orders by `id()` of their PastOrder."""
    of_month: Counter[str] = Counter()
    rows, lines, parcels, ids = [], [], [], {}
    for customer_id, person, order in sorted(orders, key=lambda entry: entry[2].placed_at):
        month = f"{local_date(order.placed_at, rules['shop']['timezone']):%y%m}"
        of_month[month] += 1
        order_id = ids[id(order)] = new_id()
        rows.append(
            {
                "id": order_id, "number": f"DG{month}{of_month[month]:04d}", "customer_id": customer_id,
                "state": order.state, "total": order.total, "currency": rules["shop"]["currency"],
                "address": person.address,
                "placed_at": order.placed_at, "shipped_at": order.shipped_at, "delivered_at": order.delivered_at,
            }
        )  # fmt: skip
        if order.tracking_number:
            parcels.append(
                {
                    "order_id": order_id, "state": "delivered" if order.delivered_at else "in_transit",
                    "courier": rules["shipping"]["courier"][person.language], "tracking_number": order.tracking_number,
                    "expected_on": order.expected_on, "created_at": order.shipped_at, "shipped_at": order.shipped_at,
                    "delivered_at": order.delivered_at,
                }
            )  # fmt: skip
        lines += [
            {
                "order_id": order_id, "position": position, "product_id": line.product.id, "quantity": line.quantity,
                "unit_price": line.product.price,
            }
            for position, line in enumerate(order.lines, 1)
        ]  # fmt: skip
    session.execute(insert(Order), rows)
    session.execute(insert(OrderLine), lines)
    session.execute(insert(Shipment), parcels)
    return ids


def _welcome_newcomers(session: Session, customers: list[dict[str, Any]], today: date) -> None:
    recent = [row for row in customers if (today - local_date(row["joined_at"])).days <= 45]
    for row in recent[::_NEWCOMERS_WITH_WELCOME]:
        coupons.request_welcome(
            session, customer_id=row["id"], idempotency_key=f"demo-welcome:{row['external_ref']}", actor=ACTOR,
            now=row["joined_at"],
        )  # fmt: skip
