"""Points, tiers, attendance, referrals and coupons in conversation, in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.clock import utc_now
from core.language import LOCALES, Locale
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.loyalty import purchases, referrals
from crm_store.loyalty.models import Attendance
from crm_store.orders.models import Order
from crm_store.points import queries, service
from tests.dialogue import Chat
from tests.store.builders import make_customer, make_order, put_rules

pytestmark = pytest.mark.usefixtures("rules")


@pytest.fixture
def rules(sqlite_store: str) -> None:
    put_rules()


def member(points: int = 0, joined_at: datetime | None = None) -> str:
    customer_id = make_customer(joined_at=joined_at or utc_now())
    if points:
        with transaction() as session:
            service.earn(
                session, customer_id=customer_id, amount=points, reason="purchase:1", idempotency_key=f"e:{customer_id}",
                actor="test", now=utc_now(),
            )  # fmt: skip
    return customer_id


def bought(customer_id: str, goods: int) -> None:
    order_id = make_order(customer_id, goods, state="delivered", placed_at=utc_now(), confirmed_at=utc_now())
    with transaction() as session:
        purchases.reward(session, session.get_one(Order, order_id), actor="test", now=utc_now())


def points_of(customer_id: str) -> int:
    with reading() as session:
        return queries.balance(session, customer_id, utc_now())


@pytest.mark.parametrize(
    "intent", ["ask_points", "exchange_points", "ask_tier", "check_in", "refer_friend", "ask_coupons"]
)
@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_unknown_is_told_or_given_anything(locale: Locale, intent: str) -> None:
    result = Chat(locale=locale).say(intent)
    assert (result["outcome"], result["effects"]) == ("asked", [])


# Points


@pytest.mark.parametrize("locale", LOCALES)
def test_balance_history_and_the_way_to_the_next_tier(locale: Locale) -> None:
    chat = Chat(member(3500), locale)
    chat.say("ask_points", "포인트 내역 보여줘" if locale == "ko" else "show my points history")
    assert "3,500" in chat.text
    assert "+3,500" in chat.text
    assert ("구매 적립" if locale == "ko" else "purchase") in chat.text
    assert ("이웃" if locale == "ko" else "Neighbour") in chat.text


@pytest.mark.parametrize("locale", LOCALES)
def test_points_that_expire_on_many_days_are_summed_up(locale: Locale) -> None:
    customer_id = member(500)
    for day in range(1, 6):
        with transaction() as session:
            service.earn(
                session, customer_id=customer_id, amount=10 * day, reason="attendance",
                idempotency_key=f"{customer_id}:{day}", actor="test", now=utc_now(),
                expires_at=utc_now() + timedelta(days=day),
            )  # fmt: skip
    chat = Chat(customer_id, locale)
    chat.say("ask_points")
    assert ("150포인트" if locale == "ko" else "150 of them") in chat.text
    assert "650" in chat.text


@pytest.mark.parametrize("locale", LOCALES)
def test_points_become_a_coupon_after_a_yes(locale: Locale) -> None:
    customer_id = member(3500)
    chat = Chat(customer_id, locale)
    assert chat.say("exchange_points")["outcome"] == "asked"
    assert chat.press_titled("3,000")["outcome"] == "asked"
    assert "3,000" in chat.text
    assert points_of(customer_id) == 3500
    result = chat.press_titled("네" if locale == "ko" else "Yes")
    assert (result["outcome"], chat.effects) == ("acted", ["points_changed", "coupon_issued"])
    assert chat.last["replies"][0]["coupon"]["code"]
    assert points_of(customer_id) == 500


def test_an_amount_said_is_taken_and_corrected_in_words() -> None:
    customer_id = member(8000)
    chat = Chat(customer_id)
    assert "2,000원" in chat.say("exchange_points", "2천 포인트 쿠폰으로 바꿔줘", quantity=2000)["replies"][0]["text"]
    chat.say("exchange_points", "아니 절반만 바꿔줘")
    assert "4,000원" in chat.text
    assert chat.say("deny", "아니요")["outcome"] == "answered"
    assert points_of(customer_id) == 8000


def test_too_much_or_too_little_is_said_and_asked_again() -> None:
    chat = Chat(member(3500))
    assert chat.say("exchange_points", "500포인트 바꿔줘", quantity=500)["outcome"] == "asked"
    assert "1,000포인트부터" in chat.text
    assert chat.say("nlu_fallback", "9000")["outcome"] == "asked"
    assert "3,500포인트까지" in chat.text
    chat.say("nlu_fallback", "1,500")
    assert "1,500원" in chat.text
    assert Chat(member(400)).say("exchange_points")["outcome"] == "declined"


# Tiers


@pytest.mark.parametrize("locale", LOCALES)
def test_the_tier_what_it_gives_and_what_is_missing(locale: Locale) -> None:
    customer_id = member()
    bought(customer_id, 120_000)
    chat = Chat(customer_id, locale)
    chat.say("ask_tier")
    for word in ("이웃", "단골", "2%", "180,000") if locale == "ko" else ("Neighbour", "Regular", "2%", "180,000"):
        assert word in chat.text
    assert ("유지" if locale == "ko" else "keep") in chat.text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_highest_tier_and_one_about_to_be_lost(locale: Locale) -> None:
    customer_id = member()
    bought(customer_id, 1_200_000)
    chat = Chat(customer_id, locale)
    chat.say("ask_tier")
    assert ("가장 높은" if locale == "ko" else "highest") in chat.text
    with transaction() as session:
        customer = session.get_one(Customer, customer_id)
        customer.tier, customer.tier_next = "family", "regular"
        customer.tier_until = utc_now().date() + timedelta(days=20)
    chat.say("ask_tier")
    assert ("단골" if locale == "ko" else "Regular") in chat.text


# Attendance


@pytest.mark.parametrize("locale", LOCALES)
def test_attendance_once_a_day(locale: Locale) -> None:
    customer_id = member()
    chat = Chat(customer_id, locale)
    assert chat.say("check_in")["outcome"] == "acted"
    assert chat.effects == ["checked_in", "points_changed"]
    assert chat.say("check_in")["outcome"] == "declined"
    assert points_of(customer_id) == 10


def test_thirty_days_in_a_row_bring_a_coupon() -> None:
    customer_id = member()
    yesterday = (utc_now() + timedelta(hours=9)).date() - timedelta(days=1)
    with transaction() as session:
        session.add(Attendance(customer_id=customer_id, day=yesterday, streak=29, points=10, created_at=utc_now()))
    chat = Chat(customer_id)
    chat.say("check_in")
    assert chat.effects == ["checked_in", "points_changed", "coupon_issued"]
    assert chat.last["replies"][-1]["coupon"]["title"] == "개근 쿠폰"
    assert chat.say("request_coupon", "개근 쿠폰 주세요")["outcome"] == "declined"


# Referrals


@pytest.mark.parametrize("locale", LOCALES)
def test_ones_own_code_is_made_once(locale: Locale) -> None:
    customer_id = member()
    chat = Chat(customer_id, locale)
    assert chat.say("refer_friend", "내 추천 코드" if locale == "ko" else "my referral code")["outcome"] == "acted"
    with reading() as session:
        assert referrals.code_of(session, customer_id) in chat.text
    result = chat.say("refer_friend", "내 추천 코드" if locale == "ko" else "my referral code")
    assert (result["outcome"], result["effects"]) == ("answered", [])


@pytest.mark.parametrize("locale", LOCALES)
def test_a_friends_code_is_asked_for_and_noted(locale: Locale) -> None:
    inviter = member()
    with transaction() as session:
        code = referrals.code_of(session, inviter)
    chat = Chat(member(), locale)
    assert (
        chat.say("refer_friend", "친구 코드 등록할게요" if locale == "ko" else "enter my friend's code")["outcome"]
        == "asked"
    )
    assert chat.say("nlu_fallback", "DGAAAAAA")["outcome"] == "declined"
    assert chat.say("refer_friend", code.lower(), referral_code=code.lower())["outcome"] == "acted"
    assert chat.effects == ["referral_recorded"]
    assert chat.say("refer_friend", code, referral_code=code)["outcome"] == "answered"
    own = Chat(inviter, locale)
    assert own.say("refer_friend", code, referral_code=code)["outcome"] == "declined"


# Coupons


@pytest.mark.parametrize("locale", LOCALES)
def test_who_comes_back_gets_a_coupon_and_who_never_left_is_told_when(locale: Locale) -> None:
    text = "오랜만에 왔는데 쿠폰 있나요?" if locale == "ko" else "I'm back again, is there a coupon for me?"
    away, here = member(), member()
    make_order(away, placed_at=utc_now() - timedelta(days=120))
    make_order(here, placed_at=utc_now() - timedelta(days=5))
    chat = Chat(away, locale)
    assert chat.say("request_coupon", text)["outcome"] == "acted"
    assert chat.effects == ["coupon_issued"]
    assert chat.say("request_coupon", text)["outcome"] == "declined"
    chat = Chat(here, locale)
    assert chat.say("request_coupon", text)["outcome"] == "declined"
    assert "90" in chat.text


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_no_benefit_is_answered_honestly(locale: Locale) -> None:
    customer_id = member(joined_at=utc_now() - timedelta(days=400))
    chat = Chat(customer_id, locale)
    assert (
        chat.say("request_coupon", "이벤트 쿠폰 주세요" if locale == "ko" else "give me the event coupon")["outcome"]
        == "declined"
    )
    assert ("이벤트" if locale == "ko" else "event") in chat.text
    said = chat.say("request_coupon", "사과 쿠폰이라도 주세요" if locale == "ko" else "I want an apology coupon")
    assert said["outcome"] == "asked"
    assert chat.say("ask_coupons")["outcome"] == "answered"
