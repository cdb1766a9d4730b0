"""What purchases bring and returns take back, replayed from orders and the ledger; notices."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from crm_store.conversations.models import Conversation, Message
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.loyalty import notices, purchases, replay, tiers
from crm_store.loyalty.models import TierChange
from crm_store.orders.models import Order, OrderLine
from crm_store.points import queries, service
from tests.store.builders import NOW, make_conversation, make_customer, make_order, put_rules
from tests.store.races import race

pytestmark = pytest.mark.usefixtures("rules")
DAY = timedelta(days=1)


@pytest.fixture
def rules(store: str) -> None:
    put_rules()


def confirm(order_id: str, now: datetime = NOW) -> purchases.Reward:
    with transaction() as session:
        order = session.get_one(Order, order_id)
        order.state, order.confirmed_at = "delivered", order.confirmed_at or now
        return purchases.reward(session, order, actor="test", now=now)


def send_back(order_id: str, pieces: int | None = None, now: datetime = NOW) -> purchases.TakenBack:
    """The whole order comes back, or so many of its two pieces."""
    with transaction() as session:
        order = session.get_one(Order, order_id)
        if pieces is None:
            order.state = "returned"
        else:
            for line in session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)):
                line.returned = 1 if line.position < pieces else 0
        return purchases.take_back(session, order, actor="test", now=now)


def balance(customer_id: str, now: datetime = NOW) -> int:
    with reading() as session:
        return queries.balance(session, customer_id, now)


def customer(customer_id: str) -> Customer:
    with reading() as session:
        return session.get_one(Customer, customer_id)


def spend(customer_id: str, amount: int) -> None:
    with transaction() as session:
        service.spend(
            session, customer_id=customer_id, amount=amount, reason="order", idempotency_key=f"s:{customer_id}:{amount}",
            actor="test", now=NOW,
        )  # fmt: skip


def test_points_by_tier_on_goods_less_coupons_and_points_once() -> None:
    customer_id = make_customer()
    order_id = make_order(customer_id, 80_000, discount=5_000, points_used=2_000, shipping_fee=3_000)
    first, again = confirm(order_id), confirm(order_id)
    assert first.points is not None
    assert again.points is not None
    assert (first.points.amount, first.points.id) == (730, again.points.id)
    assert balance(customer_id) == 730


def test_a_threshold_lifts_at_once_and_the_next_purchase_earns_more() -> None:
    customer_id = make_customer()
    change = confirm(make_order(customer_id, 100_000)).tier
    assert change is not None
    assert (change.kind, change.from_tier, change.to_tier) == ("upgraded", "sprout", "neighbour")
    assert (customer(customer_id).tier, balance(customer_id)) == ("neighbour", 1_000)
    confirm(make_order(customer_id, 50_000))
    assert balance(customer_id) == 2_000


def test_a_return_takes_its_share_and_the_rest_later() -> None:
    customer_id = make_customer()
    order_id = make_order(customer_id, 100_000)
    confirm(order_id)
    assert send_back(order_id, 1) == purchases.TakenBack(500, 500)
    assert send_back(order_id, 1) == purchases.TakenBack(0, 0)
    assert customer(customer_id).tier == "sprout"  # as if the goods had never been bought
    assert send_back(order_id) == purchases.TakenBack(500, 500)
    assert balance(customer_id) == 0


def test_what_was_spent_is_taken_from_other_points_and_nobody_gets_into_debt() -> None:
    customer_id = make_customer()
    first, second = make_order(customer_id, 60_000), make_order(customer_id, 20_000)
    confirm(first)
    confirm(second)
    spend(customer_id, 500)
    assert send_back(first) == purchases.TakenBack(600, 300)
    assert balance(customer_id) == 0


def test_a_return_before_confirmation_lessens_the_points() -> None:
    customer_id = make_customer()
    order_id = make_order(customer_id, 100_000)
    assert send_back(order_id, 1) == purchases.TakenBack(0, 0)
    confirm(order_id)
    assert balance(customer_id) == 500
    assert send_back(order_id) == purchases.TakenBack(500, 500)


def test_a_replay_gives_what_the_store_has_after_random_histories() -> None:
    chance, now = random.Random(7), NOW
    people = [make_customer() for _ in range(8)]
    bought: list[str] = []
    for step in range(160):
        who = chance.choice(people)
        now += timedelta(hours=chance.choice([3, 30, 200]))
        kind = chance.choice(["buy", "buy", "buy", "back", "part", "expire", "review"])
        if kind == "buy":
            bought.append(make_order(who, chance.choice([20_000, 90_000, 400_000]), placed_at=now))
            confirm(bought[-1], now)
        elif kind in ("back", "part") and bought:
            send_back(chance.choice(bought), None if kind == "back" else 1, now)
        elif kind == "expire":
            with transaction() as session:
                service.expire_due(session, now=now)
        _review_all(now)  # as the worker does all the time
        if step % 20 == 0:
            assert _differences(now) == []
    assert _differences(now) == []
    with reading() as session:
        kinds = set(session.scalars(select(TierChange.kind)))
    assert kinds >= {"upgraded", "downgraded", "kept"}


def test_a_replay_tells_a_tier_that_was_not_earned_and_a_balance_out_of_step() -> None:
    customer_id = make_customer()
    confirm(make_order(customer_id, 100_000))
    with transaction() as session:
        session.get_one(Customer, customer_id).tier = "family"
    [found] = _differences(NOW)
    assert (found.what, found.stored, found.replayed) == (
        "tier", ("family", None, None), ("neighbour", None, None)
    )  # fmt: skip
    with transaction() as session:
        tiers.review(session, customer_id, NOW)
    assert _differences(NOW) == []


def _review_all(now: datetime) -> None:
    reviewed = 1
    while reviewed:
        with transaction() as session:
            reviewed = tiers.review_due(session, now)


def _differences(now: datetime) -> list[replay.Difference]:
    with reading() as session:
        return replay.differences(session, now)


# Notices


def _converse(customer_id: str, **values: Any) -> str:
    conversation_id = make_conversation(**values)
    with transaction() as session:
        session.get_one(Conversation, conversation_id).customer_id = customer_id
    return conversation_id


def _told(conversation_id: str) -> list[str]:
    with reading() as session:
        rows = select(Message.text).where(Message.conversation_id == conversation_id).order_by(Message.seq)
        return list(session.scalars(rows))


def test_points_near_their_end_are_told_once_a_month() -> None:
    customer_id, silent = make_customer(), make_customer()
    conversation_id = _converse(customer_id)
    for who in (customer_id, silent):
        for number, days in enumerate((20, 22, 100)):
            with transaction() as session:
                service.earn(
                    session, customer_id=who, amount=100, reason="gift", idempotency_key=f"{who}:{number}", actor="test",
                    now=NOW, expires_at=NOW + days * DAY,
                )  # fmt: skip
    night = NOW + timedelta(hours=12)
    for moment, count in ((night, 0), (NOW, 1), (NOW, 0), (NOW + 3 * DAY, 0), (NOW + 75 * DAY, 1)):
        with transaction() as session:
            assert notices.warn_expiring(session, moment) == count
    first, second = _told(conversation_id)
    assert "3월 30일부터 4월 1일 사이에 모두 200포인트" in first
    assert "6월 18일이 지나면 100포인트" in second


def test_an_upgrade_is_told_where_the_customer_wrote_last() -> None:
    customer_id = make_customer()
    _converse(customer_id)
    conversation_id = _converse(customer_id)
    with transaction() as session:
        session.get_one(Conversation, conversation_id).last_activity_at = NOW + DAY
    confirm(make_order(customer_id, 300_000))
    [told] = _told(conversation_id)
    assert "단골 등급" in told
    assert "3%" in told


# Races


@pytest.mark.postgres
def test_a_purchase_confirmed_by_many_at_once_is_rewarded_once(postgres_store: str) -> None:
    put_rules()
    customer_id = make_customer()
    order_id = make_order(customer_id, 100_000)
    assert race(lambda _: confirm(order_id), range(16)) == {"ok": 16}
    assert balance(customer_id) == 1_000
    with reading() as session:
        assert list(session.scalars(select(TierChange.kind))) == ["upgraded"]


@pytest.mark.postgres
def test_returns_beside_purchases_take_back_once(postgres_store: str) -> None:
    put_rules()
    customer_id = make_customer()
    # Together below the next tier: which rate a purchase earns at must not hang on who was first.
    first, others = make_order(customer_id, 50_000), [make_order(customer_id, 5_000) for _ in range(8)]
    confirm(first)
    work = [lambda: send_back(first)] * 8 + [partial(confirm, each) for each in others]
    assert race(lambda do: do(), work) == {"ok": 16}
    assert balance(customer_id) == 400
    assert _differences(NOW) == []
