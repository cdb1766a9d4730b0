"""Search and recommendation: wish and deeds both count, different products, a reason for each, a beginning without either."""

from __future__ import annotations

from collections import Counter

import pytest

from knowledge.embedded import EmbeddedEncoder
from knowledge.products import Filters, Item, ProductIndex, read_facts
from knowledge.sales import Sale, Sales, read_sales
from knowledge.signals import Signal
from tests.knowledge.conftest import MORU, MUG, SHELF, TONER, Sold

FACTS = [read_facts(product) for product in SHELF]
# Runners' mugs: those who bought the shoes bought the mug; the toner sold last, to one customer.
SALES = read_sales(
    [
        *(Sale(f"runner-{n}", product_id, 20 + n) for n in range(6) for product_id in ("road-shoes", "moon-mug")),
        Sale("early", "moon-mug", 199),
        Sale("other", "rose-cream", 200),
        Sale("other", "tea-toner", 1),
    ]
)


@pytest.fixture(scope="session")
def index(encoder: EmbeddedEncoder) -> ProductIndex:
    return ProductIndex(FACTS, encoder)


@pytest.fixture(scope="session")
def sold(index: ProductIndex, encoder: EmbeddedEncoder) -> ProductIndex:
    return ProductIndex(FACTS, encoder, index, SALES)


def ids(items: list[Item]) -> list[str]:
    return [item.product_id for item in items]


def reasons(items: list[Item]) -> dict[str, tuple[str, str | None]]:
    return {item.product_id: (item.reason.code, item.reason.args.get("product")) for item in items}


@pytest.mark.parametrize(
    ("wish", "locale", "first"),
    [
        ("장미 토너", "ko", "rose-toner"),
        ("달릴 때 신을 신발", "ko", "road-shoes"),
        ("something to drink coffee from", "en", "moon-mug"),
        ("rose moisturiser", "en", "rose-cream"),
        ("로즈토나", "ko", "rose-toner"),
        ("달 머그겁", "ko", "moon-mug"),
        ("roze tonr", "en", "rose-toner"),
        ("컵", "ko", "moon-mug"),
    ],
)
def test_search_finds_what_is_meant(index: ProductIndex, wish: str, locale: str, first: str) -> None:
    assert ids(index.search(wish, locale=locale))[0] == first


def test_search_knows_the_words_for_attributes(encoder: EmbeddedEncoder) -> None:
    words = {"attributes": {"colours": {"black": {"ko": ["블랙", "검은색"], "en": ["black"]}}}}
    mugs = [
        Sold(f"mug-{colour}", "home", "mug", MUG, None, {}, {"ko": "머그", "en": "Mug"}, 9000,
             attributes={"colours": [colour]})
        for colour in ("white", "black")
    ]  # fmt: skip
    index = ProductIndex([read_facts(mug, words=words) for mug in mugs], encoder)
    assert ids(index.search("검은색 머그컵"))[0] == "mug-black"
    assert ids(index.search("a black mug", locale="en"))[0] == "mug-black"


def test_history_leads_and_is_named(index: ProductIndex) -> None:
    items = index.recommend([Signal("rose-toner", 5)], k=2)
    assert {"rose-cream", "tea-toner"} & set(ids(items))
    assert reasons(items)[items[0].product_id] == ("history", "rose-toner")
    assert "rose-toner" not in ids(items)


def test_recent_purchases_count_more(index: ProductIndex) -> None:
    lately_sport = [Signal("trail-shoes", 1), Signal("tea-toner", 700)]
    lately_care = [Signal("trail-shoes", 700), Signal("tea-toner", 1)]
    assert index.recommend(lately_sport, k=1)[0].product_id == "road-shoes"
    assert index.recommend(lately_care, k=1)[0].product_id in ("rose-toner", "rose-cream")


def test_a_stated_wish_outweighs_history(index: ProductIndex) -> None:
    items = index.recommend([Signal("rose-toner", 5)], "커피 마실 컵", k=1)
    assert items[0].product_id == "moon-mug"
    assert items[0].reason.code == "wish"


def test_history_decides_among_what_fits_a_wish(index: ProductIndex) -> None:
    assert ids(index.recommend([Signal("rose-cream", 5)], "토너"))[0] == "rose-toner"
    assert set(ids(index.recommend([], "토너", k=2))) == {"rose-toner", "tea-toner"}


def test_what_others_bought_together(sold: ProductIndex) -> None:
    items = sold.recommend([Signal("road-shoes", 5)], k=1)
    assert reasons(items) == {"moon-mug": ("bought_together", "road-shoes")}


def test_cart_wishlist_and_views_count_and_are_named(index: ProductIndex) -> None:
    carted = index.recommend([Signal("rose-toner", 0, "cart")], k=3)
    assert "rose-toner" not in ids(carted)
    assert reasons(carted)[ids(carted)[0]] == ("cart", "rose-toner")
    saved = index.recommend([Signal("rose-toner", 3, "wishlist")], k=3)
    assert reasons(saved)["rose-toner"] == ("wishlist", "rose-toner")
    assert ("wishlist", "rose-toner") in [reasons(saved)[other] for other in ids(saved) if other != "rose-toner"]
    seen = index.recommend([Signal("rose-toner", 1, "view")], k=3)
    assert reasons(seen)["rose-toner"] == ("viewed", "rose-toner")
    bought_since = index.recommend([Signal("rose-toner", 70), Signal("rose-toner", 71, "view")], k=6)
    assert reasons(bought_since)["rose-toner"][0] == "popular"


