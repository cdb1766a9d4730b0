"""What the demonstration's customers buy: tastes, seasons, a favourite brand, what goes together, what has run out."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from dangol.demo import catalogue
from dangol.demo.catalogue import Product, VariantFacts
from dangol.demo.people import DAYS, Person
from dangol.demo.rhythm import Occasion, shopping

_SHOES = frozenset({"running_shoes", "walking_shoes", "gym_shoes", "slides"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A product in one variant, and how many of it."""

    product: Product
    variant_id: str
    quantity: int


@dataclass(slots=True)
class Pantry:
    """What somebody buys again and again, and when each will have run out."""

    staples: list[Product]
    empty_on: dict[str, date] = field(default_factory=dict)


def stock_up(chance: random.Random, person: Person) -> Pantry:
    """The staples of somebody who keeps ordering; nothing for who does not."""
    if person.habit not in ("devoted", "regular", "lapsing", "won_back"):
        return Pantry([])
    kinds = [kind for kind in shopping()["staples"] for _ in range(person.tastes[_category_of(kind)])]
    chosen = {chance.choice(kinds) for _ in range(chance.randint(1, 3))}
    return Pantry([_of_kind(chance, person, kind) for kind in sorted(chosen)])


def fill_basket(
    chance: random.Random, person: Person, occasion: Occasion, pantry: Pantry, today: date
) -> tuple[Piece, ...]:
    """What is bought on an occasion; the pantry is filled up."""
    if occasion.gift:
        kinds = chance.sample(shopping()["gifts"], chance.choice((1, 1, 2)))
        return _pieces(chance, person, [_of_kind(chance, person, kind) for kind in kinds], gift=True)
    chosen = [product for product in pantry.staples if pantry.empty_on.get(product.id, date.min) <= occasion.day]
    extra = chance.choices((0, 1, 2, 3), (3, 5, 3, 1))[0] or (0 if chosen else 1)
    chosen += [pick(chance, person, occasion.day, today) for _ in range(extra)]
    for product in tuple(chosen):
        for kind, likely in shopping()["together"].get(product.kind, {}).items():
            if chance.random() < likely:
                chosen.append(_of_kind(chance, person, kind))
    pieces = _pieces(chance, person, chosen, gift=False)
    lasts = shopping()["lasts"]
    for piece in pieces:
        days = lasts.get(piece.product.kind, lasts["usual"]) * piece.quantity
        pantry.empty_on[piece.product.id] = occasion.day + timedelta(days=round(days * 0.85))
    return pieces


def pick(chance: random.Random, person: Person, day: date, today: date) -> Product:
    """A product to a person's taste and the season; dearer ones are chosen more rarely."""
    if person.brand and chance.random() < 0.5:
        return chance.choice(_of_brand(person.brand))
    since = (today - day).days / DAYS
    growth = shopping()["growth"]
    weights = [weight * (since + (1 - since) * growth[category]) for category, weight in person.tastes.items()]
    shelf, sums = _shelf(chance.choices(list(person.tastes), weights)[0], day.month)
    for _ in range(5):
        product = chance.choices(shelf, cum_weights=sums)[0]
        if _fits(product, person):
            break
    return product


def choose_variant(chance: random.Random, person: Person, product: Product, *, in_stock: bool = False) -> str:
    """The id of the variant that suits a person; one in stock now if asked and there is one."""
    facts = variants_of(product.id)
    if not facts:
        return product.id
    facts = tuple(fact for fact in facts if fact.stock or not in_stock) or facts
    size = person.sizes.get("shoes" if product.kind in _SHOES else "clothing")
    facts = tuple(fact for fact in facts if fact.size == size) or facts
    liked = tuple(fact for fact in facts if fact.colour in person.colours)
    return chance.choice(liked or facts).id


@cache
def variants_of(product_id: str) -> tuple[VariantFacts, ...]:
    """A product's variants, as `catalogue.variants` spreads its stock."""
    return catalogue.variants(by_id()[product_id])


@cache
def by_id() -> dict[str, Product]:
    """All products by id."""
    return {product.id: product for product in catalogue.load().products}


@cache
def _shelf(category: str, month: int) -> tuple[tuple[Product, ...], tuple[float, ...]]:
    """A department's products, and the running sums of how they sell in a month."""
    products = tuple(product for product in catalogue.load().products if product.category == category)
    times = {kind: s["times"] for s in shopping()["seasons"] if month in s["months"] for kind in s["kinds"]}
    weights = [times.get(product.kind, 1) * _fame(product.id) / (product.price + 8_000) for product in products]
    return products, tuple(accumulate(weights))


@cache
def _fame(product_id: str) -> float:
    """Some things are loved, most are not: a long tail."""
    return float(random.Random(f"fame {product_id}").paretovariate(1.4))


@cache
def _kinds() -> dict[str, tuple[Product, ...]]:
    found: dict[str, tuple[Product, ...]] = {}
    for product in catalogue.load().products:
        found[product.kind] = (*found.get(product.kind, ()), product)
    return found


@cache
def _of_brand(brand: str) -> tuple[Product, ...]:
    return tuple(product for product in catalogue.load().products if product.brand == brand)


def _category_of(kind: str) -> str:
    return _kinds()[kind][0].category


def _of_kind(chance: random.Random, person: Person, kind: str) -> Product:
    products = _kinds()[kind]
    weights = [
        (5.0 if product.brand == person.brand else 1.0) * _fame(product.id) / (product.price + 4_000)
        for product in products
    ]
    return chance.choices(products, weights)[0]


def _fits(product: Product, person: Person) -> bool:
    """Whether a person would buy it for their own household."""
    wanted = set(product.attributes.get("for_whom", ()))
    if wanted & {"dog", "cat"}:
        return person.pet in wanted
    if wanted & {"children", "baby"}:
        return person.children
    if wanted & {"women", "men"}:
        return person.gender is None or {"female": "women", "male": "men"}[person.gender] in wanted
    return True


def _pieces(chance: random.Random, person: Person, products: Iterable[Product], *, gift: bool) -> tuple[Piece, ...]:
    """One line a variant."""
    found: dict[str, Piece] = {}
    for product in products:
        variant_id = choose_variant(chance, person, product)
        several = chance.choices((1, 2, 3), (7, 2, 1))[0] if product.consumable or gift else 1
        found.setdefault(variant_id, Piece(product, variant_id, several))
    return tuple(found.values())
