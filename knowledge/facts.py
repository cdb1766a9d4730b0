"""What is known of a product, detached from the store, and the conditions it must meet whatever its score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.language import LOCALES

# Attributes that a customer chooses on ordering: they belong to a variant rather than to the product.
OPTIONS = ("colour", "size")
_SPELLINGS = {"color": "colour"}
_NOTHING: frozenset[str] = frozenset()
# An attribute with the codes that are wanted (None: any) and refused.
_Wish = tuple[str, frozenset[str] | None, frozenset[str]]


class Sold(Protocol):
    """A product as the store gives it. The maps are from language to a text or texts; `attributes` from a name to code(s)."""

    id: Any
    category: Any
    kind: Any
    kind_names: Any
    brand: Any
    brand_name: Any
    name: Any
    description: Any
    tags: Any
    attributes: Any
    price: Any
    stock: Any
    consumable: Any


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """One combination of a product's options; None where it does not come in several, or costs what the product does."""

    id: str
    colour: str | None
    size: str | None
    stock: int
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A product; texts by language. `head` says what it is, `traits` what it is like. `attributes` as `attribute_key` names.

    `variants` are what can be ordered: the product itself where there is nothing to choose.
    """

    id: str
    category: str
    kind: str
    brand: str | None
    price: int
    stock: int
    head: tuple[str, ...]
    description: tuple[str, ...]
    name: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    kind_names: Any = None
    brand_name: Any = None
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    consumable: bool = False
    variants: tuple[VariantFacts, ...] = ()


def attribute_key(name: str) -> str:
    """One name for an attribute: colours, colors and colour are the same."""
    single = name.lower().removesuffix("s")
    return _SPELLINGS.get(single, single)


def attribute_codes(value: Any) -> frozenset[str]:
    """The codes of an attribute's value, which may be one or several, in one case."""
    values: Iterable[Any] = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return frozenset(str(one).casefold() for one in values if one is not None)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a product must satisfy, whatever its score. Prices in minor units, inclusive; `category` is a department or a kind.

    `attributes` maps names (colour, size, skin_type, ...) to codes of which one must be met; `without` to codes that must not
    be. Colour, size, price and stock have to be met by one and the same variant.
    """

    price_min: int | None = None
    price_max: int | None = None
    category: str | None = None
    kind: str | None = None
    brand: str | None = None
    in_stock: bool = True
    exclude: frozenset[str] = frozenset()
    attributes: Mapping[str, Collection[str]] = field(default_factory=dict)
    without: Mapping[str, Collection[str]] = field(default_factory=dict)

    def matcher(self) -> Callable[[Facts], bool]:
        """Says of a product whether it may be shown."""
        wanted = {attribute_key(name): attribute_codes(codes) for name, codes in self.attributes.items()}
        refused = {attribute_key(name): attribute_codes(codes) for name, codes in self.without.items()}
        wishes = [(key, wanted.get(key), refused.get(key, _NOTHING)) for key in {*wanted, *refused}]
        own = [wish for wish in wishes if wish[0] not in OPTIONS]
        affords = self._affording([wish for wish in wishes if wish[0] in OPTIONS])

        def allowed(product: Facts) -> bool:
            return (
                (self.category is None or self.category in (product.category, product.kind))
                and (self.kind is None or product.kind == self.kind)
                and (self.brand is None or product.brand == self.brand)
                and product.id not in self.exclude
                and all(_meets(product.attributes.get(key, _NOTHING), want, refuse) for key, want, refuse in own)
                and any(affords(product, variant) for variant in product.variants)
            )

        return allowed

    def _affording(self, options: list[_Wish]) -> Callable[[Facts, VariantFacts], bool]:
        """Says of a variant whether its stock, price, colour and size are what is wanted."""
        low, high = self.price_min or 0, float("inf") if self.price_max is None else self.price_max
        least = 1 if self.in_stock else 0

        def affords(product: Facts, variant: VariantFacts) -> bool:
            return (
                variant.stock >= least
                and low <= (product.price if variant.price is None else variant.price) <= high
                and all(_meets(_option(product, variant, key), want, refuse) for key, want, refuse in options)
            )

        return affords


def _meets(has: frozenset[str], wanted: frozenset[str] | None, refused: frozenset[str]) -> bool:
    return (wanted is None or not wanted.isdisjoint(has)) and refused.isdisjoint(has)


def _option(product: Facts, variant: VariantFacts, key: str) -> frozenset[str]:
    """A variant's colour or size; the product's own where its variants do not differ in it."""
    own = variant.colour if key == "colour" else variant.size
    return product.attributes.get(key, _NOTHING) if own is None else frozenset({own.casefold()})


def texts_of(value: Any, locale: str) -> list[str]:
    """The texts of one language in a map of language to a text or texts."""
    found = value.get(locale) if isinstance(value, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [str(text) for text in found or []]


def _attribute_texts(attributes: Mapping[str, frozenset[str]], words: Mapping[str, Any], locale: str) -> list[str]:
    """What the codes are called: `words` maps attribute name -> code -> language -> texts (the rules' catalogue.attributes)."""
    tables = {attribute_key(name): table for name, table in words.items()}
    return [
        text
        for key, codes in sorted(attributes.items())
        for code, names in tables.get(key, {}).items()
        if str(code).casefold() in codes
        for text in texts_of(names, locale)
    ]


def read_facts(
    product: Sold, variants: Iterable[VariantFacts] = (), words: Mapping[str, Mapping[str, Any]] | None = None
) -> Facts:
    """Detach a product from the store. `words` are the rules' `catalogue`: names of attribute codes and departments."""
    own = tuple(variants) or (VariantFacts(product.id, None, None, product.stock),)
    attributes = {attribute_key(name): attribute_codes(value) for name, value in (product.attributes or {}).items()}
    known = words or {}
    department = known.get("categories", {}).get(product.category, {})
    heads, traits = [], []
    for locale in LOCALES:
        parts = (product.brand_name, product.name, product.kind_names, product.tags)
        heads.append(" ".join(text for part in parts for text in texts_of(part, locale)))
        called = _attribute_texts(attributes, known.get("attributes", {}), locale)
        of_department = [*texts_of(department.get("name"), locale), *texts_of(department.get("synonyms"), locale)]
        traits.append(" ".join([*called, *of_department]))
    return Facts(
        product.id, product.category, product.kind, product.brand, product.price, product.stock, tuple(heads),
        tuple(" ".join(texts_of(product.description, locale)) for locale in LOCALES),
        name=tuple(" ".join(texts_of(product.name, locale)) for locale in LOCALES),
        traits=tuple(traits), kind_names=product.kind_names, brand_name=product.brand_name, attributes=attributes,
        consumable=bool(product.consumable), variants=own,
    )  # fmt: skip
