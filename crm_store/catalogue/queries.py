"""Read products."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.catalogue.models import Product, Variant


def catalogue_stamp(session: Session) -> str:
    """Changes when a product is added, changed or retired: an index built at another stamp is behind."""
    count, newest = session.execute(select(func.count(Product.id), func.max(Product.updated_at))).one()
    return f"{count}:{newest}"


def list_products(session: Session) -> list[Product]:
    """All active products, by id."""
    return list(session.scalars(select(Product).where(Product.active).order_by(Product.id)))


def products_by_id(session: Session, ids: Iterable[str]) -> dict[str, Product]:
    """The products with these ids, by id; unknown ones are left out."""
    wanted = list(ids)
    return {product.id: product for product in session.scalars(select(Product).where(Product.id.in_(wanted)))}


def get_product(session: Session, product_id: str) -> Product:
    """The product; NotFoundError("product_not_found") otherwise."""
    product = session.get(Product, product_id)
    if product is None:
        raise NotFoundError("product_not_found", product_id=product_id)
    return product


def get_variant(session: Session, variant_id: str) -> Variant:
    """The variant; NotFoundError("variant_not_found") otherwise."""
    variant = session.get(Variant, variant_id, populate_existing=True)
    if variant is None:
        raise NotFoundError("variant_not_found", variant_id=variant_id)
    return variant


def list_variants(
    session: Session, product_id: str, *, colour: str | None = None, size: str | None = None
) -> list[Variant]:
    """A product's variants on sale, of a colour and size where given, in the order they are listed."""
    query = (
        select(Variant).where(Variant.product_id == product_id, Variant.active).order_by(Variant.position, Variant.id)
    )
    if colour is not None:
        query = query.where(Variant.colour == colour)
    if size is not None:
        query = query.where(func.lower(Variant.size) == size.lower())
    return list(session.scalars(query.execution_options(populate_existing=True)))


def variants_by_id(session: Session, ids: Iterable[str]) -> dict[str, Variant]:
    """The variants with these ids, by id; unknown ones are left out."""
    wanted = list(ids)
    return {variant.id: variant for variant in session.scalars(select(Variant).where(Variant.id.in_(wanted)))}
