"""Use cases on using coupons: redeem one on an order, and take that back. Locks: order, terms, issued coupon."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, DangolError, NotFoundError
from core.ids import new_id
from crm_store.coupons.errors import CouponExhaustedError, CouponExpiredError, CouponNotUsableError
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.queries import find_by_code, find_redemption_by_key, get_redemption, get_terms
from crm_store.coupons.service import check_in_force
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.orders.models import Order, OrderLine
from crm_store.staff.service import record

_CLOSED_ORDERS = ("cancelled", "returned")


def redeem(
    session: Session, *, code: str, customer_id: str, order_id: str, idempotency_key: str, actor: str, now: datetime
) -> Redemption:
    """Use a coupon on a customer's order: an issued one of their own, or a shared code, which a customer uses once.

    The minimum counts goods without delivery; one coupon an order. An issued coupon outlives its terms being switched off.
    The same key and arguments again return the first redemption; ConflictError("idempotency_conflict") for others.
    NotFoundError for an unknown or somebody else's code or order; CouponExpiredError; CouponExhaustedError
    ("redemption_limit_reached"); CouponNotUsableError, see its codes.
    """
    asked = fingerprint("redeem", code=code.strip().upper(), customer_id=customer_id, order_id=order_id)
    order = _lock_order(session, order_id, customer_id)
    found = find_by_code(session, code, customer_id)
    if found is None:
        raise NotFoundError("coupon_not_found")
    terms = get_terms(session, found[0], lock=True)
    coupon = _lock_coupon(session, found[1])
    stored = find_redemption_by_key(session, idempotency_key)
    if stored is not None:
        check_same(stored.request_hash, asked, idempotency_key)
        return stored
    _check_coupon(session, terms, coupon, customer_id, now)
    discount = _check_order(session, terms, order)
    _take_use(session, terms.id, found[1], now)
    row = {
        "id": new_id(), "terms_id": terms.id, "issued_coupon_id": found[1], "customer_id": customer_id,
        "order_id": order_id, "discount": discount, "idempotency_key": idempotency_key, "request_hash": asked,
        "actor": actor, "created_at": now,
    }  # fmt: skip
    if not insert_once(session, Redemption, row, ["idempotency_key"]):
        # The same request would have waited for the same order, so whoever was first asked for something else.
        _free_use(session, terms.id, found[1])
        raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
    return get_redemption(session, str(row["id"]))


def revert_redemption(session: Session, *, redemption_id: str, actor: str, now: datetime) -> Redemption:
    """Take a use back, for a cancelled order: the coupon can be used again until its old end. A second time changes nothing."""
    redemption = get_redemption(session, redemption_id)
    _lock_order(session, redemption.order_id, redemption.customer_id)
    get_terms(session, redemption.terms_id, lock=True)
    _lock_coupon(session, redemption.issued_coupon_id)
    reverted = session.execute(
        update(Redemption)
        .where(Redemption.id == redemption_id, Redemption.reverted_at.is_(None))
        .values(reverted_at=now)
        .returning(Redemption.id)
    ).first()
    if reverted is not None:
        _free_use(session, redemption.terms_id, redemption.issued_coupon_id)
        record(session, actor, "coupon.revert", redemption_id, now, order_id=redemption.order_id)
    session.flush()
    session.refresh(redemption)
    return redemption


def _lock_order(session: Session, order_id: str, customer_id: str) -> Order:
    order = session.scalar(
        select(Order)
        .where(Order.id == order_id, Order.customer_id == customer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFoundError("order_not_found", order_id=order_id)
    return order


def _lock_coupon(session: Session, issued_coupon_id: str | None) -> IssuedCoupon | None:
    if issued_coupon_id is None:
        return None
    return session.scalar(
        select(IssuedCoupon)
        .where(IssuedCoupon.id == issued_coupon_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _check_coupon(
    session: Session, terms: CouponTerms, coupon: IssuedCoupon | None, customer_id: str, now: datetime
) -> None:
    if coupon is None:
        check_in_force(terms, now)
        used = select(Redemption.id).where(
            Redemption.terms_id == terms.id, Redemption.customer_id == customer_id, Redemption.reverted_at.is_(None)
        )
        if session.scalar(used.limit(1)) is not None:
            raise CouponNotUsableError("coupon_used", terms_id=terms.id)
        return
    if coupon.state in ("redeemed", "revoked"):
        code = "coupon_used" if coupon.state == "redeemed" else "coupon_revoked"
        raise CouponNotUsableError(code, issued_coupon_id=coupon.id)
    if coupon.state == "expired" or coupon.expires_at <= now:
        raise CouponExpiredError(expires_at=coupon.expires_at.isoformat())
    if terms.starts_at is not None and terms.starts_at > now:
        raise CouponNotUsableError("coupon_not_started", starts_at=terms.starts_at.isoformat())


def _check_order(session: Session, terms: CouponTerms, order: Order) -> int:
    """The discount these terms give on the order, in minor units."""
    if order.state in _CLOSED_ORDERS:
        raise CouponNotUsableError("order_closed", order_id=order.id)
    if order.currency != terms.currency:
        raise CouponNotUsableError("currency_differs", order_id=order.id)
    used = select(Redemption.id).where(Redemption.order_id == order.id, Redemption.reverted_at.is_(None)).limit(1)
    if session.scalar(used) is not None:
        raise CouponNotUsableError("order_has_coupon", order_id=order.id)
    lines = select(func.sum(OrderLine.quantity * OrderLine.unit_price)).where(OrderLine.order_id == order.id)
    goods = int(session.scalar(lines) or 0)
    if goods < terms.minimum_order:
        raise CouponNotUsableError("below_minimum_order", minimum=terms.minimum_order, goods=goods)
    discount = goods * terms.value // 100 if terms.kind == "percent" else terms.value
    return min(discount, goods, goods if terms.maximum_discount is None else terms.maximum_discount)


def _take_use(session: Session, terms_id: str, issued_coupon_id: str | None, now: datetime) -> None:
    counted = session.execute(
        update(CouponTerms)
        .where(CouponTerms.id == terms_id)
        .where(CouponTerms.redemption_limit.is_(None) | (CouponTerms.redeemed_count < CouponTerms.redemption_limit))
        .values(redeemed_count=CouponTerms.redeemed_count + 1)
        .returning(CouponTerms.id)
    ).first()
    if counted is None:
        raise CouponExhaustedError("redemption_limit_reached", terms_id=terms_id)
    if issued_coupon_id is not None:
        usable = (IssuedCoupon.state == "issued") & (IssuedCoupon.expires_at > now)
        _change_state(session, issued_coupon_id, usable, "redeemed")


def _free_use(session: Session, terms_id: str, issued_coupon_id: str | None) -> None:
    session.execute(
        update(CouponTerms)
        .where(CouponTerms.id == terms_id)
        .values(redeemed_count=CouponTerms.redeemed_count - 1)
    )  # fmt: skip
    if issued_coupon_id is not None:
        _change_state(session, issued_coupon_id, IssuedCoupon.state == "redeemed", "issued")


def _change_state(session: Session, issued_coupon_id: str, guard: ColumnElement[bool], state: str) -> None:
    changed = session.execute(
        update(IssuedCoupon)
        .where(IssuedCoupon.id == issued_coupon_id, guard)
        .values(state=state)
        .returning(IssuedCoupon.id)
    ).first()
    if changed is None:
        # Its row is locked and was looked at: only a fault gets here, and nothing may be committed.
        raise DangolError("coupon_out_of_step", issued_coupon_id=issued_coupon_id)
