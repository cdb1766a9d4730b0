"""Use cases on using coupons: redeem one on an order, and take that back. Locks: order, terms, issued coupon."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from core.errors import ConflictError, DangolError, NotFoundError
from core.ids import new_id
from crm_store.coupons.conditions import Goods, check_usable, discount_on, eligible_worth
from crm_store.coupons.errors import CouponExhaustedError, CouponNotUsableError
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.queries import find_by_code, find_redemption_by_key, get_redemption, get_terms
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.orders.models import Order, OrderLine
from crm_store.staff.service import record

_CLOSED_ORDERS = ("cancelled", "returned")


def redeem(
    session: Session, *, code: str, customer_id: str, order_id: str, idempotency_key: str, actor: str, now: datetime
) -> Redemption:
    """Use a coupon on a customer's order: an issued one of their own, or a shared code, which a customer uses once.

    The minimum counts goods that the coupon does not exclude, without delivery; several coupons go on one order only when all
    of them are stackable (`pricing.price` says in which order). An issued coupon outlives its terms being switched off.
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
    check_usable(session, terms, coupon, customer_id, now)
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


def list_redemptions(session: Session, order_id: str) -> list[Redemption]:
    """The coupons in use on an order."""
    query = select(Redemption).where(_on_order(order_id)).order_by(Redemption.created_at, Redemption.id)
    return list(session.scalars(query))


def revert_all(session: Session, *, order_id: str, actor: str, now: datetime) -> list[Redemption]:
    """Give back every coupon of an order that is cancelled or wholly returned; none is left for a second time."""
    # In the order of their terms, as every run locks them.
    found = sorted(list_redemptions(session, order_id), key=lambda redemption: (redemption.terms_id, redemption.id))
    return [revert_redemption(session, redemption_id=each.id, actor=actor, now=now) for each in found]


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


def _check_order(session: Session, terms: CouponTerms, order: Order) -> int:
    """The discount these terms give on the order beside the coupons it has already, in minor units."""
    if order.state in _CLOSED_ORDERS:
        raise CouponNotUsableError("order_closed", order_id=order.id)
    if order.currency != terms.currency:
        raise CouponNotUsableError("currency_differs", order_id=order.id)
    lines = select(OrderLine.product_id, OrderLine.quantity, OrderLine.unit_price).where(OrderLine.order_id == order.id)
    goods = [Goods(*line) for line in session.execute(lines)]
    left = sum(item.worth for item in goods)
    used = select(CouponTerms.stackable, Redemption.discount).join(Redemption, Redemption.terms_id == CouponTerms.id)
    for stackable, discount in session.execute(used.where(_on_order(order.id))):
        if not (stackable and terms.stackable):
            raise CouponNotUsableError("order_has_coupon", order_id=order.id)
        left -= discount
    discount = discount_on(terms, eligible_worth(session, terms, goods), left)
    if discount == 0:
        raise CouponNotUsableError("order_has_coupon", order_id=order.id)
    return discount


def _on_order(order_id: str) -> ColumnElement[bool]:
    return (Redemption.order_id == order_id) & Redemption.reverted_at.is_(None)


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
