"""What the demonstration's customers look at and mean to buy: views, wishlists, carts left behind, restock alerts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from crm_store.carts.models import Cart, CartLine
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem
from dangol.demo import baskets, catalogue
from dangol.demo.catalogue import Product
from dangol.demo.people import Person
from dangol.demo.rows import Row
from dangol.demo.world import World

_ALERTS = 0.06
_VIEW_DAYS = 60
_ACTIVE = ("devoted", "regular", "occasional", "won_back", "newcomer", "gift_giver")


def take_interest(world: World, person: Person, customer: Row) -> None:
    """Write what one customer looked at and laid aside. Those of the pools get a cart and a wishlist when they are staged."""
    chance = random.Random(f"interests {person.ref}")
    active = person.habit in _ACTIVE
    visits = chance.randint(0, 5) if active else chance.choice((0, 0, 0, 1))
    seen = [_visit(chance, world, person, customer) for _ in range(visits)]
    if person.pooled:
        return
    _wish(chance, world, person, customer, [product for visit in seen for product in visit])
    _fill_cart(chance, world, person, customer, likely=0.2 if active else 0.05)
    if chance.random() < _ALERTS:
        _wait(chance, world, person, customer)


def _ago(chance: random.Random, world: World, person: Person, most: int) -> datetime:
    days = min(most, max(1, (world.today - person.joined_on).days))
    return world.now - timedelta(seconds=chance.randint(3_600, days * 86_400))


def _visit(chance: random.Random, world: World, person: Person, customer: Row) -> list[Product]:
    at = _ago(chance, world, person, _VIEW_DAYS)
    products = [baskets.pick(chance, person, world.day(at), world.today) for _ in range(chance.randint(1, 5))]
    for minute, product in enumerate(products):
        viewed_at = min(world.now, at + timedelta(minutes=2 * minute, seconds=chance.randint(0, 59)))
        world.rows.add(ProductView, customer_id=customer["id"], product_id=product.id, viewed_at=viewed_at)
    return products


def _wish(chance: random.Random, world: World, person: Person, customer: Row, seen: list[Product]) -> None:
    if chance.random() > 0.35:
        return
    liked = seen[:2] + [
        baskets.pick(chance, person, world.today, world.today) for _ in range(chance.randint(1, 3))
    ]  # fmt: skip
    for product_id in dict.fromkeys(product.id for product in liked):
        world.rows.add(
            WishlistItem, customer_id=customer["id"], product_id=product_id, variant_id=None,
            added_at=_ago(chance, world, person, 200),
        )  # fmt: skip


def _fill_cart(chance: random.Random, world: World, person: Person, customer: Row, *, likely: float) -> None:
    """A cart left one to twenty days ago, or some hours ago by who is still choosing."""
    if chance.random() > likely:
        return
    fresh = chance.random() < 0.15
    ago = timedelta(minutes=chance.randint(20, 600)) if fresh else timedelta(minutes=chance.randint(1_500, 28_500))
    at = max(world.now - ago, customer["joined_at"])
    world.rows.add(Cart, customer_id=customer["id"], points_to_use=0, version=1, updated_at=at)
    lines: dict[str, Product] = {}
    for _ in range(chance.choice((1, 1, 2, 3))):
        product = _in_stock(chance, world, person)
        lines[baskets.choose_variant(chance, person, product, in_stock=True)] = product
    for variant_id, product in lines.items():
        world.rows.add(
            CartLine, customer_id=customer["id"], variant_id=variant_id, product_id=product.id, quantity=1, added_at=at
        )


def _in_stock(chance: random.Random, world: World, person: Person) -> Product:
    for _ in range(10):
        product = baskets.pick(chance, person, world.today, world.today)
        if product.stock > 0:
            return product
    return next(product for product in catalogue.load().products if product.stock > 0)


def sold_out() -> list[tuple[Product, str | None]]:
    """Products that are sold out, and single variants of others (the second part) that are."""
    found: list[tuple[Product, str | None]] = []
    for product in catalogue.load().products:
        if product.stock == 0:
            found.append((product, None))
        else:
            found += [(product, fact.id) for fact in baskets.variants_of(product.id) if fact.stock == 0]
    return found


def _wait(chance: random.Random, world: World, person: Person, customer: Row) -> None:
    for product, variant_id in chance.sample(sold_out(), chance.choice((1, 1, 2))):
        at = _ago(chance, world, person, 40)
        world.rows.add(
            RestockAlert, id=world.rows.new_id(at), customer_id=customer["id"], product_id=product.id,
            variant_id=variant_id, target=variant_id or product.id, channel="web", state="waiting", created_at=at,
        )  # fmt: skip
