"""Cases: what may be sent back and until when, which state follows which, and what comes back, to the last point."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import ConflictError, DangolError
from crm_store.cases import queries, service
from crm_store.cases.agreed import resolve_refunded
from crm_store.cases.models import Case
from crm_store.db import reading, transaction
from crm_store.orders import refunds
from crm_store.orders import service as orders
from crm_store.orders.models import OrderLine, Refund
from crm_store.points.models import Lot
from crm_store.points.queries import balance
from crm_store.points.service import expire_due
from tests.store.builders import NOW, make_conversation, make_customer, make_terms, put_rules
from tests.store.goods import (
    advance,
    coupons_used,
    deliver,
    earn,
    make_goods,
    order_of,
    place,
    refunds_of,
    send_back,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("store", "goods")
DAY = timedelta(days=1)


@pytest.fixture
def goods(store: str) -> None:
    put_rules()
    make_goods("shirt", 20_000, S=3, M=5)
    make_goods("cream", 30_000)


@pytest.fixture
def customer(goods: None) -> str:
    return make_customer()


@pytest.fixture
def received(customer: str) -> str:
    """An order of two shirts and a cream that has arrived: 70,000 won, delivery free."""
    order_id = place(customer, ("shirt.S", 2), ("cream", 1))
    deliver(order_id)
    return order_id


def refused(work: Any, *arguments: Any, **more: Any) -> tuple[str, dict[str, object]]:
    with pytest.raises(DangolError) as refusal:
        work(*arguments, **more)
    return refusal.value.code, refusal.value.context


def settle(case: Case, *states: str) -> str:
    """Move a case through states; the one it came to."""
    reached = ""
    for state in states:
        reached = advance(case.id, state)
    return reached


def history(case: Case) -> list[str]:
    with reading() as session:
        return [event.state for event in queries.list_events(session, case.id)]


def spendable(customer_id: str, days: int = 0) -> int:
    with reading() as session:
        return balance(session, customer_id, NOW + days * DAY)


# Opening


def test_a_return_is_opened_numbered_and_found_only_by_its_customer(customer: str, received: str) -> None:
    case = send_back(customer, received, (1, 1))
    assert (case.number, case.state, case.items) == ("C26030001", "requested", [{"position": 1, "quantity": 1}])
    assert history(case) == ["requested"]
    other = make_customer()
    with reading() as session:
        assert [each.id for each in queries.list_cases(session, customer)] == [case.id]
        assert queries.find_case(session, customer, "c26030001") is not None
        assert queries.find_case(session, other, case.number) is None
    assert refused(send_back, other, received, (2, 1))[0] == "order_not_found"
    assert refused(send_back, customer, None, (2, 1))[0] == "order_not_found"


def test_the_same_key_opens_one_case(customer: str, received: str) -> None:
    first = send_back(customer, received, (1, 2), idempotency_key="a")
    assert send_back(customer, received, (1, 2), idempotency_key="a").id == first.id
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        send_back(customer, received, (1, 1), idempotency_key="a")


def test_a_week_from_receipt_in_the_shops_days_and_longer_for_faults(customer: str, received: str) -> None:
    # Received on 10 March at noon in Seoul; the last day is 17 March, which ends at 15:00 UTC.
    late = NOW + 7 * DAY + timedelta(hours=12)
    code, context = refused(send_back, customer, received, (1, 1), now=late)
    assert (code, context["deadline"], context["state"]) == ("return_window_over", "2026-03-17", "delivered")
    send_back(customer, received, (1, 1), now=late - timedelta(minutes=1))
    send_back(customer, received, (2, 1), now=late, wanted={"fault": True})
    assert refused(send_back, customer, received, (1, 1), now=NOW + 95 * DAY, wanted={"fault": True})[0] == (
        "return_window_over"
    )


def test_what_cannot_be_sent_back(customer: str, received: str) -> None:
    on_its_way = place(customer, ("cream", 1))
    assert refused(send_back, customer, on_its_way, (1, 1)) == (
        "order_not_delivered",
        {"order_id": on_its_way, "state": "paid"},
    )
    assert refused(send_back, customer, received)[0] == "items_missing"
    assert refused(send_back, customer, received, (3, 1)) == ("item_invalid", {"position": 3})
    assert refused(send_back, customer, received, (1, 3))[0] == "item_invalid"
    assert refused(send_back, customer, received, (1, 1), kind="gift")[0] == "kind_invalid"
    case = send_back(customer, received, (1, 1))
    assert refused(send_back, customer, received, (1, 2)) == (
        "item_in_open_case",
        {"position": 1, "case_number": case.number},
    )
    settle(case, "approved")
    assert refused(send_back, customer, received, (1, 2)) == ("already_returned", {"position": 1})
    send_back(customer, received, (1, 1))


def test_a_complaint_needs_no_order_and_no_account() -> None:
    conversation_id = make_conversation()
    with transaction() as session:
        case = service.open_case(
            session, kind="complaint", customer_id=None, conversation_id=conversation_id, order_id=None, items=[],
            wanted={"remedy": "apology"}, reason="포장이 엉망이었어요", idempotency_key="a", actor="test", now=NOW,
        )  # fmt: skip
    assert case.number == "C26030001"
    assert settle(case, "in_progress", "resolved") == "resolved"
    assert history(case) == ["requested", "in_progress", "resolved"]


# Moving on


def test_only_legal_steps(customer: str, received: str) -> None:
    case = send_back(customer, received, (1, 1))
    assert refused(advance, case.id, "resolved") == (
        "case_state_illegal",
        {"case_id": case.id, "state": "requested", "wanted": "resolved"},
    )
    assert settle(case, "requested", "withdrawn", "withdrawn") == "withdrawn"
    assert history(case) == ["requested", "withdrawn"]
    for state in ("approved", "requested", "in_progress"):
        assert refused(advance, case.id, state)[0] == "case_state_illegal"
    with reading() as session:
        assert session.get_one(Case, case.id).closed_at == NOW


def test_a_return_is_refunded_less_the_fee_and_resolved_when_the_money_left(customer: str, received: str) -> None:
    case = send_back(customer, received, (1, 1))
    assert settle(case, "approved") == "in_progress"
    assert refunds_of(received) == [("approved", 17_000)]
    order = order_of(received)
    assert (order.state, [line.returned for line in order.lines]) == ("delivered", [1, 0])
    assert stock_of("shirt.S") == (2, 7)
    with reading() as session:
        assert session.scalars(select(Refund.expected_on)).one() == date(2026, 3, 13)
    with transaction() as session:
        assert (resolve_refunded(session, NOW), refunds.pay_due(session, NOW + 2 * DAY)) == (0, 0)
    with transaction() as session:
        assert refunds.pay_due(session, NOW + 3 * DAY) == 1
        assert resolve_refunded(session, NOW + 3 * DAY) == 1
    assert history(case) == ["requested", "approved", "in_progress", "resolved"]


def test_faulty_goods_cost_nothing_and_stay_off_the_shelf(customer: str) -> None:
    order_id = place(customer, ("shirt.S", 1))
    deliver(order_id)
    settle(send_back(customer, order_id, (1, 1), wanted={"fault": True}), "approved")
    assert (refunds_of(order_id), stock_of("shirt.S")) == ([("approved", 23_000)], (2, 7))


# Coupons, discounts and points


def test_the_whole_order_brings_coupon_and_points_back_once(customer: str) -> None:
    make_terms("spring", shared_code="SPRING", value=7000)
    earn(customer, 4000, "late", NOW + 60 * DAY)
    earn(customer, 3000, "soon", NOW + 30 * DAY)
    order_id = place(customer, ("shirt.S", 2), ("cream", 1), coupon_codes=["SPRING"], points=5000)
    deliver(order_id)
    first = send_back(customer, order_id, (1, 2))
    settle(first, "approved")
    # Goods 40,000 less their share of the discount, 4,000, and the fee. The coupon stays used; money goes first.
    assert refunds_of(order_id) == [("approved", 33_000)]
    assert (coupons_used(order_id), spendable(customer), order_of(order_id).state) == (1, 2000, "delivered")
    settle(send_back(customer, order_id, (2, 1)), "approved")
    # Of 30,000 less 3,000, points had paid 5,000: money 22,000 less the fee.
    assert refunds_of(order_id)[1] == ("approved", 19_000)
    assert (coupons_used(order_id), order_of(order_id).state) == (0, "returned")
    with reading() as session:
        lots = session.scalars(select(Lot).where(Lot.customer_id == customer).order_by(Lot.expires_at))
        assert [lot.remaining for lot in lots] == [3000, 4000]
    assert refused(send_back, customer, order_id, (2, 1))[0] == "order_not_delivered"


def test_where_points_paid_for_most_of_it_a_part_brings_points_back_too(customer: str) -> None:
    earn(customer, 50_000, "gift")
    order_id = place(customer, ("shirt.S", 1), ("cream", 1), points=45_000)
    deliver(order_id)
    settle(send_back(customer, order_id, (1, 1)), "approved")
    # 5,000 of the goods were paid in money, which covers the fee; 15,000 of the shirt in points.
    assert (refunds_of(order_id), spendable(customer)) == ([("approved", 2000)], 20_000)
    settle(send_back(customer, order_id, (2, 1)), "approved")
    assert (refunds_of(order_id)[1], spendable(customer)) == (("approved", 0), 50_000)


@pytest.mark.parametrize("run_expiry", [False, True])
def test_points_that_expired_meanwhile_count_as_those_that_stay_spent(customer: str, run_expiry: bool) -> None:
    earn(customer, 25_000, "soon", NOW + 2 * DAY)
    earn(customer, 25_000, "late", NOW + 60 * DAY)
    order_id = place(customer, ("shirt.S", 1), ("cream", 1), points=50_000)
    deliver(order_id)
    later = NOW + 3 * DAY
    first, second = (send_back(customer, order_id, (position, 1)) for position in (1, 2))
    for case, expected in ((first, 20_000), (second, 25_000)):
        advance(case.id, "approved", later)
        if run_expiry:
            with transaction() as session:
                expire_due(session, now=later)
        assert spendable(customer, days=3) == expected


def test_what_a_purchase_earned_goes_with_it(customer: str, received: str) -> None:
    with transaction() as session:
        orders.confirm(session, order_id=received, actor="test", now=NOW)
    assert spendable(customer) == 700
    settle(send_back(customer, received, (2, 1)), "approved")
    assert spendable(customer) == 400
    settle(send_back(customer, received, (1, 2)), "approved")
    assert spendable(customer) == 0


def test_an_open_return_keeps_a_purchase_from_counting(customer: str, received: str) -> None:
    case = send_back(customer, received, (1, 1))
    with transaction() as session:
        assert orders.confirm_due(session, NOW + 8 * DAY) == 0
    with pytest.raises(DangolError, match="case_open"), transaction() as session:
        orders.confirm(session, order_id=received, actor="test", now=NOW)
    settle(case, "withdrawn")
    with transaction() as session:
        assert orders.confirm_due(session, NOW + 8 * DAY) == 1


@pytest.mark.parametrize("discount", [0, 1, 6999, 70_000])
@pytest.mark.parametrize("points", [0, 1000, 33_333, 63_001])
def test_parts_add_up_to_the_whole_whatever_the_shares(
    customer: str, received: str, discount: int, points: int
) -> None:
    order = order_of(received)
    order.discount, order.points_used = discount, min(points, 70_000 - discount)
    rules: dict[str, Any] = {"returns": {"fee": 0}}
    whole = refunds.quote(order, {1: 2, 2: 1}, rules, fault=False)
    money = paid_back = shares = 0
    for pieces in ({1: 1}, {2: 1}, {1: 1}):
        part = refunds.quote(order, pieces, rules, fault=False)
        money, paid_back, shares = money + part.amount, paid_back + part.points, shares + part.discount
        for line in order.lines:
            line.returned += pieces.get(line.position, 0)
    assert (money, paid_back, shares) == (whole.amount, whole.points, whole.discount)
    assert (whole.amount, whole.points) == (70_000 - discount - order.points_used, order.points_used)
    assert (whole.whole, part.whole, whole.kept_points) == (True, True, 0)


# Exchanges


def exchange(customer: str, order_id: str, variant_id: str, *pieces: tuple[int, int]) -> Case:
    return send_back(customer, order_id, *pieces, kind="exchange", wanted={"variant_id": variant_id})


def test_an_exchange_reserves_the_new_piece_and_swaps_it_in_the_end(customer: str, received: str) -> None:
    case = exchange(customer, received, "shirt.M", (1, 1))
    assert (stock_of("shirt.M"), stock_of("shirt.S")) == ((4, 5), (1, 5))
    assert settle(case, "approved") == "in_progress"
    assert refunds_of(received) == []
    assert settle(case, "resolved") == "resolved"
    assert (stock_of("shirt.M"), stock_of("shirt.S")) == ((4, 6), (2, 6))
    with reading() as session:
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id == received).order_by(OrderLine.position))
        kept = [(line.variant_id, line.quantity, line.unit_price) for line in lines]
    assert kept == [("shirt.S", 1, 20_000), ("cream", 1, 30_000), ("shirt.M", 1, 20_000)]


@pytest.mark.parametrize("ended", ["withdrawn", "refused"])
def test_an_exchange_that_comes_to_nothing_frees_the_piece(customer: str, received: str, ended: str) -> None:
    settle(exchange(customer, received, "shirt.M", (1, 2)), ended)
    assert stock_of("shirt.M") == (5, 6)


def test_only_another_of_the_same_product_in_stock(customer: str, received: str) -> None:
    assert refused(exchange, customer, received, "cream", (1, 1))[0] == "exchange_other_product"
    assert refused(exchange, customer, received, "none", (1, 1))[0] == "variant_not_found"
    assert refused(exchange, customer, received, "shirt.M", (1, 1), (2, 1))[0] == "exchange_one_item"
    for _ in range(5):
        place(customer, ("shirt.M", 1))
    code, context = refused(exchange, customer, received, "shirt.M", (1, 1))
    assert (code, context["available"]) == ("out_of_stock", 0)
