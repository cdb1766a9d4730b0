"""What coupons take off a cart: nothing is written. Redeeming on the order, in the order given here, gives the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import DangolError, NotFoundError, RuleViolationError
from crm_store.coupons.conditions import Goods, check_usable, discount_on, eligible_worth
from crm_store.coupons.errors import CouponNotUsableError
from crm_store.coupons.models import CouponTerms, IssuedCoupon
from crm_store.coupons.queries import find_by_code, get_issued, get_terms, list_usable
from crm_store.shop.queries import current_rules, rule

__all__ = ["Coupon", "Discount", "Goods", "Pricing", "Refused", "find_coupon", "list_offers", "price"]


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code as it stands for one customer; `issued` is None for a shared code."""

    code: str
    terms: CouponTerms
    issued: IssuedCoupon | None


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off, in minor units."""

    coupon: Coupon
    amount: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A code that takes nothing off, and why: `error.code` and `error.context` are those of the coupons' errors."""

    code: str
    error: DangolError


@dataclass(frozen=True, slots=True)
class Pricing:
    """`discounts` in the order in which they are to be redeemed, the largest first; all amounts in minor units."""

    goods: int
    discounts: tuple[Discount, ...]
    refused: tuple[Refused, ...]

    @property
    def discount(self) -> int:
        """What all coupons together take off."""
        return sum(discount.amount for discount in self.discounts)


def find_coupon(session: Session, customer_id: str, code: str, now: datetime) -> Coupon:
    """The coupon that a code means for a customer, usable now: what to reserve in a cart.

    NotFoundError("coupon_not_found"), also for somebody else's; otherwise as `conditions.check_usable`.
    """
    found = find_by_code(session, code, customer_id)
    if found is None:
        raise NotFoundError("coupon_not_found")
    terms = get_terms(session, found[0])
    issued = get_issued(session, found[1]) if found[1] else None
    check_usable(session, terms, issued, customer_id, now)
    return Coupon(code.strip().upper(), terms, issued)


def price(session: Session, customer_id: str, lines: Sequence[Goods], codes: Sequence[str], now: datetime) -> Pricing:
    """What these codes take off these goods. A code that cannot be used is in `refused`, nothing is raised.

    The minimum counts goods that the coupon does not exclude. Several coupons count together only when all of them are
    stackable; else the set that saves most counts and the others are refused with "order_has_coupon".
    """
    goods = sum(line.worth for line in lines)
    fit: list[Discount] = []
    refused: list[Refused] = []
    for code in dict.fromkeys(code.strip().upper() for code in codes):
        try:
            coupon = find_coupon(session, customer_id, code, now)
            fit.append(_discount(session, coupon, lines, goods))
        except (RuleViolationError, NotFoundError) as error:
            refused.append(Refused(code, error))
    taken = _best(fit, goods)
    for discount in fit:
        if discount.coupon not in [one.coupon for one in taken]:
            refused.append(Refused(discount.coupon.code, CouponNotUsableError("order_has_coupon")))
    return Pricing(goods, tuple(taken), tuple(refused))


def list_offers(session: Session, customer_id: str, lines: Sequence[Goods], now: datetime) -> list[Discount]:
    """What each of the customer's own coupons would take off by itself, the largest first; those that do not fit left out."""
    goods = sum(line.worth for line in lines)
    offers = []
    for issued, terms in list_usable(session, customer_id, now):
        try:
            check_usable(session, terms, issued, customer_id, now)
            offers.append(_discount(session, Coupon(issued.code, terms, issued), lines, goods))
        except RuleViolationError:
            continue
    return sorted(offers, key=_largest_first)


def _discount(session: Session, coupon: Coupon, lines: Sequence[Goods], goods: int) -> Discount:
    if coupon.terms.currency != str(rule(current_rules(session), "shop.currency")):
        raise CouponNotUsableError("currency_differs", terms_id=coupon.terms.id)
    return Discount(coupon, discount_on(coupon.terms, eligible_worth(session, coupon.terms, lines), goods))


def _largest_first(discount: Discount) -> tuple[int, str]:
    return -discount.amount, discount.coupon.code


def _best(fit: list[Discount], goods: int) -> list[Discount]:
    """The one coupon, or all stackable ones together, that saves most; in the order to redeem them."""
    ordered = sorted(fit, key=_largest_first)
    together: list[Discount] = []
    left = goods
    for discount in (one for one in ordered if one.coupon.terms.stackable):
        amount = min(discount.amount, left)
        if amount:
            together.append(Discount(discount.coupon, amount))
            left -= amount
    alone = ordered[:1]
    return alone if sum(one.amount for one in alone) > goods - left else together
