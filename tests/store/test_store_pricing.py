"""What coupons take off a cart, that redeeming takes off the same, and the coupons that rules give for an occasion."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import NotFoundError
from core.ids import new_id
from crm_store.catalogue.models import Product
from crm_store.coupons import benefits, pricing
from crm_store.coupons.errors import (
    CouponAlreadyIssuedError,
    CouponExhaustedError,
    CouponExpiredError,
    CouponNotUsableError,
    NotEligibleError,
)
from crm_store.coupons.models import IssuedCoupon, Redemption
from crm_store.coupons.pricing import Goods, Pricing
from crm_store.coupons.redemption import list_redemptions, redeem, revert_all
from crm_store.coupons.service import issue
from crm_store.db import reading, transaction
from crm_store.orders.models import Order, OrderLine
from crm_store.points import queries, service
from crm_store.points.errors import InsufficientPointsError
from tests.store.builders import NOW, make_customer, make_order, make_terms, put_rules
from tests.store.races import race

pytestmark = pytest.mark.usefixtures("rules")
DAY = timedelta(days=1)
CREAM, SHOES = Goods("cream", 2, 10_000), Goods("shoes", 1, 60_000)


@pytest.fixture
def rules(store: str) -> None:
    put_rules()
    with transaction() as session:
        for product_id, category, brand in (("cream", "cosmetics", "aa"), ("shoes", "sports", "bb")):
            session.add(
                Product(
                    id=product_id, category=category, kind=product_id, brand=brand, name={"ko": product_id}, price=1,
                    updated_at=NOW,
                )
            )  # fmt: skip


def give(customer_id: str, terms_id: str, **terms: Any) -> str:
    """A coupon's code."""
    make_terms(terms_id, **terms)
    with transaction() as session:
        return issue(
            session, terms_id=terms_id, customer_id=customer_id, occasion="once", idempotency_key=new_id(), actor="test",
            now=NOW,
        ).code  # fmt: skip


def priced(customer_id: str, goods: list[Goods], *codes: str, now: datetime = NOW) -> Pricing:
    with reading() as session:
        return pricing.price(session, customer_id, goods, codes, now)


def taken(found: Pricing) -> list[int]:
    return [each.amount for each in found.discounts]


def refused(found: Pricing) -> list[str]:
    return [each.error.code for each in found.refused]


def order_of(customer_id: str, goods: list[Goods]) -> str:
    with transaction() as session:
        order = Order(
            id=new_id(), number=f"T-{new_id()}", customer_id=customer_id, state="paid", placed_at=NOW,
            total=sum(item.worth for item in goods),
        )  # fmt: skip
        session.add(order)
        session.flush()
        for place, item in enumerate(goods):
            session.add(
                OrderLine(
                    order_id=order.id, position=place, product_id=item.product_id, quantity=item.quantity,
                    unit_price=item.unit_price,
                )
            )  # fmt: skip
    return order.id


def use(customer_id: str, order_id: str, code: str) -> Redemption:
    with transaction() as session:
        return redeem(
            session, code=code, customer_id=customer_id, order_id=order_id, idempotency_key=f"{order_id}:{code}",
            actor="test", now=NOW,
        )  # fmt: skip


# Price


def test_of_two_coupons_the_one_that_saves_more() -> None:
    customer_id = make_customer()
    small, large = give(customer_id, "small"), give(customer_id, "tenth", kind="percent", value=10)
    found = priced(customer_id, [CREAM, SHOES], small, large, small.lower())
    assert (taken(found), refused(found), found.discount, found.goods) == ([8_000], ["order_has_coupon"], 8_000, 80_000)
    with reading() as session:
        offers = pricing.list_offers(session, customer_id, [CREAM, SHOES], NOW)
    assert [offer.coupon.code for offer in offers] == [large, small]


def test_excluded_goods_count_neither_for_the_minimum_nor_for_the_discount() -> None:
    customer_id = make_customer()
    tenth = {"kind": "percent", "value": 10}
    for name, value in {"products": "shoes", "kinds": "shoes", "categories": "sports", "brands": "bb"}.items():
        code = give(customer_id, f"without-{name}", excluded={name: [value]}, **tenth)
        assert taken(priced(customer_id, [CREAM, SHOES], code)) == [2_000]
        assert refused(priced(customer_id, [SHOES], code)) == ["goods_excluded"]
    dear = give(customer_id, "dear", excluded={"brands": ["bb"]}, minimum_order=30_000)
    found = priced(customer_id, [CREAM, SHOES], dear)
    assert refused(found) == ["below_minimum_order"]
    assert found.refused[0].error.context == {"minimum": 30_000, "goods": 20_000}


def test_stackable_coupons_add_up_never_beyond_the_goods() -> None:
    customer_id = make_customer()
    first = give(customer_id, "first", value=15_000, stackable=True)
    second = give(customer_id, "second", kind="percent", value=50, stackable=True)
    alone = give(customer_id, "alone", value=16_000)
    assert taken(priced(customer_id, [CREAM], second, first)) == [15_000, 5_000]
    found = priced(customer_id, [CREAM], alone, second, first)
    assert (taken(found), refused(found)) == ([15_000, 5_000], ["order_has_coupon"])
    assert taken(priced(customer_id, [CREAM], alone, second)) == [16_000]


