"""Orders: placed all or nothing, cancelled with everything given back, on their way step by step."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import ConflictError, DangolError, NotFoundError, RuleViolationError
from crm_store.coupons.errors import CouponNotUsableError
from crm_store.db import reading, transaction
from crm_store.orders import refunds
from crm_store.orders import service as orders
from crm_store.orders.fees import add_working_days
from crm_store.orders.models import Order
from crm_store.points.models import Lot
from crm_store.points.queries import balance
from tests.store.builders import NOW, make_customer, make_terms, put_rules
from tests.store.goods import (
    HOME,
    cancel,
    coupons_used,
    deliver,
    earn,
    make_goods,
    order_of,
    place,
    refunds_of,
    ship,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("store", "goods")
DAY = timedelta(days=1)
JEJU = {**HOME, "postcode": "63122", "line1": "바람시 돌담로 2"}


@pytest.fixture
def goods(store: str) -> None:
    put_rules()
    make_goods("shirt", 20_000, S=3, M=5)
    make_goods("cream", 30_000)


@pytest.fixture
def customer(goods: None) -> str:
    return make_customer()


def lots(customer_id: str) -> list[int]:
    with reading() as session:
        found = session.query(Lot).where(Lot.customer_id == customer_id).order_by(Lot.expires_at)
        return [lot.remaining for lot in found]


def spendable(customer_id: str) -> int:
    with reading() as session:
        return balance(session, customer_id, NOW)


def refused(code: str, work: Any, *arguments: Any, **more: Any) -> dict[str, object]:
    """The context of the refusal with this code."""
    with pytest.raises(DangolError) as refusal:
        work(*arguments, **more)
    assert refusal.value.code == code
    return refusal.value.context


# Placing


def test_an_order_takes_stock_and_is_priced_and_numbered_by_the_rules(customer: str) -> None:
    first = order_of(place(customer, ("shirt.S", 2)))
    assert first.number == "DG26030001"
    assert (first.state, first.shipping_fee, first.total, first.source) == ("paid", 3000, 43_000, "chat")
    assert [(line.variant_id, line.quantity, line.unit_price) for line in first.lines] == [("shirt.S", 2, 20_000)]
    assert stock_of("shirt.S") == (1, 6)
    second = order_of(place(customer, ("shirt.M", 1), ("cream", 1), ("shirt.M", 1)))
    assert (second.number, second.shipping_fee, second.total) == ("DG26030002", 0, 70_000)
    assert [(line.position, line.quantity) for line in second.lines] == [(1, 2), (2, 1)]


def test_numbers_go_on_after_ten_thousand_and_beside_foreign_ones(customer: str) -> None:
    number_of = [place(customer, ("cream", 1)) for _ in range(2)]
    with transaction() as session:
        for order_id, number in zip(number_of, ("DG26039999", "DG2603-SHOP"), strict=True):
            session.get_one(Order, order_id).number = number
    assert order_of(place(customer, ("cream", 1))).number == "DG260310000"
    assert order_of(place(customer, ("cream", 1))).number == "DG260310001"


def test_a_far_place_costs_more_also_when_delivery_is_free(customer: str) -> None:
    assert order_of(place(customer, ("cream", 1), address=JEJU)).shipping_fee == 6000
    assert order_of(place(customer, ("cream", 2), address=JEJU)).shipping_fee == 3000


def test_a_coupon_comes_off_first_and_points_pay_for_the_rest_of_the_goods(customer: str) -> None:
    make_terms("spring", shared_code="SPRING", value=5000)
    earn(customer, 30_000, "gift")
    order = order_of(place(customer, ("shirt.S", 1), coupon_codes=["spring"], points=15_000))
    assert (order.discount, order.points_used, order.total) == (5000, 15_000, 3000)
    assert spendable(customer) == 15_000


def test_a_regular_delivery_has_its_discount(customer: str) -> None:
    order = order_of(place(customer, ("cream", 1), source="regular_delivery"))
    assert (order.discount, order.total) == (3000, 30_000)


@pytest.mark.parametrize(
    ("code", "wanted", "more"),
    [
        ("lines_missing", [], {}),
        ("quantity_invalid", [("cream", 0)], {}),
        ("out_of_stock", [("cream", 1), ("shirt.S", 4)], {}),
        ("variant_not_found", [("cream", 1), ("nothing", 1)], {}),
        ("below_minimum_points", [("cream", 1)], {"points": 999}),
        ("points_exceed_goods", [("cream", 1)], {"points": 30_001}),
        ("insufficient_points", [("cream", 1)], {"points": 9001}),
        ("coupon_not_found", [("cream", 1)], {"coupon_codes": ["NONE"]}),
        ("below_minimum_order", [("cream", 1)], {"coupon_codes": ["DEAR"]}),
    ],
)
def test_refused_it_leaves_nothing_behind_and_the_caller_may_go_on(
    customer: str, code: str, wanted: list[tuple[str, int]], more: dict[str, Any]
) -> None:
    make_terms("dear", shared_code="DEAR", minimum_order=100_000)
    earn(customer, 9000, "gift")
    with transaction() as session:
        with pytest.raises(DangolError) as refusal:
            orders.place(
                session, customer_id=customer, lines=[orders.NewLine(*each) for each in wanted],
                **{"address": HOME, "source": "chat", "idempotency_key": "a", "actor": "test", "now": NOW, **more},
            )  # fmt: skip
        assert refusal.value.code == code
        assert session.query(Order).count() == 0
    assert (stock_of("cream"), stock_of("shirt.S"), spendable(customer)) == ((10, 10), (3, 8), 9000)
    place(customer, ("cream", 1), key="a")


def test_the_same_key_places_one_order(customer: str) -> None:
    earn(customer, 9000, "gift")
    first = place(customer, ("cream", 1), key="a", points=2000)
    assert place(customer, ("cream", 1), key="a", points=2000) == first
    assert (stock_of("cream"), spendable(customer)) == ((9, 9), 7000)
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        place(customer, ("cream", 2), key="a", points=2000)
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        place(make_customer(), ("cream", 1), key="a", points=2000)


# Cancelling


def test_a_cancelled_order_gives_everything_back(customer: str) -> None:
    make_terms("spring", shared_code="SPRING", value=5000)
    earn(customer, 4000, "late", NOW + 60 * DAY)
    earn(customer, 3000, "soon", NOW + 30 * DAY)
    order_id = place(customer, ("shirt.S", 2), coupon_codes=["SPRING"], points=5000)
    assert lots(customer) == [0, 2000]
    request = cancel(order_id)
    assert (request.kind, request.state, request.body) == ("cancel_order", "confirmed", {"reason": "변심"})
    order = order_of(order_id)
    assert (order.state, order.cancelled_at) == ("cancelled", NOW)
    assert (stock_of("shirt.S"), coupons_used(order_id), lots(customer)) == ((3, 8), 0, [3000, 4000])
    assert refunds_of(order_id) == [("approved", 33_000)]


def test_cancelled_twice_it_is_given_back_once(customer: str) -> None:
    order_id = place(customer, ("shirt.S", 2))
    first = cancel(order_id, "a")
    assert cancel(order_id, "a").id == first.id
    assert refused("order_not_cancellable", cancel, order_id, "b")["state"] == "cancelled"
    assert (stock_of("shirt.S"), refunds_of(order_id)) == ((3, 8), [("approved", 43_000)])


def test_what_has_left_is_not_cancelled(customer: str) -> None:
    order_id = place(customer, ("shirt.S", 2))
    ship(order_id)
    assert refused("order_not_cancellable", cancel, order_id) == {"order_id": order_id, "state": "shipped"}


def test_a_refund_of_a_cancellation_is_paid_on_the_next_working_day(customer: str) -> None:
    saturday = NOW + 4 * DAY
    order_id = place(customer, ("cream", 1))
    cancel(order_id, now=saturday)

    def pay(days: int) -> int:
        with transaction() as session:
            return refunds.pay_due(session, saturday + days * DAY)

    assert [pay(days) for days in (0, 1, 2, 3)] == [0, 0, 1, 0]
    assert refunds_of(order_id) == [("paid", 33_000)]
    with reading() as session:
        [(refund, number)] = refunds.list_refunds(session, customer)
        assert refunds.list_refunds(session, make_customer()) == []
    assert (refund.expected_on, number) == (date(2026, 3, 16), order_of(order_id).number)


def test_working_days_skip_weekends() -> None:
    friday = date(2026, 3, 13)
    assert [add_working_days(friday, count).day for count in (0, 1, 3)] == [13, 16, 18]
    assert add_working_days(date(2026, 3, 14), 1).day == 17


# A new address


def change(order_id: str, key: str, **address: str) -> tuple[str, int]:
    with transaction() as session:
        request = orders.change_address(
            session, order_id=order_id, address=address, conversation_id=None, idempotency_key=key, actor="test", now=NOW
        )  # fmt: skip
        return request.state, int(request.body["more_fee"])


def test_an_order_that_has_not_left_goes_elsewhere(customer: str) -> None:
    order_id = place(customer, ("cream", 1))
    for _ in range(2):  # the same again changes nothing
        assert change(order_id, "a", postcode="63122", line1="바람시 돌담로 2") == ("confirmed", 3000)
    order = order_of(order_id)
    assert order.address == JEJU
    assert (order.shipping_fee, order.total) == (6000, 36_000)
    assert change(order_id, "b", postcode="04524", line1="중구 새봄로 9") == ("confirmed", 0)
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        change(order_id, "b", postcode="04524", line1="중구 새봄로 8")
    assert refused("address_invalid", change, order_id, "c", line1="새봄로") == {}
    ship(order_id)
    assert refused("address_not_changeable", change, order_id, "c", postcode="1", line1="2")["state"] == "shipped"


# On its way


def test_an_order_goes_its_way_step_by_step(customer: str) -> None:
    order_id = place(customer, ("cream", 1))
    refused("order_not_shipped", lambda: _step(orders.deliver, order_id))
    _step(orders.prepare, order_id)
    ship(order_id)
    ship(order_id)
    [shipment] = order_of(order_id).shipments
    assert (shipment.state, shipment.courier, shipment.expected_on) == ("in_transit", "한빛택배", date(2026, 3, 13))
    refused("order_not_paid", lambda: _step(orders.prepare, order_id))
    refused("order_not_delivered", lambda: _step(orders.confirm, order_id))
    for _ in range(2):
        _step(orders.deliver, order_id)
    order = order_of(order_id)
    assert (order.state, order.shipments[0].state) == ("delivered", "delivered")
    refused("order_not_shippable", ship, order_id)


def _step(step: Any, order_id: str) -> None:
    with transaction() as session:
        step(session, order_id=order_id, actor="test", now=NOW)


def test_a_purchase_counts_when_it_is_confirmed_and_by_itself_after_a_week(customer: str) -> None:
    early, late = (place(customer, ("cream", 1)) for _ in range(2))
    for order_id in (early, late):
        deliver(order_id)
    for _ in range(2):
        _step(orders.confirm, early)
    assert spendable(customer) == 300

    def confirm_due(days: int) -> int:
        with transaction() as session:
            return orders.confirm_due(session, NOW + days * DAY)

    assert [confirm_due(days) for days in (6, 7, 8)] == [0, 1, 0]
    assert order_of(late).confirmed_at == NOW + 7 * DAY
    assert spendable(customer) == 600


def test_somebody_unknown_orders_nothing() -> None:
    with pytest.raises(NotFoundError, match="customer_not_found"):
        place("nobody", ("cream", 1))


def test_one_coupon_an_order(customer: str) -> None:
    make_terms("a", shared_code="ONE")
    make_terms("b", shared_code="TWO")
    with pytest.raises((CouponNotUsableError, RuleViolationError)):
        place(customer, ("cream", 1), coupon_codes=["ONE", "TWO"])
    assert stock_of("cream") == (10, 10)
