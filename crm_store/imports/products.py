"""Put many products with their variants: new ones added, known ones changed where something differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.catalogue.models import Product, Variant
from crm_store.shop.queries import current_rules
from crm_store.shop.service import adopt_rules

_TEXTS = ("name", "description", "tags", "kind_names", "brand_name", "attributes")
CHUNK = 500


@dataclass(frozen=True, slots=True)
class VariantIn:
    """A variant by its id; `values` by column of `Variant`. The plain one has the product's id."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProductIn:
    """What is known of a product: `values` by column of `Product`, maps of texts are laid over what is there."""

    id: str
    values: Mapping[str, Any]
    variants: Sequence[VariantIn]


def put_products(
    session: Session, products: Sequence[ProductIn], currency: str, now: datetime
) -> dict[str, dict[str, str]]:
    """What became of every variant, by product and variant id: added, updated, unchanged; name_missing or price_missing of a

    product that is new, variant_elsewhere of one that is another product's. What `values` does not name stays.
    """
    known = by_id(session, Product, (product.id for product in products))
    variants: dict[str, dict[str, Variant]] = {}
    for variant in _variants_of(session, list(known)):
        variants.setdefault(variant.product_id, {})[variant.id] = variant
    taken = by_id(session, Variant, (variant.id for product in products for variant in product.variants))
    outcomes: dict[str, dict[str, str]] = {}
    for product in products:
        row = known.get(product.id)
        if row is None and (missing := _missing(product)):
            outcomes[product.id] = {variant.id: missing for variant in product.variants}
            continue
        found = variants.get(product.id, {})
        outcomes[product.id] = _put(session, product, row, found, taken, currency, now)
    session.flush()
    return outcomes


def by_id(session: Session, model: type[Any], ids: Iterable[str]) -> dict[str, Any]:
    """The rows with these ids, by id, locked for a change."""
    wanted = sorted(set(ids))
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(model).where(model.id.in_(wanted[start : start + CHUNK])).order_by(model.id)
        for row in session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)):
            found[row.id] = row
    return found


def _variants_of(session: Session, product_ids: list[str]) -> list[Variant]:
    found: list[Variant] = []
    for start in range(0, len(product_ids), CHUNK):
        query = select(Variant).where(Variant.product_id.in_(product_ids[start : start + CHUNK])).order_by(Variant.id)
        found += session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    return found


def _missing(product: ProductIn) -> str | None:
    if not product.values.get("name"):
        return "name_missing"
    return None if "price" in product.values else "price_missing"


def _put(
    session: Session, product: ProductIn, row: Product | None, known: dict[str, Variant],
    taken: Mapping[str, Variant], currency: str, now: datetime,
) -> dict[str, str]:  # fmt: skip
    changed = False
    added = row is None
    if row is None:
        row = _new_product(product, currency, now)
        session.add(row)
        session.flush()
    else:
        changed = _change(row, product.values)
    outcomes: dict[str, str] = {}
    for variant in product.variants:
        other = taken.get(variant.id)
        if other is not None and other.product_id != product.id:
            outcomes[variant.id] = "variant_elsewhere"
            continue
        outcomes[variant.id] = _put_variant(session, product.id, variant, known, now)
    _retire_plain(product, known, now)
    stock = sum(variant.stock for variant in known.values() if variant.active)
    if row.stock != stock:
        row.stock, changed = stock, True
    first = product.variants[0].id
    if changed and not added:
        row.updated_at = now
        outcomes[first] = "updated" if outcomes[first] == "unchanged" else outcomes[first]
    return outcomes


def _new_product(product: ProductIn, currency: str, now: datetime) -> Product:
    category = str(product.values.get("category") or "all")
    defaults = {"category": category, "kind": product.values.get("kind") or category}
    return Product(id=product.id, currency=currency, stock=0, updated_at=now, **{**defaults, **product.values})


def _change(row: Product | Variant, values: Mapping[str, Any]) -> bool:
    changed = False
    for name, value in values.items():
        before = getattr(row, name)
        after = {**before, **value} if name in _TEXTS and before else value
        if before != after:
            setattr(row, name, after)
            changed = True
    return changed


def _put_variant(
    session: Session, product_id: str, variant: VariantIn, known: dict[str, Variant], now: datetime
) -> str:
    row = known.get(variant.id)
    if row is None:
        position = max((other.position for other in known.values()), default=-1) + 1
        row = Variant(id=variant.id, product_id=product_id, position=position, active=True, updated_at=now, stock=0)
        _change(row, variant.values)
        known[variant.id] = row
        session.add(row)
        return "added"
    values: Mapping[str, Any] = variant.values if row.active else {**variant.values, "active": True}
    if not _change(row, values):
        return "unchanged"
    row.updated_at = now
    return "updated"


def _retire_plain(product: ProductIn, known: dict[str, Variant], now: datetime) -> None:
    """A product that now comes in colours or sizes is not sold plain any more."""
    plain = known.get(product.id)
    own = {variant.id for variant in product.variants}
    if plain is not None and plain.active and own - {product.id} and product.id not in own:
        plain.active, plain.stock, plain.updated_at = False, 0, now


def add_category_names(session: Session, named: Mapping[str, dict[str, Any]], *, actor: str, now: datetime) -> None:
    """Names of departments go into the rules (catalogue.categories), a new version of them where any is new."""
    rules = current_rules(session)
    catalogue = dict(rules.get("catalogue") or {})
    categories = dict(catalogue.get("categories") or {})
    fresh = {
        code: {
            "synonyms": {},
            **categories.get(code, {}),
            "name": {**categories.get(code, {}).get("name", {}), **names},
        }
        for code, names in named.items()
    }
    if any(categories.get(code) != entry for code, entry in fresh.items()):
        catalogue["categories"] = {**categories, **fresh}
        adopt_rules(session, rules={**rules, "catalogue": catalogue}, actor=actor, now=now)
