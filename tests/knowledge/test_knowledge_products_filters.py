"""Filters hold without exception: ten thousand random questions against a check written independently of the code."""

from __future__ import annotations

import random
from typing import Any

import pytest

from knowledge.embedded import EmbeddedEncoder
from knowledge.facts import Facts, Filters, VariantFacts, attribute_key
from knowledge.products import ProductIndex, read_facts
from knowledge.sales import Sale, read_sales
from knowledge.signals import Signal, SignalKind
from tests.knowledge.conftest import CREAM, MUG, SHOES, TONER, Sold

COLOURS, SIZES, SKINS = ("black", "white", "coral"), ("S", "M", "250"), ("dry", "oily", "normal")
KINDS = [("cosmetics", "toner", TONER), ("cosmetics", "cream", CREAM), ("sports", "shoes", SHOES), ("home", "mug", MUG)]
WISHES = ("", "토너 추천", "gift", "검은색 운동화", "쀍", "a warm mug for the office", "로즈 크리임")
QUESTIONS = 10_000


def _variants(chance: random.Random, product_id: str) -> tuple[VariantFacts, ...]:
    form = chance.randrange(4)
    colours = chance.sample(COLOURS, 2) if form in (1, 3) else [None]
    sizes = chance.sample(SIZES, 2) if form in (2, 3) else [None]
    return tuple(
        VariantFacts(f"{product_id}.{colour}-{size}", colour, size, chance.choice([0, 0, 3]),
                     chance.choice([None, None, 7_000, 60_000]))
        for colour in colours for size in sizes
    )  # fmt: skip


def _shelf(chance: random.Random) -> list[Facts]:
    facts = []
    for number in range(60):
        category, kind, names = chance.choice(KINDS)
        variants = _variants(chance, f"p{number}") if chance.random() < 0.8 else ()
        stock = sum(variant.stock for variant in variants) if variants else chance.choice([0, 4])
        attributes: dict[str, Any] = {"scent": chance.choice(["rose", "none"]), "vegan": chance.random() < 0.5}
        if category == "cosmetics":
            attributes["skin_types"] = chance.sample(SKINS, 2)
        if chance.random() < 0.5:
            attributes["colours"] = chance.sample(COLOURS, 2)
        product = Sold(
            f"p{number}", category, kind, names, chance.choice(["moru", "gaon", None]), {},
            {"ko": f"{names['ko'][0]} {number}호", "en": f"{names['en'][0]} no. {number}"},
            chance.choice([5_000, 12_000, 50_000]), stock, attributes=attributes, consumable=chance.random() < 0.4,
        )  # fmt: skip
        facts.append(read_facts(product, variants))
    return facts


def _filters(chance: random.Random) -> Filters:
    attributes: dict[str, list[str]] = {}
    for name, codes in (("colour", COLOURS), ("size", SIZES), ("skin_type", SKINS), ("scent", ("rose", "none"))):
        if chance.random() < 0.2:
            attributes[name] = chance.sample(codes, chance.randint(1, 2))
    if chance.random() < 0.1:
        attributes["vegan"] = ["true"]
    return Filters(
        price_min=chance.choice([None, None, None, 6_000, 20_000]),
        price_max=chance.choice([None, None, 8_000, 30_000]),
        category=chance.choice([None, None, None, "cosmetics", "toner", "nowhere"]),
        kind=chance.choice([None, None, None, "toner", "shoes"]),
        brand=chance.choice([None, None, "moru"]),
        in_stock=chance.random() < 0.8,
        exclude=frozenset(f"p{chance.randrange(60)}" for _ in range(chance.randrange(4))),
        attributes=attributes,
        without={"scent": ["rose"], "colour": ["white"]} if chance.random() < 0.1 else {},
    )


def _signals(chance: random.Random) -> list[Signal]:
    kinds: list[SignalKind] = ["purchase", "purchase", "cart", "wishlist", "view"]
    return [
        Signal(f"p{chance.randrange(62)}", chance.choice([0.5, 59, 60, 61, 400]), chance.choice(kinds))
        for _ in range(chance.choice([0, 0, 1, 5, 20]))
    ]


