"""Read coupons."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption


def list_usable(session: Session, customer_id: str, now: datetime) -> list[tuple[IssuedCoupon, CouponTerms]]:
    """A customer's coupons that can be used at `now` with their terms, the one that ends first in front."""
    query = (
        select(IssuedCoupon, CouponTerms)
        .join(CouponTerms, CouponTerms.id == IssuedCoupon.terms_id)
        .where(IssuedCoupon.customer_id == customer_id, IssuedCoupon.state == "issued", IssuedCoupon.expires_at > now)
        .where(or_(CouponTerms.starts_at.is_(None), CouponTerms.starts_at <= now))
        .order_by(IssuedCoupon.expires_at, IssuedCoupon.id)
    )
    return [(coupon, terms) for coupon, terms in session.execute(query)]


def get_issued(session: Session, issued_coupon_id: str) -> IssuedCoupon:
    """The issued coupon; NotFoundError("coupon_not_found") otherwise."""
    coupon = session.get(IssuedCoupon, issued_coupon_id)
    if coupon is None:
        raise NotFoundError("coupon_not_found", issued_coupon_id=issued_coupon_id)
    return coupon


def get_terms(session: Session, terms_id: str, *, lock: bool = False) -> CouponTerms:
    """The terms, their row locked if asked; NotFoundError("coupon_terms_not_found") otherwise."""
    query = select(CouponTerms).where(CouponTerms.id == terms_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    terms = session.scalar(query)
    if terms is None:
        raise NotFoundError("coupon_terms_not_found", terms_id=terms_id)
    return terms


def find_issued_by_key(session: Session, idempotency_key: str) -> IssuedCoupon | None:
    """The coupon issued under an idempotency key."""
    return session.scalar(select(IssuedCoupon).where(IssuedCoupon.idempotency_key == idempotency_key))


def find_benefit(session: Session, customer_id: str, benefit: str, occasion: str) -> IssuedCoupon | None:
    """A customer's coupon of a benefit ("birthday") for an occasion, whichever version of its terms it came under."""
    query = (
        select(IssuedCoupon)
        .where(IssuedCoupon.customer_id == customer_id, IssuedCoupon.occasion == occasion)
        .where(or_(IssuedCoupon.terms_id == benefit, IssuedCoupon.terms_id.startswith(f"{benefit}.", autoescape=True)))
        .order_by(IssuedCoupon.issued_at)
        .limit(1)
    )
    return session.scalar(query)


def find_by_code(session: Session, code: str, customer_id: str) -> tuple[str, str | None] | None:
    """Ids of the terms and of the issued coupon (None: a shared code) that a code means for this customer.

    Somebody else's code is None, as if it did not exist.
    """
    wanted = code.strip().upper()
    own = select(IssuedCoupon.terms_id, IssuedCoupon.id).where(
        IssuedCoupon.code == wanted, IssuedCoupon.customer_id == customer_id
    )
    for terms_id, coupon_id in session.execute(own):
        return terms_id, coupon_id
    shared = session.scalar(select(CouponTerms.id).where(CouponTerms.shared_code == wanted))
    return None if shared is None else (shared, None)


def find_redemption_by_key(session: Session, idempotency_key: str) -> Redemption | None:
    """The redemption written under an idempotency key."""
    return session.scalar(select(Redemption).where(Redemption.idempotency_key == idempotency_key))


def get_redemption(session: Session, redemption_id: str) -> Redemption:
    """The redemption; NotFoundError("redemption_not_found") otherwise."""
    redemption = session.get(Redemption, redemption_id)
    if redemption is None:
        raise NotFoundError("redemption_not_found", redemption_id=redemption_id)
    return redemption
