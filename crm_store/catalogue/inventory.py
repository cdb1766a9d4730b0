"""Use cases on stock. A product's stock is kept as the sum over its variants in the same transaction.

Locks: the product, then its variant. Whoever moves several variants does so in the order of `by_product`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.errors import NotFoundError, RuleViolationError
from crm_store.catalogue.models import Product, Variant


def by_product(session: Session, variant_ids: Iterable[str]) -> list[Variant]:
    """These variants in the order in which their stock is locked. NotFoundError("variant_not_found") names a missing one."""
    wanted = set(variant_ids)
    query = select(Variant).where(Variant.id.in_(wanted)).order_by(Variant.product_id, Variant.id)
    found = list(session.scalars(query))
    if missing := wanted - {variant.id for variant in found}:
        raise NotFoundError("variant_not_found", variant_id=min(missing))
    return found


def take(session: Session, *, variant_id: str, quantity: int, now: datetime) -> None:
    """Take pieces out of stock. RuleViolationError("out_of_stock") with `variant_id` and `available` when there are fewer.

    Refused before anything is written, so a caller may go on.
    """
    _check(quantity, least=1)
    product_id = _lock_product(session, variant_id)
    if not _move(session, variant_id, -quantity, now):
        available = session.scalar(select(Variant.stock).where(Variant.id == variant_id)) or 0
        raise RuleViolationError("out_of_stock", variant_id=variant_id, available=available)
    _move_product(session, product_id, -quantity)


def put_back(session: Session, *, variant_id: str, quantity: int, now: datetime) -> None:
    """Put pieces back into stock: an order was cancelled, goods came back."""
    _check(quantity, least=1)
    product_id = _lock_product(session, variant_id)
    _move(session, variant_id, quantity, now)
    _move_product(session, product_id, quantity)


def set_stock(session: Session, *, variant_id: str, stock: int, now: datetime) -> None:
    """Set what was counted on the shelf. RuleViolationError("quantity_invalid") below zero."""
    _check(stock, least=0)
    product_id = _lock_product(session, variant_id)
    before = session.scalar(select(Variant.stock).where(Variant.id == variant_id).with_for_update(key_share=True)) or 0
    _move(session, variant_id, stock - before, now)
    _move_product(session, product_id, stock - before)


def put_back_all(session: Session, quantities: Mapping[str, int], now: datetime) -> None:
    """Put back pieces by variant, in the order that keeps two such movements from waiting for each other in a circle."""
    for variant in by_product(session, quantities):
        put_back(session, variant_id=variant.id, quantity=quantities[variant.id], now=now)


def _check(quantity: int, least: int) -> None:
    if quantity < least:
        raise RuleViolationError("quantity_invalid", quantity=quantity)


def _lock_product(session: Session, variant_id: str) -> str:
    """Id of the variant's product, its row locked."""
    query = (
        select(Product.id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id)
        .with_for_update(of=Product, key_share=True)
    )
    product_id = session.scalar(query)
    if product_id is None:
        raise NotFoundError("variant_not_found", variant_id=variant_id)
    return product_id


def _move(session: Session, variant_id: str, difference: int, now: datetime) -> bool:
    """Change a variant's stock unless it would fall below zero; whether it was changed."""
    moved = session.execute(
        update(Variant)
        .where(Variant.id == variant_id, Variant.stock + difference >= 0)
        .values(stock=Variant.stock + difference, updated_at=now)
        .returning(Variant.id)
    ).first()
    return moved is not None


def _move_product(session: Session, product_id: str, difference: int) -> None:
    # `updated_at` stays: search indexes are rebuilt when it changes, and how many are left is read when it is asked.
    session.execute(update(Product).where(Product.id == product_id).values(stock=Product.stock + difference))
