"""Coupons: issuing, what the rules decide, redeeming, reverting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import ConflictError, DangolError, NotFoundError
from crm_store.coupons import queries, redemption, service
from crm_store.coupons.errors import (
    CouponAlreadyIssuedError,
    CouponExhaustedError,
    CouponExpiredError,
    CouponNotUsableError,
    NotEligibleError,
)
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.staff.queries import list_audit
from tests.store.builders import NOW, make_customer, make_order, make_terms, put_rules

pytestmark = pytest.mark.usefixtures("store", "rules")
DAY = timedelta(days=1)


@pytest.fixture
def rules(store: str) -> None:
    put_rules()


@pytest.fixture
def customer(rules: None) -> str:
    return make_customer(birthday=date(1990, 3, 12))


def issue(
    customer_id: str, key: str, terms_id: str = "terms", occasion: str = "once", now: datetime = NOW
) -> IssuedCoupon:
    with transaction() as session:
        return service.issue(
            session, terms_id=terms_id, customer_id=customer_id, occasion=occasion, idempotency_key=key, actor="test",
            now=now,
        )  # fmt: skip


def birthday(customer_id: str, key: str, now: datetime = NOW) -> IssuedCoupon:
    with transaction() as session:
        return service.request_birthday(session, customer_id=customer_id, idempotency_key=key, actor="test", now=now)


def welcome(customer_id: str, key: str, now: datetime = NOW) -> IssuedCoupon:
    with transaction() as session:
        return service.request_welcome(session, customer_id=customer_id, idempotency_key=key, actor="test", now=now)


def redeem(customer_id: str, code: str, order_id: str, key: str, now: datetime = NOW) -> Redemption:
    with transaction() as session:
        return redemption.redeem(
            session, code=code, customer_id=customer_id, order_id=order_id, idempotency_key=key, actor="test", now=now
        )


def revert(redeemed: Redemption, now: datetime = NOW) -> Redemption:
    with transaction() as session:
        return redemption.revert_redemption(session, redemption_id=redeemed.id, actor="test", now=now)


def counts(terms_id: str = "terms") -> tuple[int, int]:
    with transaction() as session:
        terms = session.get_one(CouponTerms, terms_id)
        return terms.issued_count, terms.redeemed_count


def test_a_coupon_lasts_to_the_end_of_its_last_day(customer: str) -> None:
    make_terms("terms", valid_days=5)
    coupon = issue(customer, "k")
    assert (coupon.state, len(coupon.code), coupon.issued_at) == ("issued", 10, NOW)
    assert coupon.expires_at == datetime(2026, 3, 15, 14, 59, 59, tzinfo=UTC)
    assert counts() == (1, 0)


def test_a_coupon_never_outlives_its_terms(customer: str) -> None:
    make_terms("terms", valid_days=5, ends_at=NOW + DAY)
    assert issue(customer, "k").expires_at == NOW + DAY


def test_the_same_key_returns_the_first_coupon(customer: str) -> None:
    make_terms("terms")
    make_terms("other")
    first = issue(customer, "k")
    assert issue(customer, "k", now=NOW + DAY).id == first.id
    other = make_customer()
    attempts: list[Callable[[], IssuedCoupon]] = [
        lambda: issue(other, "k"),
        lambda: issue(customer, "k", terms_id="other"),
        lambda: issue(customer, "k", occasion="twice"),
    ]
    for attempt in attempts:
        with pytest.raises(ConflictError, match="idempotency_conflict"):
            attempt()
    assert (counts(), counts("other")) == ((1, 0), (0, 0))


def test_one_coupon_an_occasion(customer: str) -> None:
    make_terms("terms")
    first = issue(customer, "k")
    with pytest.raises(CouponAlreadyIssuedError) as refused:
        issue(customer, "k2")
    assert refused.value.context["issued_coupon_id"] == first.id
    assert refused.value.context["state"] == "issued"
    assert issue(customer, "k3", occasion="again").id != first.id


def test_no_more_are_issued_than_the_limit(customer: str) -> None:
    make_terms("terms", issue_limit=1)
    issue(customer, "k")
    other = make_customer()
    with transaction() as session, pytest.raises(CouponExhaustedError, match="issue_limit_reached"):
        service.issue(
            session,
            terms_id="terms",
            customer_id=other,
            occasion="once",
            idempotency_key="k2",
            actor="test",
            now=NOW,
        )
    assert counts() == (1, 0)


@pytest.mark.parametrize(
    ("values", "error", "code"),
    [
        ({"active": False}, CouponNotUsableError, "coupon_inactive"),
        ({"starts_at": NOW + DAY}, CouponNotUsableError, "coupon_not_started"),
        ({"ends_at": NOW}, CouponExpiredError, "coupon_expired"),
    ],
)
def test_terms_not_in_force_issue_nothing(
    customer: str, values: dict[str, Any], error: type[DangolError], code: str
) -> None:
    make_terms("terms", **values)
    with pytest.raises(error, match=code):
        issue(customer, "k")


def test_unknown_terms_and_customers_are_named(customer: str) -> None:
    make_terms("terms")
    with pytest.raises(NotFoundError, match="coupon_terms_not_found"):
        issue(customer, "k", terms_id="none")
    with pytest.raises(NotFoundError, match="customer_not_found"):
        issue("nobody", "k")
    with pytest.raises(NotFoundError, match="customer_not_found"):
        birthday("nobody", "k")


def test_the_birthday_coupon_comes_once_a_year(customer: str) -> None:
    first = birthday(customer, "k")
    with reading() as session:
        terms = queries.get_terms(session, first.terms_id)
        assert (terms.kind, terms.value, terms.minimum_order, terms.valid_days) == ("amount", 5000, 30000, 30)
        assert terms.title["ko"] == "생일 축하 쿠폰"
    assert (first.terms_id, first.occasion) == ("birthday", "2026")
    assert birthday(customer, "k", now=NOW + DAY).id == first.id
    with pytest.raises(CouponAlreadyIssuedError) as refused:
        birthday(customer, "k2", now=NOW + DAY)
    assert refused.value.context["issued_coupon_id"] == first.id
    assert birthday(customer, "k3", now=NOW + 365 * DAY).occasion == "2027"


def test_the_birthday_must_be_known_and_near(customer: str) -> None:
    with pytest.raises(NotEligibleError, match="birthday_unknown"):
        birthday(make_customer(), "k")
    with pytest.raises(NotEligibleError) as refused:
        birthday(make_customer(birthday=date(1990, 3, 2)), "k2")
    assert refused.value.code == "birthday_not_near"
    assert refused.value.context == {
        "birthday": "2027-03-02", "window_start": "2027-02-23", "window_end": "2027-03-09"
    }  # fmt: skip


def test_a_birthday_window_counts_days_of_the_shop(customer: str) -> None:
    last = datetime(2026, 3, 19, 14, 59, tzinfo=UTC)  # 23:59 on the seventh day after, in Seoul
    with pytest.raises(NotEligibleError, match="birthday_not_near"):
        birthday(customer, "k", now=last + timedelta(minutes=1))
    assert birthday(customer, "k", now=last).occasion == "2026"


def test_a_birthday_after_new_year_belongs_to_its_own_year(rules: None) -> None:
    customer = make_customer(birthday=date(1990, 1, 2))
    december = datetime(2026, 12, 30, 3, 0, tzinfo=UTC)
    assert birthday(customer, "k", now=december).occasion == "2027"
    with pytest.raises(CouponAlreadyIssuedError):
        birthday(customer, "k2", now=december + 5 * DAY)


def test_the_welcome_coupon_comes_once_and_soon_after_joining(rules: None) -> None:
    customer = make_customer(joined_at=NOW - 30 * DAY)
    coupon = welcome(customer, "k")
    with reading() as session:
        terms = queries.get_terms(session, coupon.terms_id)
        assert (terms.kind, terms.value, terms.maximum_discount) == ("percent", 10, 10000)
    assert welcome(customer, "k").id == coupon.id
    with pytest.raises(CouponAlreadyIssuedError):
        welcome(customer, "k2", now=NOW + 300 * DAY)
    with pytest.raises(NotEligibleError) as refused:
        welcome(make_customer(joined_at=NOW - 31 * DAY), "k3")
    assert (refused.value.code, refused.value.context) == ("welcome_too_late", {"last_day": "2026-03-09"})
    with pytest.raises(NotEligibleError, match="not_a_member"):
        welcome(make_customer(joined_at=None), "k4")


def test_a_key_of_another_customer_or_benefit_is_a_conflict(customer: str) -> None:
    birthday(customer, "k")
    other = make_customer(birthday=date(1990, 3, 12))
    attempts: list[Callable[[], IssuedCoupon]] = [lambda: welcome(customer, "k"), lambda: birthday(other, "k")]
    for attempt in attempts:
        with pytest.raises(ConflictError, match="idempotency_conflict"):
            attempt()


def test_changed_rules_leave_issued_coupons_as_promised(customer: str) -> None:
    first = birthday(customer, "k")
    put_rules(coupons__birthday__amount=7000)
    with pytest.raises(CouponAlreadyIssuedError):
        birthday(customer, "k2")
    later = [birthday(make_customer(birthday=date(1990, 3, 12)), f"n{number}") for number in range(2)]
    with reading() as session:
        assert queries.get_terms(session, first.terms_id).value == 5000
        assert {queries.get_terms(session, coupon.terms_id).value for coupon in later} == {7000}
    put_rules()
    assert birthday(make_customer(birthday=date(1990, 3, 12)), "k4").terms_id == first.terms_id


def test_a_coupon_takes_off_what_it_says(customer: str) -> None:
    make_terms("terms", minimum_order=30_000)
    order_id = make_order(customer, goods=30_000)
    coupon = issue(customer, "k")
    used = redeem(customer, f" {coupon.code.lower()} ", order_id, "r")
    assert (used.discount, used.issued_coupon_id, used.reverted_at) == (3000, coupon.id, None)
    assert redeem(customer, coupon.code, order_id, "r").id == used.id
    assert counts() == (1, 1)
    with pytest.raises(CouponNotUsableError, match="coupon_used"):
        redeem(customer, coupon.code, make_order(customer), "r2")
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        redeem(customer, coupon.code, make_order(customer), "r")
    assert counts() == (1, 1)


@pytest.mark.parametrize(
    ("values", "goods", "discount"),
    [
        ({"kind": "percent", "value": 10}, 33_335, 3333),
        ({"kind": "percent", "value": 10, "maximum_discount": 2000}, 50_000, 2000),
        ({"kind": "amount", "value": 5000}, 4000, 4000),
    ],
)
def test_discounts_are_whole_and_bounded(customer: str, values: dict[str, Any], goods: int, discount: int) -> None:
    make_terms("terms", **values)
    assert redeem(customer, issue(customer, "k").code, make_order(customer, goods), "r").discount == discount


def test_the_minimum_counts_goods_without_delivery(customer: str) -> None:
    make_terms("terms", minimum_order=30_000)
    coupon = issue(customer, "k")
    with pytest.raises(CouponNotUsableError) as refused:
        redeem(customer, coupon.code, make_order(customer, goods=29_999), "r")
    assert refused.value.context == {"minimum": 30_000, "goods": 29_999}
    assert counts() == (1, 0)


def test_one_coupon_an_order(customer: str) -> None:
    make_terms("terms")
    order_id = make_order(customer)
    redeem(customer, issue(customer, "a").code, order_id, "r")
    with pytest.raises(CouponNotUsableError, match="order_has_coupon"):
        redeem(customer, issue(customer, "b", occasion="more").code, order_id, "r2")


def test_an_order_must_be_open_and_in_the_same_currency(customer: str) -> None:
    make_terms("terms")
    code = issue(customer, "k").code
    with pytest.raises(CouponNotUsableError, match="order_closed"):
        redeem(customer, code, make_order(customer, state="cancelled"), "r")
    with pytest.raises(CouponNotUsableError, match="currency_differs"):
        redeem(customer, code, make_order(customer, currency="USD"), "r")


def test_what_belongs_to_somebody_else_does_not_exist(customer: str) -> None:
    make_terms("terms")
    other = make_customer()
    code = issue(other, "k").code
    with pytest.raises(NotFoundError, match="coupon_not_found"):
        redeem(customer, code, make_order(customer), "r")
    with pytest.raises(NotFoundError, match="order_not_found"):
        redeem(other, code, make_order(customer), "r")


def test_an_expired_or_revoked_coupon_is_refused(customer: str) -> None:
    make_terms("terms", valid_days=1)
    coupon = issue(customer, "k")
    with pytest.raises(CouponExpiredError, match="coupon_expired"):
        redeem(customer, coupon.code, make_order(customer), "r", now=coupon.expires_at)
    with transaction() as session:
        session.get_one(IssuedCoupon, coupon.id).state = "revoked"
    with pytest.raises(CouponNotUsableError, match="coupon_revoked"):
        redeem(customer, coupon.code, make_order(customer), "r")


def test_an_issued_coupon_outlives_its_terms_being_switched_off(customer: str) -> None:
    make_terms("terms")
    coupon = issue(customer, "k")
    with transaction() as session:
        session.get_one(CouponTerms, "terms").active = False
    assert redeem(customer, coupon.code, make_order(customer), "r").discount == 3000


def test_a_shared_code_is_used_once_by_each_customer_within_its_limit(customer: str) -> None:
    make_terms("terms", shared_code="SPRING", redemption_limit=2)
    first = redeem(customer, "spring", make_order(customer), "a")
    with pytest.raises(CouponNotUsableError, match="coupon_used"):
        redeem(customer, "SPRING", make_order(customer), "b")
    second = make_customer()
    redeem(second, "SPRING", make_order(second), "c")
    third = make_customer()
    with pytest.raises(CouponExhaustedError, match="redemption_limit_reached"):
        redeem(third, "SPRING", make_order(third), "d")
    revert(first)
    redeem(third, "SPRING", make_order(third), "d")
    assert counts() == (0, 2)


def test_a_shared_code_follows_its_dates(customer: str) -> None:
    make_terms("early", shared_code="EARLY", starts_at=NOW + DAY)
    make_terms("late", shared_code="LATE", ends_at=NOW)
    order_id = make_order(customer)
    with pytest.raises(CouponNotUsableError, match="coupon_not_started"):
        redeem(customer, "EARLY", order_id, "a")
    with pytest.raises(CouponExpiredError):
        redeem(customer, "LATE", order_id, "b")


def test_a_reverted_use_frees_the_coupon_once(customer: str) -> None:
    make_terms("terms", redemption_limit=1)
    coupon = issue(customer, "k")
    order_id = make_order(customer)
    used = redeem(customer, coupon.code, order_id, "r")
    assert revert(used, NOW + DAY).reverted_at == NOW + DAY
    assert revert(used, NOW + 2 * DAY).reverted_at == NOW + DAY
    assert counts() == (1, 0)
    again = redeem(customer, coupon.code, order_id, "r2")
    assert (again.id != used.id, counts()) == (True, (1, 1))
    with reading() as session:
        assert [(entry.action, entry.target) for entry in list_audit(session)] == [("coupon.revert", used.id)]
    with pytest.raises(NotFoundError, match="redemption_not_found"):
        revert(Redemption(id="none"))


def test_usable_coupons_are_listed_by_their_end(customer: str) -> None:
    for terms_id, days in (("long", 9), ("short", 2), ("gone", 1), ("used", 5)):
        make_terms(terms_id, valid_days=days)
    coupons = {terms_id: issue(customer, terms_id, terms_id) for terms_id in ("long", "short", "gone", "used")}
    issue(make_customer(), "other", "long")
    redeem(customer, coupons["used"].code, make_order(customer), "r")
    with reading() as session:
        listed = queries.list_usable(session, customer, coupons["gone"].expires_at)
        assert [(coupon.id, terms.id) for coupon, terms in listed] == [
            (coupons["short"].id, "short"), (coupons["long"].id, "long")
        ]  # fmt: skip


def test_leap_day_customers_are_served_in_every_year(rules: None) -> None:
    customer = make_customer(birthday=date(1992, 2, 29))
    with reading() as session:
        assert session.scalars(select(Customer.birthday)).one() == date(1992, 2, 29)
    assert birthday(customer, "k", now=datetime(2026, 2, 21, 3, 0, tzinfo=UTC)).occasion == "2026"
    assert birthday(customer, "k2", now=datetime(2028, 3, 7, 3, 0, tzinfo=UTC)).occasion == "2028"
