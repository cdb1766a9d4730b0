"""The demonstration catalogue: complete in both languages, consistent with its own tables, and drawable."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from dangol.demo import catalogue, pictures

CATALOGUE = catalogue.load()
KIND_CATEGORY = {kind: name for name, category in CATALOGUE.categories.items() for kind in category.kinds}
# Which table of attributes.yml names the codes of which attribute.
CODED = {
    "colours": "colours", "skin_types": "skin_types", "allergens": "allergens", "scent": "scents",
    "material": "materials", "for_whom": "for_whom", "roast": "roasts", "caffeine": "caffeine",
}  # fmt: skip


def test_there_is_enough_of_everything() -> None:
    per_category = Counter(product.category for product in CATALOGUE.products)
    assert min(per_category[category] for category in catalogue.CATEGORIES) >= 90
    assert len({product.id for product in CATALOGUE.products}) == len(CATALOGUE.products) >= 520
    prices = [product.price for product in CATALOGUE.products]
    assert min(prices) == 2_000
    assert max(prices) <= 250_000
    assert 0.02 <= sum(product.stock == 0 for product in CATALOGUE.products) / len(prices) <= 0.06


@pytest.mark.parametrize("product", CATALOGUE.products, ids=lambda product: product.id)
def test_a_product_fits_the_tables(product: catalogue.Product) -> None:
    assert KIND_CATEGORY[product.kind] == product.category
    assert product.id.startswith(product.brand + "-")
    assert product.brand in CATALOGUE.brands
    for name, table in CODED.items():
        value = product.attributes.get(name, ())
        codes = {value} if isinstance(value, str) else set(value)
        assert codes <= CATALOGUE.attributes[table].keys(), name
    named_sizes = [size for size in product.attributes.get("sizes", ()) if not size.isdigit()]
    assert set(named_sizes) <= CATALOGUE.attributes["sizes"].keys()
    assert set(product.options.colours) <= set(product.attributes.get("colours", ()))
    assert set(product.options.sizes) <= set(product.attributes.get("sizes", ()))


@pytest.mark.parametrize("product", CATALOGUE.products, ids=lambda product: product.id)
def test_variants_share_the_stock(product: catalogue.Product) -> None:
    made = catalogue.variants(product)
    assert made == catalogue.variants(product)
    if made:
        assert sum(variant.stock for variant in made) == product.stock
    for variant in made:
        suffix = variant.id.removeprefix(product.id + ".")
        assert suffix == "-".join(code for code in (variant.colour, variant.size) if code)
        assert variant.stock == 0 or suffix not in product.options.sold_out


def _shoe(stock: int, **options: list[str]) -> catalogue.Product:
    changes = {"id": "gaon-shoe", "stock": stock, "attributes": {}, "options": options}
    return catalogue.Product.model_validate(CATALOGUE.products[0].model_dump() | changes)


def test_a_variant_is_a_colour_in_a_size() -> None:
    shoe = _shoe(31, colours=["black", "navy"], sizes=["240", "250"], sold_out=["black-240"])
    made = catalogue.variants(shoe)
    ids = ["gaon-shoe.black-240", "gaon-shoe.black-250", "gaon-shoe.navy-240", "gaon-shoe.navy-250"]
    assert [variant.id for variant in made] == ids
    assert (made[0].colour, made[0].size, made[0].stock) == ("black", "240", 0)
    assert sum(variant.stock for variant in made) == 31
    assert min(variant.stock for variant in made[1:]) >= 1
    assert shoe.attributes == {"colours": ["black", "navy"], "sizes": ["240", "250"]}


def test_one_option_or_none() -> None:
    assert [variant.id for variant in catalogue.variants(_shoe(2, sizes=["S", "M"]))] == ["gaon-shoe.S", "gaon-shoe.M"]
    assert sum(variant.stock for variant in catalogue.variants(_shoe(2, colours=["red", "blue", "pink"]))) == 2
    assert [variant.stock for variant in catalogue.variants(_shoe(0, colours=["red", "blue"]))] == [0, 0]
    assert catalogue.variants(_shoe(9)) == ()


@pytest.mark.parametrize(("stock", "sold_out"), [(5, ["red-240"]), (5, ["red", "blue"])])
def test_sold_out_must_make_sense(stock: int, sold_out: list[str]) -> None:
    with pytest.raises(ValueError, match="sold"):
        _shoe(stock, colours=["red", "blue"], sold_out=sold_out)


@pytest.mark.parametrize("product", CATALOGUE.products, ids=lambda product: product.id)
def test_a_product_is_told_in_both_languages(product: catalogue.Product) -> None:
    for korean in (product.name.ko, product.description.ko, *product.tags.ko):
        assert any("가" <= letter <= "힣" for letter in korean), korean
    for english in (product.name.en, product.description.en, *product.tags.en):
        assert english.isascii() or "café" in english or "°" in english, english
    assert product.description.ko.endswith("요.")
    assert len(product.tags.ko) == len(product.tags.en) >= 2


def test_words_name_one_thing_each() -> None:
    for category in CATALOGUE.categories.values():
        assert all(words.ko and words.en for words in category.kinds.values())
    words = [word for c in CATALOGUE.categories.values() for k in c.kinds.values() for word in (*k.ko, *k.en)]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    for table in CATALOGUE.attributes.values():
        assert all(words.ko and words.en for words in table.values())


def test_no_two_products_share_a_name_or_description() -> None:
    for language in ("ko", "en"):
        for field in ("name", "description"):
            texts = Counter(getattr(getattr(product, field), language).casefold() for product in CATALOGUE.products)
            assert [text for text, count in texts.items() if count > 1] == []


def test_every_kind_and_shape_is_used() -> None:
    assert {product.kind for product in CATALOGUE.products} == KIND_CATEGORY.keys()
    assert {product.picture.shape for product in CATALOGUE.products} == pictures.shapes()


@pytest.mark.parametrize("product", CATALOGUE.products, ids=lambda product: product.id)
def test_a_picture_is_well_formed_and_always_the_same(product: catalogue.Product) -> None:
    def draw() -> str:
        picture = product.picture
        return pictures.draw(
            seed=product.id, shape=picture.shape, palette=picture.palette, brand="Moru & Co", title=product.name.ko
        )

    document = ElementTree.fromstring(draw())
    assert document.get("viewBox") == "0 0 512 512"
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    used = {element.get("href") for element in document.iter() if element.get("href")}
    assert used <= {f"#{name}" for name in ids}
    assert draw() == draw()
