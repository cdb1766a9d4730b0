"""Races for orders: whoever comes first wins, everything else is refused, and nothing is given or taken twice."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from crm_store.cases.queries import list_cases
from crm_store.coupons.models import CouponTerms, Redemption
from crm_store.coupons.redemption import redeem
from crm_store.db import reading, transaction
from crm_store.orders.models import Order, Refund
from crm_store.points.models import Lot
from crm_store.points.queries import balance
from crm_store.shop_requests import service as shop_requests
from tests.store.builders import NOW, make_customer, make_order, make_terms, put_rules
from tests.store.goods import (
    advance,
    cancel,
    coupons_used,
    deliver,
    earn,
    make_goods,
    order_of,
    place,
    refunds_of,
    send_back,
    ship,
    stock_of,
)
from tests.store.races import race

pytestmark = pytest.mark.usefixtures("store", "goods")
RACERS = 24
LEFT = 5


@pytest.fixture
def goods(store: str) -> None:
    put_rules()
    make_goods("shirt", 20_000, S=LEFT, M=RACERS)
    make_goods("cream", 30_000, only=RACERS)


def test_the_last_pieces_go_to_whoever_orders_first_and_every_order_has_its_number() -> None:
    customers = [make_customer() for _ in range(RACERS)]

    def order(number: int) -> None:
        # Lines in two orders: stock is locked in one.
        lines = [("shirt.S", 1), ("cream.only", 1)]
        place(customers[number], *(lines if number % 2 else reversed(lines)))

    assert race(order, range(RACERS)) == {"ok": LEFT, "out_of_stock": RACERS - LEFT}
    assert (stock_of("shirt.S"), stock_of("cream.only")) == ((0, RACERS), (RACERS - LEFT, RACERS - LEFT))
    with reading() as session:
        numbers = sorted(session.scalars(select(Order.number)))
    assert numbers == [f"DG2603{count:04d}" for count in range(1, LEFT + 1)]


def test_one_key_places_one_order() -> None:
    customer = make_customer()
    earn(customer, 5000, "gift")
    placed: list[str] = []
    outcome = race(lambda _: placed.append(place(customer, ("shirt.S", LEFT), key="a", points=5000)), range(RACERS))
    assert outcome == {"ok": RACERS}
    assert (len(set(placed)), stock_of("shirt.S")) == (1, (0, RACERS))


def test_cancelled_by_many_it_is_given_back_once() -> None:
    make_terms("spring", shared_code="SPRING")
    customer = make_customer()
    earn(customer, 5000, "gift")
    order_id = place(customer, ("shirt.S", 2), coupon_codes=["SPRING"], points=5000)
    assert race(lambda _: cancel(order_id), range(RACERS)) == {"ok": 1, "order_not_cancellable": RACERS - 1}
    assert (stock_of("shirt.S")[0], coupons_used(order_id), refunds_of(order_id)) == (LEFT, 0, [("approved", 35_000)])
    with reading() as session:
        assert balance(session, customer, NOW) == 5000
        assert session.get_one(CouponTerms, "spring").redeemed_count == 0


@pytest.mark.parametrize("agreement", ["at_once", "staff"])
def test_a_cancellation_racing_the_parcel_ends_in_one_of_the_two(agreement: str) -> None:
    put_rules(shop__agreement=agreement)
    orders = [place(make_customer(), ("shirt.M", 1)) for _ in range(8)]

    def act(number: int) -> None:
        order_id, cancelling = orders[number // 2], number % 2
        if not cancelling:
            ship(order_id)
            return
        request = cancel(order_id)
        if agreement == "staff":
            with transaction() as session:
                shop_requests.decide(
                    session, request_id=request.id, confirmed=True, answer={}, actor="staff", now=NOW
                )  # fmt: skip

    outcome = race(act, range(2 * len(orders)))
    assert set(outcome) <= {"ok", "order_not_cancellable", "order_not_shippable", "already_decided"}
    assert outcome["ok"] == len(orders)
    for order_id in orders:
        order = order_of(order_id)
        refunded = order.state == "cancelled"
        assert order.state in ("cancelled", "shipped")
        assert (len(order.shipments), len(refunds_of(order_id))) == ((0, 1) if refunded else (1, 0))
    cancelled = sum(order_of(order_id).state == "cancelled" for order_id in orders)
    assert stock_of("shirt.M")[0] == RACERS - len(orders) + cancelled


def test_decided_both_ways_at_once_one_stands() -> None:
    put_rules(shop__agreement="staff")
    order_id = place(make_customer(), ("shirt.M", 1))
    request = cancel(order_id)

    def decide(number: int) -> None:
        with transaction() as session:
            shop_requests.decide(
                session, request_id=request.id, confirmed=number % 2 == 0, answer={}, actor="staff", now=NOW
            )  # fmt: skip

    assert race(decide, range(RACERS)) == {"ok": RACERS // 2, "already_decided": RACERS // 2}
    cancelled = order_of(order_id).state == "cancelled"
    assert (stock_of("shirt.M")[0], len(refunds_of(order_id))) == ((RACERS, 1) if cancelled else (RACERS - 1, 0))


def test_a_coupon_given_back_by_a_cancellation_while_others_use_it() -> None:
    """A code for three, all used: orders are cancelled while others take the uses that become free."""
    make_terms("spring", shared_code="SPRING", redemption_limit=3)
    used = [place(make_customer(), ("shirt.M", 1), coupon_codes=["SPRING"]) for _ in range(3)]
    waiting = [(customer, make_order(customer)) for customer in (make_customer() for _ in range(RACERS - 3))]

    def act(number: int) -> None:
        if number < len(used):
            cancel(used[number])
            return
        customer, order_id = waiting[number - len(used)]
        with transaction() as session:
            redeem(
                session, code="SPRING", customer_id=customer, order_id=order_id, idempotency_key=f"redeem:{order_id}",
                actor="test", now=NOW,
            )  # fmt: skip

    outcome = race(act, range(RACERS))
    assert set(outcome) <= {"ok", "redemption_limit_reached"}
    with reading() as session:
        live = session.scalar(select(func.count(Redemption.id)).where(Redemption.reverted_at.is_(None)))
        assert session.get_one(CouponTerms, "spring").redeemed_count == live == outcome["ok"] - len(used)
    assert [coupons_used(order_id) for order_id in used] == [0, 0, 0]


def test_the_same_pieces_are_sent_back_once() -> None:
    customer = make_customer()
    order_id = place(customer, ("shirt.M", 2))
    deliver(order_id)
    assert race(lambda _: send_back(customer, order_id, (1, 1)), range(RACERS)) == {
        "ok": 2,
        "item_in_open_case": RACERS - 2,
    }
    with reading() as session:
        cases = list_cases(session, customer)
    assert len({case.number for case in cases}) == 2
    outcome = race(lambda case_id: advance(case_id, "approved"), [case.id for case in cases] * 4)
    # Beyond the first, each finds it gone on: approved again would be a step back.
    assert outcome == {"ok": 2, "case_state_illegal": 6}
    with reading() as session:
        assert session.scalar(select(func.sum(Refund.amount))) == 2 * 17_000
    assert order_of(order_id).state == "returned"


def test_placed_and_cancelled_at_once_nothing_is_lost() -> None:
    make_terms("spring", shared_code="SPRING")
    customers = [make_customer() for _ in range(8)]
    for customer in customers:
        earn(customer, 10_000, f"gift:{customer}")
    done: Counter[str] = Counter()

    def shop(number: int) -> None:
        customer = customers[number % len(customers)]
        codes = ["SPRING"] if number < len(customers) else []
        order_id = place(customer, ("shirt.M", 1), ("cream.only", 1), points=2000, coupon_codes=codes)
        done[cancel(order_id).state] += 1

    outcome = race(shop, range(RACERS))
    assert (outcome, done) == ({"ok": RACERS}, {"confirmed": RACERS})
    assert (stock_of("shirt.M")[0], stock_of("cream.only")[0]) == (RACERS, RACERS)
    with reading() as session:
        assert session.scalar(select(func.sum(Lot.remaining))) == 8 * 10_000
        assert session.get_one(CouponTerms, "spring").redeemed_count == 0
