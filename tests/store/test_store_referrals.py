"""Referrals: own codes, entering a friend's, and the reward for both after the friend's first purchase."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from core.errors import NotFoundError, RuleViolationError
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.loyalty import purchases, referrals
from crm_store.loyalty.models import Referral
from crm_store.orders.models import Order
from crm_store.points import queries
from tests.store.builders import NOW, make_customer, make_order, put_rules
from tests.store.races import race

DAY = timedelta(days=1)


@pytest.fixture
def rules(store: str) -> None:
    put_rules(referral__monthly_limit=2)


def code_of(customer_id: str) -> str:
    with transaction() as session:
        return referrals.code_of(session, customer_id)


def enter(friend_id: str, code: str, now: datetime = NOW) -> Referral:
    with transaction() as session:
        return referrals.enter(session, friend_id=friend_id, code=code, now=now)


def buy(customer_id: str, goods: int = 20_000, now: datetime = NOW) -> purchases.Reward:
    order_id = make_order(customer_id, goods, state="delivered", confirmed_at=now)
    with transaction() as session:
        return purchases.reward(session, session.get_one(Order, order_id), actor="test", now=now)


def balance(customer_id: str, now: datetime = NOW) -> int:
    with reading() as session:
        return queries.balance(session, customer_id, now)


def state_of(friend_id: str) -> str:
    with reading() as session:
        noted = referrals.find_referral(session, friend_id)
    assert noted is not None
    return noted.state


@pytest.mark.usefixtures("rules")
def test_a_code_is_made_once_and_reads_well() -> None:
    customer_id = make_customer()
    code = code_of(customer_id)
    assert re.fullmatch(r"DG[A-HJ-NP-Z2-9]{6}", code)
    assert code_of(customer_id) == code
    with pytest.raises(NotFoundError):
        code_of("nobody")


@pytest.mark.usefixtures("rules")
def test_both_are_rewarded_after_the_first_purchase_that_is_large_enough() -> None:
    inviter, friend = make_customer(), make_customer()
    noted = enter(friend, code_of(inviter).lower())
    assert enter(friend, code_of(inviter)).id == noted.id
    assert buy(friend, 19_999).referral == ()
    assert state_of(friend) == "entered"
    assert len(buy(friend).referral) == 2
    assert buy(friend).referral == ()
    assert (state_of(friend), balance(inviter), balance(friend)) == ("rewarded", 3000, 3000 + 199 + 200 + 200)


@pytest.mark.usefixtures("rules")
def test_an_inviter_is_rewarded_for_so_many_friends_a_month() -> None:
    inviter = make_customer()
    friends = [make_customer() for _ in range(4)]
    for friend in friends:
        enter(friend, code_of(inviter))
    for friend in friends[:3]:
        buy(friend)
    assert [balance(friend) for friend in friends[:3]] == [3200, 3200, 3200]
    assert balance(inviter) == 6000
    buy(friends[3], now=NOW + 30 * DAY)
    assert balance(inviter, NOW + 30 * DAY) == 9000


@pytest.mark.usefixtures("rules")
def test_who_cannot_enter_a_code() -> None:
    inviter, other = make_customer(), make_customer()
    code = code_of(inviter)
    late, bought, invited = (make_customer() for _ in range(3))
    buy(bought)
    enter(invited, code)
    cases = {
        "referral_own_code": (inviter, code, NOW),
        "referral_too_late": (late, code, NOW + 31 * DAY),
        "referral_after_purchase": (bought, code, NOW),
        "referral_entered": (invited, code_of(other), NOW),
        "referral_mutual": (inviter, code_of(invited), NOW),
        "not_a_member": (make_customer(joined_at=None), code, NOW),
    }
    for expected, (friend_id, entered, now) in cases.items():
        with pytest.raises(RuleViolationError) as raised:
            enter(friend_id, entered, now)
        assert raised.value.code == expected
    with pytest.raises(NotFoundError, match="referral_code_unknown"):
        enter(late, "DGAAAAAA")
    assert enter(late, code, NOW + 30 * DAY).state == "entered"


@pytest.mark.usefixtures("rules")
def test_the_same_person_twice_gets_nothing() -> None:
    inviter, friend, twin = (make_customer() for _ in range(3))
    with transaction() as session:
        session.get_one(Customer, inviter).phone = session.get_one(Customer, twin).phone = "+821000000000"
    with pytest.raises(RuleViolationError, match="referral_own_account"):
        enter(twin, code_of(inviter))
    enter(friend, code_of(inviter))
    with transaction() as session:  # found out later
        session.get_one(Customer, friend).phone = "+821000000000"
    assert buy(friend).referral == ()
    assert (state_of(friend), balance(inviter)) == ("refused", 0)


@pytest.mark.postgres
def test_races_for_a_code_an_entry_and_the_monthly_limit(postgres_store: str) -> None:
    put_rules(referral__monthly_limit=3)
    inviter, rival = make_customer(), make_customer()
    codes: set[str] = set()
    race(lambda _: codes.add(code_of(inviter)), range(16))
    assert len(codes) == 1
    contested = make_customer()
    outcome = race(lambda code: enter(contested, code), [*codes, code_of(rival)] * 8)
    assert outcome == {"ok": 8, "referral_entered": 8}
    friends = [make_customer() for _ in range(16)]
    for friend in friends:
        enter(friend, code_of(inviter))
    make_order(inviter)  # the product that all orders of tests are of
    assert race(buy, friends) == {"ok": 16}
    assert balance(inviter) == 9000
    assert {balance(friend) for friend in friends} == {3200}


@pytest.mark.postgres
def test_friends_in_a_circle_are_rewarded_at_once_without_a_deadlock(postgres_store: str) -> None:
    put_rules()
    ring = [make_customer() for _ in range(12)]
    make_order(ring[0])
    for place, friend in enumerate(ring):
        enter(friend, code_of(ring[place - 1]))
    assert race(buy, ring) == {"ok": 12}
    assert {balance(each) for each in ring} == {6200}