def _fits(product: Facts, filters: Filters) -> bool:
    """Written anew from the rules, variant by variant."""
    if filters.category is not None and filters.category not in {product.category, product.kind}:
        return False
    if filters.kind not in {None, product.kind} or filters.brand not in {None, product.brand}:
        return False
    if product.id in filters.exclude:
        return False
    variants = list(product.variants) or [VariantFacts(product.id, None, None, product.stock, None)]
    for variant in variants:
        has = {key: set(codes) for key, codes in product.attributes.items()}
        for key, own in (("colour", variant.colour), ("size", variant.size)):
            if own is not None:
                has[key] = {own.lower()}
        price = variant.price or product.price
        good = variant.stock > 0 or not filters.in_stock
        good = good and (filters.price_min or 0) <= price <= (filters.price_max or 10**9)
        for name, codes in filters.attributes.items():
            good = good and bool({code.lower() for code in codes} & has.get(attribute_key(name), set()))
        for name, codes in filters.without.items():
            good = good and not set(codes) & has.get(name, set())
        if good:
            return True
    return False


@pytest.fixture(scope="module")
def index(encoder: EmbeddedEncoder) -> ProductIndex:
    chance = random.Random(7)
    sales = read_sales(
        Sale(f"c{chance.randrange(80)}", f"p{chance.randrange(60)}", chance.random() * 300) for _ in range(600)
    )
    return ProductIndex(_shelf(chance), encoder, sales=sales)


def test_no_filter_is_broken_and_nothing_that_fits_is_withheld(index: ProductIndex) -> None:
    chance = random.Random(11)
    facts = {product.id: product for product in index.facts}
    found_some = few = 0
    for _ in range(QUESTIONS):
        filters, signals, wish = _filters(chance), _signals(chance), chance.choice(WISHES)
        fitting = {product_id for product_id, product in facts.items() if _fits(product, filters)}
        left_out = {
            signal.product_id
            for signal in signals
            if signal.kind == "cart"
            or (signal.kind == "purchase" and signal.days_ago <= 60
                and signal.product_id in facts and not facts[signal.product_id].consumable)
        }  # fmt: skip
        origin = chance.choice(list(facts))
        for items, allowed in (
            (index.search(wish, filters, 6), fitting),
            (index.recommend(signals, wish, filters, 6), fitting - left_out),
            (index.similar(origin, filters, 6), fitting - {origin}),
            (index.alternatives(origin, filters, 6), fitting - {origin}),
        ):
            shown = [item.product_id for item in items]
            assert set(shown) <= allowed
            assert len(set(shown)) == len(shown) == min(6, len(allowed))
            found_some += bool(shown)
            few += 0 < len(allowed) < 6
    assert min(found_some, few) > QUESTIONS // 2


def test_colour_size_and_stock_are_asked_of_one_variant(encoder: EmbeddedEncoder) -> None:
    shoes = Sold("shoes-1", "sports", "shoes", SHOES, None, {}, {"ko": "신발", "en": "Shoes"}, 50_000,
                 attributes={"colours": ["black", "white"], "sizes": ["S", "M"]})  # fmt: skip
    variants = (
        VariantFacts("b", "black", "S", 0),
        VariantFacts("c", "black", "M", 2, 70_000),
        VariantFacts("d", "white", "S", 5),
    )
    index = ProductIndex([read_facts(shoes, variants)], encoder)

    def found(**filters: Any) -> bool:
        return bool(index.search("신발", Filters(**filters)))

    assert found(attributes={"colour": ["black"]})
    assert found(attributes={"colours": ["Black"], "size": ["m"]})
    assert not found(attributes={"colour": ["black"], "size": ["S"]})
    assert found(attributes={"colour": ["black"], "size": ["S"]}, in_stock=False)
    assert not found(attributes={"colour": ["black"]}, price_max=60_000)
    assert not found(attributes={"colour": ["red"]}, in_stock=False)
    assert not found(without={"colour": ["black", "white"]})
