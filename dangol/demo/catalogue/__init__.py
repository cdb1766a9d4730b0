"""The demonstration shop's catalogue: hand-written products with their brands, kinds and attribute words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

CATEGORIES = ("cosmetics", "coffee_snacks", "sports", "home")
_FOLDER = Path(__file__).parent


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


class Product(_Frozen):
    """One product: price in whole KRW, stock in pieces, attributes as codes named in attributes.yml."""

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


class Catalogue(_Frozen):
    """Everything the shop sells, and the words for it."""

    products: tuple[Product, ...]
    brands: dict[str, Brand]
    categories: dict[str, Category]
    attributes: dict[str, dict[str, Words]]


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@cache
def load() -> Catalogue:
    """Read the catalogue files; raises pydantic.ValidationError when one is malformed."""
    products = [{**entry, "category": category} for category in CATEGORIES for entry in _read(category)]
    return Catalogue.model_validate(
        {
            "products": products,
            "brands": _read("brands"),
            "categories": _read("kinds"),
            "attributes": _read("attributes"),
        }
    )
