"""What a coupon gives on goods, and whether it may be used at all: the same for a cart's price and for an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.catalogue.models import Product
from crm_store.coupons.errors import CouponExhaustedError, CouponExpiredError, CouponNotUsableError
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.terms import check_in_force


@dataclass(frozen=True, slots=True)
class Goods:
    """So many pieces of a product at a price each, in minor units."""

    product_id: str
    quantity: int
    unit_price: int

    @property
    def worth(self) -> int:
        """The price of all pieces."""
        return self.quantity * self.unit_price


def check_usable(
    session: Session, terms: CouponTerms, coupon: IssuedCoupon | None, customer_id: str, now: datetime
) -> None:
    """Raise why a customer cannot use a coupon now, whatever it is to be used on. `coupon` is None for a shared code.

    CouponNotUsableError "coupon_used", "coupon_revoked", "coupon_inactive", "coupon_not_started"; CouponExpiredError;
    CouponExhaustedError("redemption_limit_reached").
    """
    if coupon is None:
        check_in_force(terms, now)
        used = select(Redemption.id).where(
            Redemption.terms_id == terms.id, Redemption.customer_id == customer_id, Redemption.reverted_at.is_(None)
        )
        if session.scalar(used.limit(1)) is not None:
            raise CouponNotUsableError("coupon_used", terms_id=terms.id)
    elif coupon.state in ("redeemed", "revoked"):
        code = "coupon_used" if coupon.state == "redeemed" else "coupon_revoked"
        raise CouponNotUsableError(code, issued_coupon_id=coupon.id)
    elif coupon.state == "expired" or coupon.expires_at <= now:
        raise CouponExpiredError(expires_at=coupon.expires_at.isoformat())
    elif terms.starts_at is not None and terms.starts_at > now:
        raise CouponNotUsableError("coupon_not_started", starts_at=terms.starts_at.isoformat())
    if terms.redemption_limit is not None and terms.redeemed_count >= terms.redemption_limit:
        raise CouponExhaustedError("redemption_limit_reached", terms_id=terms.id)


def eligible_worth(session: Session, terms: CouponTerms, goods: Sequence[Goods]) -> int:
    """What the goods that the terms do not exclude are worth."""
    excluded = {name: frozenset(ids) for name, ids in terms.excluded.items() if ids}
    if not excluded:
        return sum(item.worth for item in goods)
    query = select(Product.id, Product.kind, Product.category, Product.brand)
    known = {row.id: row for row in session.execute(query.where(Product.id.in_([item.product_id for item in goods])))}

    def counts(item: Goods) -> bool:
        product = known.get(item.product_id)
        named = {"products": item.product_id}
        if product is not None:
            named |= {"kinds": product.kind, "categories": product.category, "brands": product.brand}
        return not any(named.get(name) in ids for name, ids in excluded.items())

    return sum(item.worth for item in goods if counts(item))


def discount_on(terms: CouponTerms, eligible: int, left: int) -> int:
    """The discount on goods worth `eligible`, in minor units; never more than is `left` to pay of all goods.

    CouponNotUsableError("below_minimum_order") with `minimum` and `goods`; ("goods_excluded") when nothing counts.
    """
    if eligible <= 0:
        raise CouponNotUsableError("goods_excluded", terms_id=terms.id)
    if eligible < terms.minimum_order:
        raise CouponNotUsableError("below_minimum_order", minimum=terms.minimum_order, goods=eligible)
    discount = eligible * terms.value // 100 if terms.kind == "percent" else terms.value
    most = eligible if terms.maximum_discount is None else terms.maximum_discount
    return min(discount, eligible, most, left)