def test_codes_that_cannot_be_used_say_why() -> None:
    customer_id, other = make_customer(), make_customer()
    theirs = give(other, "theirs")
    mine = give(customer_id, "mine", valid_days=3)
    assert refused(priced(customer_id, [CREAM], theirs, "NONSENSE")) == ["coupon_not_found", "coupon_not_found"]
    assert refused(priced(customer_id, [CREAM], mine, now=NOW + 4 * DAY)) == ["coupon_expired"]
    make_terms("few", shared_code="FEW", redemption_limit=0)
    assert refused(priced(customer_id, [CREAM], "few")) == ["redemption_limit_reached"]
    use(customer_id, order_of(customer_id, [CREAM]), mine)
    assert refused(priced(customer_id, [CREAM], mine)) == ["coupon_used"]
    with reading() as session:
        with pytest.raises(CouponNotUsableError, match="coupon_used"):
            pricing.find_coupon(session, customer_id, mine, NOW)
        with pytest.raises(NotFoundError):
            pricing.find_coupon(session, customer_id, theirs, NOW)


# Redeeming takes off the same, and gives back once


def test_redeeming_in_the_order_given_takes_off_what_was_priced() -> None:
    customer_id = make_customer()
    codes = [
        give(customer_id, "first", value=15_000, stackable=True),
        give(customer_id, "half", kind="percent", value=50, stackable=True, excluded={"brands": ["bb"]}),
        give(customer_id, "big", value=90_000, stackable=True),
    ]
    found = priced(customer_id, [CREAM, SHOES], *codes)
    order_id = order_of(customer_id, [CREAM, SHOES])
    used = [use(customer_id, order_id, each.coupon.code).discount for each in found.discounts]
    assert used == taken(found)
    assert sum(used) == 80_000
    single = give(customer_id, "single")
    with pytest.raises(CouponNotUsableError, match="order_has_coupon"):
        use(customer_id, order_id, single)


def test_coupons_come_back_exactly_once() -> None:
    customer_id = make_customer()
    codes = [give(customer_id, f"c{number}", stackable=True) for number in range(2)]
    order_id = order_of(customer_id, [SHOES])
    for code in codes:
        use(customer_id, order_id, code)
    for expected in (2, 0):
        with transaction() as session:
            assert len(revert_all(session, order_id=order_id, actor="test", now=NOW)) == expected
    with reading() as session:
        assert list_redemptions(session, order_id) == []
    assert taken(priced(customer_id, [SHOES], *codes)) == [3_000, 3_000]


# Benefits


def apologise(customer_id: str, occasion: str, now: datetime = NOW) -> IssuedCoupon:
    with transaction() as session:
        return benefits.issue_apology(
            session, customer_id=customer_id, occasion=occasion, idempotency_key=f"a:{customer_id}:{occasion}",
            actor="test", now=now,
        )  # fmt: skip


def test_apologies_keep_to_the_budget_and_to_once_in_a_while() -> None:
    put_rules(coupons__apology__monthly_budget=7_000)
    first, second, third = (make_customer() for _ in range(3))
    assert apologise(first, "case-1").id == apologise(first, "case-1").id
    with pytest.raises(NotEligibleError, match="apology_recent"):
        apologise(first, "case-2", NOW + 89 * DAY)
    apologise(second, "case-3")
    with pytest.raises(CouponExhaustedError, match="apology_budget_spent"):
        apologise(third, "case-4")
    apologise(third, "case-4", NOW + 30 * DAY)
    apologise(first, "case-2", NOW + 91 * DAY)


@pytest.mark.postgres
def test_the_budget_holds_when_many_are_apologised_to_at_once(postgres_store: str) -> None:
    put_rules(coupons__apology__monthly_budget=10_000)
    outcome = race(lambda customer_id: apologise(customer_id, "case"), [make_customer() for _ in range(32)])
    assert outcome == {"ok": 3, "apology_budget_spent": 29}


def test_coming_back_after_a_pause_brings_a_coupon_once() -> None:
    customer_id = make_customer()

    def ask(key: str, now: datetime = NOW) -> IssuedCoupon:
        with transaction() as session:
            return benefits.request_winback(
                session, customer_id=customer_id, idempotency_key=key, actor="test", now=now
            )  # fmt: skip

    with pytest.raises(NotEligibleError, match="winback_no_order"):
        ask("none")
    make_order(customer_id, placed_at=NOW - 89 * DAY)
    with pytest.raises(NotEligibleError) as raised:
        ask("soon")
    assert raised.value.context == {"from_day": "2026-03-11", "days": 90}
    assert ask("k", NOW + DAY).id == ask("k", NOW + DAY).id
    with pytest.raises(CouponAlreadyIssuedError):
        ask("again", NOW + DAY)


def test_points_become_a_coupon_worth_as_much_once() -> None:
    customer_id = make_customer()
    with transaction() as session:
        service.earn(
            session, customer_id=customer_id, amount=4_000, reason="gift", idempotency_key="g", actor="test", now=NOW
        )

    def exchange(amount: int, key: str) -> IssuedCoupon:
        with transaction() as session:
            return benefits.exchange_points(
                session, customer_id=customer_id, amount=amount, idempotency_key=key, actor="test", now=NOW
            )[1]

    coupon = exchange(2_500, "k")
    assert exchange(2_500, "k").id == coupon.id
    assert taken(priced(customer_id, [CREAM], coupon.code)) == [2_500]
    with pytest.raises(NotEligibleError, match="exchange_below_minimum"):
        exchange(999, "small")
    with pytest.raises(InsufficientPointsError):
        exchange(2_000, "large")
    exchange(1_500, "rest")
    with reading() as session:
        assert queries.balance(session, customer_id, NOW) == 0


def test_an_expired_coupon_is_not_offered() -> None:
    customer_id = make_customer()
    code = give(customer_id, "short", valid_days=1)
    with reading() as session:
        assert pricing.list_offers(session, customer_id, [CREAM], NOW + 3 * DAY) == []
        with pytest.raises(CouponExpiredError):
            pricing.find_coupon(session, customer_id, code, NOW + 3 * DAY)
