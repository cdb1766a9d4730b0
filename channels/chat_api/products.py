"""What the page shows of a product. Open to everybody: the catalogue is no secret."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from core.errors import NotFoundError
from core.language import Locale
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import products_by_id
from crm_store.db import reading

router = APIRouter(prefix="/api/v1/products", tags=["products"])
# A null byte is refused here: PostgreSQL takes none in a text.
ProductId = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]


def _words(texts: dict[str, Any], locale: Locale, default: str | None) -> str | None:
    """The text in this language, else in another one; the first of several names."""
    found = texts.get(locale) or next(iter(texts.values()), default)
    return str(found[0]) if isinstance(found, list) else found


def _product_json(product: Product, locale: Locale) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": _words(product.name, locale, product.id),
        "description": _words(product.description, locale, ""),
        "brand": _words(product.brand_name, locale, product.brand),
        "kind": _words(product.kind_names, locale, product.kind),
        "price": product.price,
        "currency": product.currency,
        "in_stock": product.stock > 0,
        "image_url": product.image_url,
    }


@router.get("/{product_id}")
async def show(product_id: ProductId, locale: Annotated[Locale, Query()] = "ko") -> dict[str, Any]:
    """A product in the reader's language; `price` in the currency's minor unit. 404 when unknown or no longer sold."""

    def work() -> dict[str, Any]:
        with reading() as session:
            product = products_by_id(session, [product_id]).get(product_id)
            if product is None or not product.active:
                raise NotFoundError("product_not_found")
            return _product_json(product, locale)

    return await asyncio.to_thread(work)
