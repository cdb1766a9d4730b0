"""Use cases on carts. Nothing here takes stock, points or a use of a coupon: ordering does (crm_store.orders.service.place)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from core.errors import RuleViolationError
from crm_store.carts.models import Cart, CartLine, CouponReservation
from crm_store.catalogue.queries import get_variant
from crm_store.coupons.pricing import find_coupon
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.points.queries import balance
from crm_store.shop.queries import current_rules, rule

MOST_OF_ONE = 99


def _touch(session: Session, customer_id: str, now: datetime) -> None:
    """Make the cart where there is none, lock it and raise its version: changes of one cart run one after another."""
    insert_once(session, Cart, {"customer_id": customer_id, "updated_at": now}, ["customer_id"])
    session.execute(
        update(Cart).where(Cart.customer_id == customer_id).values(version=Cart.version + 1, updated_at=now)
    )


def add(session: Session, *, customer_id: str, variant_id: str, quantity: int, now: datetime) -> CartLine:
    """Put a variant into the cart, on top of what is there of it.

    RuleViolationError("quantity_invalid") below 1 or beyond 99 of one, ("not_sold") for a retired one, ("out_of_stock", available=)
    when there is less than that; NotFoundError for an unknown variant or customer.
    """
    get_customer(session, customer_id)
    _touch(session, customer_id, now)
    line = session.get(CartLine, (customer_id, variant_id), populate_existing=True)
    return _put(session, customer_id, variant_id, quantity + (line.quantity if line else 0), quantity, now)


def set_quantity(session: Session, *, customer_id: str, variant_id: str, quantity: int, now: datetime) -> CartLine:
    """Have exactly this many of a variant in the cart. Errors as in `add`."""
    _touch(session, customer_id, now)
    return _put(session, customer_id, variant_id, quantity, quantity, now)


def _put(session: Session, customer_id: str, variant_id: str, quantity: int, asked: int, now: datetime) -> CartLine:
    variant = get_variant(session, variant_id)
    if asked < 1 or quantity > MOST_OF_ONE:
        raise RuleViolationError("quantity_invalid", quantity=quantity, most=MOST_OF_ONE)
    if not variant.active:
        raise RuleViolationError("not_sold", variant_id=variant_id)
    if variant.stock < quantity:
        raise RuleViolationError("out_of_stock", variant_id=variant_id, available=variant.stock)
    row = {
        "customer_id": customer_id, "variant_id": variant_id, "product_id": variant.product_id, "quantity": quantity,
        "added_at": now,
    }  # fmt: skip
    if not insert_once(session, CartLine, row, ["customer_id", "variant_id"]):
        session.execute(
            update(CartLine)
            .where(CartLine.customer_id == customer_id, CartLine.variant_id == variant_id)
            .values(quantity=quantity)
        )
    return session.get_one(CartLine, (customer_id, variant_id), populate_existing=True)


def remove(session: Session, *, customer_id: str, variant_id: str, now: datetime) -> bool:
    """Take a variant out of the cart; False when it was not in it."""
    _touch(session, customer_id, now)
    gone = session.execute(
        delete(CartLine)
        .where(CartLine.customer_id == customer_id, CartLine.variant_id == variant_id)
        .returning(CartLine.variant_id)
    ).first()
    return gone is not None


def clear(session: Session, *, customer_id: str, now: datetime) -> None:
    """Empty the cart, with what was reserved in it."""
    _touch(session, customer_id, now)
    session.execute(delete(CartLine).where(CartLine.customer_id == customer_id))
    session.execute(delete(CouponReservation).where(CouponReservation.customer_id == customer_id))
    session.execute(update(Cart).where(Cart.customer_id == customer_id).values(points_to_use=0))


def reserve_coupon(session: Session, *, customer_id: str, code: str, now: datetime) -> CouponReservation:
    """Lay a coupon into the cart; which of several count together `queries.view` says, by the stacking rule.

    Errors as `pricing.find_coupon`: an unknown code or somebody else's, one that is used, over or not in force.
    """
    coupon = find_coupon(session, customer_id, code, now)
    terms_id = coupon.terms.id
    _touch(session, customer_id, now)
    session.execute(
        delete(CouponReservation).where(
            CouponReservation.customer_id == customer_id, CouponReservation.terms_id == terms_id
        )
    )
    reservation = CouponReservation(
        customer_id=customer_id, terms_id=terms_id, issued_coupon_id=coupon.issued.id if coupon.issued else None,
        code=coupon.code, reserved_at=now,
    )  # fmt: skip
    session.add(reservation)
    session.flush()
    return reservation


def release_coupon(session: Session, *, customer_id: str, terms_id: str, now: datetime) -> bool:
    """Take a coupon out of the cart again; False when it was not in it."""
    _touch(session, customer_id, now)
    gone = session.execute(
        delete(CouponReservation)
        .where(CouponReservation.customer_id == customer_id, CouponReservation.terms_id == terms_id)
        .returning(CouponReservation.terms_id)
    ).first()
    session.expire_all()
    return gone is not None


def use_points(session: Session, *, customer_id: str, points: int, now: datetime) -> int:
    """Say how many points the order is to use, 0 for none. They are spent when it is placed.

    RuleViolationError("points_below_minimum", minimum=) or ("insufficient_points", available=).
    """
    if points:
        minimum = int(rule(current_rules(session), "points.minimum_use"))
        available = balance(session, customer_id, now)
        if points < minimum:
            raise RuleViolationError("points_below_minimum", minimum=minimum)
        if points > available:
            raise RuleViolationError("insufficient_points", available=available)
    _touch(session, customer_id, now)
    session.execute(update(Cart).where(Cart.customer_id == customer_id).values(points_to_use=points))
    return points
