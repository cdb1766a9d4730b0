"""Products from a file: one row each, or one row for each variant; or many rows that only mention them, as orders do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm_store.imports.products import ProductIn, VariantIn, add_category_names, put_products
from dangol.importing.fields import (
    Amount,
    Code,
    Long,
    ProductId,
    Rejected,
    Row,
    Short,
    Title,
    VariantId,
    Whole,
    Words,
    YesNo,
)
from dangol.importing.kinds import Context, Judged, checked, in_language, merge
from dangol.importing.spool import Line

_PLAIN = ("price", "image_url", "url", "active", "consumable")
_OF_VARIANT = {"sku": "sku", "variant_price": "price", "stock": "stock", "colour": "colour", "size": "size"}


class ProductRow(Row):
    """A product or one of its variants. Texts without a language are in the shop's."""

    id: ProductId
    name: Title | None = None
    name_ko: Title | None = None
    name_en: Title | None = None
    description: Long | None = None
    description_ko: Long | None = None
    description_en: Long | None = None
    category: Code | None = None
    category_ko: Code | None = None
    category_en: Code | None = None
    kind: Code | None = None
    kind_ko: Code | None = None
    kind_en: Code | None = None
    brand: Code | None = None
    brand_ko: Code | None = None
    brand_en: Code | None = None
    tags: Words | None = None
    tags_ko: Words | None = None
    tags_en: Words | None = None
    price: Amount | None = None
    stock: Whole | None = None
    consumable: YesNo | None = None
    active: YesNo | None = None
    image_url: Long | None = None
    url: Long | None = None
    variant: VariantId | None = None
    variant_price: Amount | None = None
    colour: Code | None = None
    size: Code | None = None
    sku: Short | None = None


class Products:
    """Importer of products."""

    columns = frozenset(ProductRow.model_fields) | {"attribute.", "quantity"}  # the last for rules of the mapping

    def key(self, values: Mapping[str, str]) -> str:
        """A product's id."""
        return values.get("id", "")

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put products; a new one needs a name and a price."""
        judged: list[Judged] = []
        wanted: list[tuple[ProductIn, list[tuple[Line, ProductRow]]]] = []
        named: dict[str, dict[str, Any]] = {}
        for group in groups:
            good, bad = checked(group, ProductRow, context, alike=True)
            good, more = _sound(good)
            judged += [*bad, *more]
            if good:
                wanted.append((_product(good, context), good))
                named |= _category_names(wanted[-1][0], good, context)
        outcomes = put_products(session, [product for product, _ in wanted], context.manner.currency, context.now)
        add_category_names(session, named, actor=context.actor, now=context.now)
        for product, rows in wanted:
            judged += _judge(product, rows, outcomes[product.id])
        return judged


def _sound(rows: list[tuple[Line, ProductRow]]) -> tuple[list[tuple[Line, ProductRow]], list[Judged]]:
    good: list[tuple[Line, ProductRow]] = []
    bad: list[Judged] = []
    for line, row in rows:
        if row.stock is not None and row.stock < 0:
            bad.append((line, Rejected("stock_negative", "stock: below zero")))
        elif row.variant and not (row.colour or row.size):
            bad.append((line, Rejected("variant_plain", "variant: a variant needs a colour or a size")))
        else:
            good.append((line, row))
    return good, bad


def variant_id(row: ProductRow) -> str:
    """The id of what the row sells: <product>.<colour>-<size>, or the product's for a plain one."""
    if row.variant:
        return row.variant
    options = "-".join(slug(option) for option in (row.colour, row.size) if option)
    return f"{row.id}.{options}" if options else row.id


def slug(text: str) -> str:
    """A text as a code: lower case, letters and digits of any language, hyphens between."""
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text).casefold()).strip("-")[:40] or "other"


def _product(rows: list[tuple[Line, ProductRow]], context: Context) -> ProductIn:
    several, language = context.mapping.several, context.manner.language
    merged = merge([row for _, row in rows], several)
    values: dict[str, Any] = {name: merged[name] for name in _PLAIN if name in merged}
    texts = {
        name: in_language(merged, name, language)
        for name in ("name", "description", "category", "kind", "brand", "tags")
    }
    values |= {name: texts[name] for name in ("name", "description", "tags") if texts[name]}
    if texts["category"]:
        values["category"] = slug(_code(texts["category"], merged.get("category")))
    if texts["kind"]:
        values["kind"] = slug(_code(texts["kind"], merged.get("kind")))
        values["kind_names"] = {locale: [text] for locale, text in texts["kind"].items()}
    if texts["brand"]:
        values["brand"] = slug(_code(texts["brand"], merged.get("brand")))
        values["brand_name"] = texts["brand"]
    attributes = _attributes(rows)
    if attributes:
        values["attributes"] = attributes
    variants: dict[str, list[ProductRow]] = {}
    for _, row in rows:
        variants.setdefault(variant_id(row), []).append(row)
    parts = [VariantIn(name, _variant_values(merge(own, several))) for name, own in variants.items()]
    return ProductIn(rows[0][1].id, values, parts)


def _code(texts: dict[str, Any], given: Any) -> str:
    return str(given or texts.get("en") or next(iter(texts.values())))


def _variant_values(merged: dict[str, Any]) -> dict[str, Any]:
    return {ours: merged[name] for name, ours in _OF_VARIANT.items() if name in merged}


def _attributes(rows: list[tuple[Line, ProductRow]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line, _ in rows:
        for name, text in line.values.items():
            if name.startswith("attribute."):
                codes = [slug(part) for part in text.split("|") if part.strip()]
                found[name.removeprefix("attribute.")] = codes[0] if len(codes) == 1 else codes
    return found


def _category_names(
    product: ProductIn, rows: list[tuple[Line, ProductRow]], context: Context
) -> dict[str, dict[str, Any]]:
    merged = merge([row for _, row in rows], context.mapping.several)
    names = in_language(merged, "category", context.manner.language)
    return {str(product.values["category"]): names} if names else {}


def _judge(product: ProductIn, rows: list[tuple[Line, ProductRow]], outcomes: Mapping[str, str]) -> list[Judged]:
    judged: list[Judged] = []
    seen: set[str] = set()
    for line, row in rows:
        found = outcomes[variant_id(row)]
        if found in ("name_missing", "price_missing", "variant_elsewhere"):
            judged.append((line, Rejected(found, _MESSAGES[found])))
            continue
        first = variant_id(row) not in seen
        seen.add(variant_id(row))
        judged.append((line, found if first else "merged"))
    return judged


_MESSAGES = {
    "name_missing": "name: a new product needs one, in any of its rows",
    "price_missing": "price: a new product needs one, in any of its rows",
    "variant_elsewhere": "variant: another product has a variant with this id",
}