def test_just_bought_is_left_out_unless_consumed(encoder: EmbeddedEncoder) -> None:
    facts = [
        read_facts(Sold(f"{name}-{n}", "cosmetics", "toner", TONER, None, {}, {"ko": f"{name} {n}", "en": name}, 9000,
                        consumable=name == "soap"))
        for name in ("soap", "brush") for n in range(4)
    ]  # fmt: skip
    index = ProductIndex(facts, encoder)
    bought = [Signal("soap-0", 30), Signal("brush-0", 30), Signal("brush-1", 61)]
    found = index.recommend(bought, k=8)
    assert "brush-0" not in ids(found)
    assert {"soap-0", "brush-1"} <= set(ids(found))
    assert reasons(found)["soap-0"] == ("again", "soap-0")
    assert "brush-1" not in ids(index.recommend(bought, k=8, rest_days=90))
    many = [Signal(f"soap-{n}", 30) for n in range(4)]
    again = [code for code, _ in reasons(index.recommend(many, k=4)).values()]
    assert Counter(again)["again"] == 2


def test_strangers_without_a_wish_get_what_sells(sold: ProductIndex) -> None:
    items = sold.recommend(k=2)
    assert ids(items)[0] == "moon-mug"
    assert items[0].reason.code == "popular"
    assert reasons(sold.recommend(k=10))["tea-toner"][0] == "new"
    assert len(sold.recommend(k=10)) == 5
    assert sold.popularity["moon-mug"] > sold.popularity["rose-cream"] > sold.popularity["rose-toner"] == 0


def test_a_wish_that_nothing_fits_still_shows_something(sold: ProductIndex) -> None:
    assert len(sold.recommend([], "쀍", k=3)) == 3


def test_what_is_shown_differs(index: ProductIndex) -> None:
    kinds = {product.id: product.kind for product in SHELF}
    assert len({kinds[product_id] for product_id in ids(index.recommend(wish="선물", k=3))}) == 3


def test_at_most_two_of_a_kind_unless_it_is_named(encoder: EmbeddedEncoder) -> None:
    toners = [
        Sold(f"toner-{n}", "cosmetics", "toner", TONER, "moru", MORU, {"ko": f"순한 {n}", "en": f"Mild {n}"}, 9000)
        for n in range(6)
    ]  # fmt: skip
    index = ProductIndex([*FACTS, *map(read_facts, toners)], encoder)
    kinds = {facts.id: facts.kind for facts in index.facts}

    def shown(items: list[Item]) -> Counter[str]:
        return Counter(kinds[product_id] for product_id in ids(items))

    assert shown(index.recommend([Signal("rose-toner", 3)], k=4))["toner"] == 2
    assert shown(index.recommend([], "토너", k=4))["toner"] == 4
    assert shown(index.recommend([], filters=Filters(kind="toner"), k=4))["toner"] == 4
    assert shown(index.recommend([], filters=Filters(brand="moru", price_max=9000), k=4))["toner"] == 4


def test_similar_products(index: ProductIndex, sold: ProductIndex) -> None:
    assert ids(index.similar("rose-toner", k=1)) == ["tea-toner"]
    assert ids(index.similar("rose-toner", k=4))[:2] == ["tea-toner", "rose-cream"]
    assert reasons(index.similar("rose-toner", k=1)) == {"tea-toner": ("similar", "rose-toner")}
    assert ids(index.similar("rose-cream", Filters(price_max=20000), k=1)) == ["rose-toner"]
    assert index.similar("unknown") == []
    assert reasons(sold.similar("road-shoes", k=9))["moon-mug"] == ("bought_together", "road-shoes")


def test_alternatives_to_what_is_sold_out(index: ProductIndex) -> None:
    assert ids(index.alternatives("trail-shoes"))[0] == "road-shoes"
    assert "trail-shoes" not in ids(index.alternatives("road-shoes", k=9))


def test_an_empty_shelf_shows_nothing(encoder: EmbeddedEncoder) -> None:
    empty = ProductIndex([], encoder)
    assert empty.search("토너") == []
    assert empty.recommend([Signal("rose-toner", 1)], "토너") == []
    single = ProductIndex(FACTS[:1], encoder, sales=SALES)
    assert ids(single.recommend([Signal("rose-toner", 100)])) == ["rose-toner"]
    assert single.similar("rose-toner") == []


def test_only_new_texts_are_embedded(index: ProductIndex, encoder: EmbeddedEncoder) -> None:
    other = read_facts(Sold("star-mug", "home", "mug", MUG, None, {}, {"ko": "별 머그컵", "en": "Star Mug"}, 15000))
    assert ProductIndex([*FACTS, other], encoder, index).embedded == 2
    again = ProductIndex(FACTS, encoder, index)
    assert again.same_texts(index)
    assert again.popularity == index.popularity


def test_a_new_index_keeps_the_sales_it_is_not_given(sold: ProductIndex, encoder: EmbeddedEncoder) -> None:
    assert ProductIndex(FACTS, encoder, sold).popularity == sold.popularity
    assert ProductIndex(FACTS, encoder, sold, Sales()).popularity["moon-mug"] == 0
