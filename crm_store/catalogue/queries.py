"""Read products."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.catalogue.models import Product


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
