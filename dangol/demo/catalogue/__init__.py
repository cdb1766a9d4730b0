"""The demonstration shop's catalogue: hand-written products with their brands, kinds and attribute words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import product as combinations
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

CATEGORIES = ("cosmetics", "coffee_snacks", "sports", "home")
_FOLDER = Path(__file__).parent
# No hyphen: it stands between colour and size in a variant's id.
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(_Frozen):
    """One text in both languages."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Words(_Frozen):
    """Words in both languages; where a name is shown it is the first of its list."""

    ko: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class Brand(Bilingual):
    """A brand's name, with other spellings of it."""

    synonyms: Words


class Category(_Frozen):
    """A department of the shop and the kinds of product in it, by kind code."""

    name: Bilingual
    synonyms: Words
    kinds: dict[str, Words]


class Picture(_Frozen):
    """How the product is drawn: a shape and a palette of dangol.demo.pictures."""

    shape: str
    palette: str


class Options(_Frozen):
    """What a customer chooses of a product, as codes of attributes.yml; shades of make-up count as colours.

    `sold_out` names combinations that are out of stock while others are not: `black-240`, `black` or `240`.
    """

    colours: tuple[_Code, ...] = ()
    sizes: tuple[_Code, ...] = ()
    sold_out: frozenset[str] = frozenset()

    def combinations(self) -> Iterator[tuple[str, str | None, str | None]]:
        """(suffix of the variant's id, colour, size) in the order written; nothing where there is no choice."""
        if self.colours or self.sizes:
            for colour, size in combinations(self.colours or (None,), self.sizes or (None,)):
                yield "-".join(code for code in (colour, size) if code), colour, size

    @model_validator(mode="after")
    def _check_sold_out(self) -> Self:
        unknown = self.sold_out - {suffix for suffix, _, _ in self.combinations()}
        if unknown:
            raise ValueError(f"sold_out names no combination of the options: {sorted(unknown)}")
        return self


class Product(_Frozen):
    """One product: price in whole KRW, stock in pieces, attributes as codes named in attributes.yml.

    Colours and sizes to choose from are written once, under `options`; `attributes` then has them too.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")
    category: str
    kind: str
    brand: str
    name: Bilingual
    description: Bilingual
    price: int = Field(gt=0)
    stock: int = Field(ge=0)
    attributes: dict[str, Any]
    tags: Words
    consumable: bool
    picture: Picture
    options: Options = Options()

    @model_validator(mode="after")
    def _options_are_attributes(self) -> Self:
        choices = [suffix for suffix, _, _ in self.options.combinations()]
        if self.stock and choices and self.options.sold_out.issuperset(choices):
            raise ValueError("every variant is sold out, yet the product has stock")
        for name, codes in (("colours", self.options.colours), ("sizes", self.options.sizes)):
            if codes:
                self.attributes.setdefault(name, list(codes))
        return self


class VariantFacts(NamedTuple):
    """One combination of a product's options: `id` is `<product-id>.<colour>-<size>`, or with the one code there is."""

    id: str
    colour: str | None
    size: str | None
    stock: int


class Catalogue(_Frozen):
    """Everything the shop sells, and the words for it."""

    products: tuple[Product, ...]
    brands: dict[str, Brand]
    categories: dict[str, Category]
    attributes: dict[str, dict[str, Words]]


def _entries(category: str) -> Iterator[dict[str, Any]]:
    """The products of `<category>.yml`, then those of its further parts `<category>_<part>.yml`."""
    for path in (_FOLDER / f"{category}.yml", *sorted(_FOLDER.glob(f"{category}_*.yml"))):
        for entry in _read(path.stem):
            yield {**entry, "category": category}


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@cache
def load() -> Catalogue:
    """Read the catalogue files; raises pydantic.ValidationError when one is malformed."""
    products = [entry for category in CATEGORIES for entry in _entries(category)]
    return Catalogue.model_validate(
        {
            "products": products,
            "brands": _read("brands"),
            "categories": _read("kinds"),
            "attributes": _read("attributes"),
        }
    )


def variants(product: Product) -> tuple[VariantFacts, ...]:
    """The product's variants, among which its stock is spread, always alike; none where there is nothing to choose.

    Every variant that is not sold out has a piece if the stock suffices; the sum is the product's stock.
    """
    choices = list(product.options.combinations())
    if not choices:
        return ()
    on_sale = [suffix for suffix, _, _ in choices if suffix not in product.options.sold_out]
    stock = (
        dict(zip(on_sale, _spread(product.stock, len(on_sale), seed=product.id), strict=True)) if product.stock else {}
    )
    return tuple(
        VariantFacts(f"{product.id}.{suffix}", colour, size, stock.get(suffix, 0)) for suffix, colour, size in choices
    )


def _spread(pieces: int, shares: int, *, seed: str) -> list[int]:
    chance = random.Random(seed)
    weights = [chance.uniform(0.4, 1.6) for _ in range(shares)]
    least = 1 if pieces >= shares else 0
    rest = pieces - least * shares
    spread = [least + int(rest * weight / sum(weights)) for weight in weights]
    for at in range(pieces - sum(spread)):
        spread[at] += 1
    return spread
