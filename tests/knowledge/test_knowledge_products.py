"""Search and recommendation: filters are hard, wish and history both count, different products, a reason for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.embedded import EmbeddedEncoder
from knowledge.products import Filters, ProductIndex, Purchase
from tests.knowledge.conftest import SHELF


@pytest.fixture(scope="session")
def index(encoder: EmbeddedEncoder) -> ProductIndex:
    return ProductIndex(SHELF, encoder)


def ids(items: list[object]) -> list[str]:
    return [item.product_id for item in items]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wish", "locale", "first"),
    [
        ("장미 토너", "ko", "rose-toner"),
        ("달릴 때 신을 신발", "ko", "road-shoes"),
        ("something to drink coffee from", "en", "moon-mug"),
        ("rose moisturiser", "en", "rose-cream"),
    ],
)
def test_search_finds_what_is_meant(index: ProductIndex, wish: str, locale: str, first: str) -> None:
    assert ids(index.search(wish, locale=locale))[0] == first  # type: ignore[arg-type]


@given(
    st.builds(
        Filters,
        price_min=st.none() | st.integers(0, 100_000),
        price_max=st.none() | st.integers(0, 100_000),
        category=st.sampled_from([None, "cosmetics", "toner", "sports"]),
        kind=st.sampled_from([None, "toner", "shoes"]),
        brand=st.sampled_from([None, "moru"]),
        in_stock=st.booleans(),
        exclude=st.frozensets(st.sampled_from([product.id for product in SHELF])),
    ),
    st.sampled_from(["", "토너 추천", "gift"]),
)
def test_filters_are_never_broken(index: ProductIndex, filters: Filters, wish: str) -> None:
    products = {product.id: product for product in SHELF}
    for items in (index.search(wish, filters), index.recommend([Purchase("rose-toner", 3)], wish, filters)):
        for item in items:
            product = products[item.product_id]
            assert filters.price_min is None or product.price >= filters.price_min
            assert filters.price_max is None or product.price <= filters.price_max
            assert filters.category in (None, product.category, product.kind)
            assert filters.kind in (None, product.kind)
            assert filters.brand in (None, product.brand)
            assert product.stock > 0 or not filters.in_stock
            assert product.id not in filters.exclude


def test_history_leads_and_is_named(index: ProductIndex) -> None:
    items = index.recommend([Purchase("rose-toner", 5)], k=2)
    assert {"rose-cream", "tea-toner"} & set(ids(items))  # type: ignore[arg-type]
    assert items[0].reason.code == "history"
    assert items[0].reason.args == {"product": "rose-toner"}
    assert "rose-toner" not in ids(items)  # type: ignore[arg-type]


def test_recent_purchases_count_more(index: ProductIndex) -> None:
    lately_sport = [Purchase("trail-shoes", 1), Purchase("tea-toner", 700)]
    lately_care = [Purchase("trail-shoes", 700), Purchase("tea-toner", 1)]
    assert index.recommend(lately_sport, k=1)[0].product_id == "road-shoes"
    assert index.recommend(lately_care, k=1)[0].product_id in ("rose-toner", "rose-cream")


def test_a_stated_wish_outweighs_history(index: ProductIndex) -> None:
    items = index.recommend([Purchase("rose-toner", 5)], "커피 마실 컵", k=1)
    assert items[0].product_id == "moon-mug"
    assert items[0].reason.code == "wish"


def test_strangers_without_a_wish_get_what_sells(index: ProductIndex) -> None:
    items = index.recommend(popularity={"moon-mug": 50, "road-shoes": 20}, k=2)
    assert ids(items) == ["moon-mug", "road-shoes"]  # type: ignore[arg-type]
    assert items[0].reason.code == "popular"
    assert len(index.recommend(k=10)) == 5


def test_what_is_shown_differs(index: ProductIndex) -> None:
    kinds = {product.id: product.kind for product in SHELF}
    shown = [kinds[product_id] for product_id in ids(index.recommend(wish="선물", k=3))]  # type: ignore[arg-type]
    assert len(set(shown)) == 3


def test_similar_products(index: ProductIndex) -> None:
    assert ids(index.similar("rose-toner", k=1)) == ["tea-toner"]  # type: ignore[arg-type]
    assert index.similar("unknown") == []


def test_an_empty_shelf_shows_nothing(encoder: EmbeddedEncoder) -> None:
    empty = ProductIndex([], encoder)
    assert empty.search("토너") == []
    assert empty.recommend([Purchase("rose-toner", 1)], "토너") == []


def test_only_new_texts_are_embedded(index: ProductIndex, encoder: EmbeddedEncoder) -> None:
    assert ProductIndex(SHELF, encoder, index).embedded == 0
