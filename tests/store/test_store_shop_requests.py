"""The shop's agreement: pending until it decides, applied once, told to the customer, overtaken by what happens meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import ConflictError, DangolError, NotFoundError
from crm_store.conversations.models import Conversation, Message
from crm_store.db import reading, transaction
from crm_store.orders import service as orders
from crm_store.shop_requests import sending, service
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.queries import get_request, list_pending
from tests.store.builders import NOW, make_conversation, make_customer, make_terms, put_rules
from tests.store.goods import (
    advance,
    coupons_used,
    deliver,
    make_goods,
    order_of,
    place,
    refunds_of,
    send_back,
    ship,
    stock_of,
)

pytestmark = pytest.mark.usefixtures("store", "goods")
SECOND = timedelta(seconds=1)


@pytest.fixture
def goods(store: str) -> None:
    put_rules(shop__agreement="staff")
    make_goods("shirt", 20_000, S=3, M=5)


@pytest.fixture
def customer(goods: None) -> str:
    return make_customer()


@pytest.fixture
def order_id(customer: str) -> str:
    return place(customer, ("shirt.S", 1))


def ask(order_id: str, conversation_id: str | None = None, key: str = "a") -> ShopRequest:
    with transaction() as session:
        return orders.cancel(
            session, order_id=order_id, reason="변심", conversation_id=conversation_id, idempotency_key=key,
            actor="test", now=NOW,
        )  # fmt: skip


def decide(request: ShopRequest, confirmed: bool = True, reason: str = "", signature: str | None = None) -> str:
    with transaction() as session:
        decided = service.decide(
            session, request_id=request.id, confirmed=confirmed, answer={"reason": reason} if reason else {},
            actor="staff", now=NOW + SECOND, signature=signature,
        )  # fmt: skip
        return decided.state


def pending(**of: Any) -> list[str]:
    with reading() as session:
        return [request.kind for request in list_pending(session, **of)]


def said(conversation_id: str) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Message.text).where(Message.conversation_id == conversation_id)))


def test_nothing_happens_until_the_shop_decides_and_then_once(order_id: str) -> None:
    request = ask(order_id)
    assert (request.state, ask(order_id).id, pending(order_id=order_id)) == ("pending", request.id, ["cancel_order"])
    assert (order_of(order_id).state, stock_of("shirt.S")) == ("paid", (2, 7))
    assert [decide(request) for _ in range(2)] == ["confirmed", "confirmed"]
    assert (order_of(order_id).state, stock_of("shirt.S"), pending()) == ("cancelled", (3, 8), [])
    assert refunds_of(order_id) == [("approved", 23_000)]
    with pytest.raises(ConflictError, match="already_decided"):
        decide(request, confirmed=False)
    with pytest.raises(NotFoundError, match="shop_request_not_found"), transaction() as session:
        service.decide(session, request_id="0", confirmed=True, answer={}, actor="staff", now=NOW)


def test_a_refused_one_leaves_the_order_as_it_is(order_id: str) -> None:
    request = ask(order_id)
    assert decide(request, confirmed=False, reason="packed") == "refused"
    assert (order_of(order_id).state, refunds_of(order_id)) == ("paid", [])
    assert ask(order_id, key="b").state == "pending"


def test_while_it_waits_nothing_else_is_asked_of_the_order(order_id: str) -> None:
    ask(order_id)
    with pytest.raises(DangolError) as refusal:
        ask(order_id, key="b")
    assert (refusal.value.code, refusal.value.context["kind"]) == ("request_pending", "cancel_order")


def test_the_same_message_of_the_shop_again_is_refused(order_id: str) -> None:
    request = ask(order_id)
    assert decide(request, signature="s1") == "confirmed"
    with pytest.raises(ConflictError, match="decision_replayed"):
        decide(request, signature="s1")
    assert decide(request, signature="s2") == "confirmed"
    with pytest.raises(ConflictError, match="decision_replayed"):
        decide(request, signature="s2")


@pytest.mark.parametrize(
    ("locale", "confirmed", "expected"),
    [
        ("ko", True, "주문 DG26030001 취소가 완료됐어요. 결제하신 금액은 결제 수단으로 돌려드려요."),
        ("en", True, "Order DG26030001 is cancelled. What you paid goes back the way you paid it."),
        ("ko", False, "주문 DG26030001은 취소하지 못했어요. 매장에서 전한 이유: 이미 포장했어요"),
    ],
)
def test_the_customer_is_told_in_the_conversation(order_id: str, locale: str, confirmed: bool, expected: str) -> None:
    conversation_id = make_conversation()
    with transaction() as session:
        session.get_one(Conversation, conversation_id).locale = locale
    request = ask(order_id, conversation_id)
    for _ in range(2):
        decide(request, confirmed, "" if confirmed else "이미 포장했어요")
    assert said(conversation_id) == [expected]


def test_decided_at_once_the_turn_itself_tells(order_id: str) -> None:
    put_rules()
    conversation_id = make_conversation()
    assert ask(order_id, conversation_id).state == "confirmed"
    assert said(conversation_id) == []


def test_a_parcel_that_left_overtakes_the_request(order_id: str) -> None:
    conversation_id = make_conversation()
    request = ask(order_id, conversation_id)
    ship(order_id)
    with reading() as session:
        assert get_request(session, request.id).state == "refused"
    assert said(conversation_id) == ["주문 DG26030001은 취소하지 못했어요. 그사이 상품이 출발했어요."]
    with pytest.raises(ConflictError, match="already_decided"):
        decide(request)
    assert order_of(order_id).state == "shipped"


def test_a_return_waits_for_its_refund(customer: str, order_id: str) -> None:
    deliver(order_id)
    conversation_id = make_conversation()
    case = send_back(customer, order_id, (1, 1), conversation_id=conversation_id)
    assert (advance(case.id, "approved"), refunds_of(order_id)) == ("approved", [("requested", 17_000)])
    with reading() as session:
        [request] = list_pending(session, case_id=case.id)
    assert request.body == {
        "items": [{"position": 1, "quantity": 1}], "reason": "변심", "amount": 17_000, "currency": "KRW", "points": 0,
    }  # fmt: skip
    assert decide(request) == "confirmed"
    assert (refunds_of(order_id), order_of(order_id).state) == ([("approved", 17_000)], "returned")
    assert said(conversation_id) == ["C26030001 건의 환불이 승인됐어요. 3월 13일까지 돌려드릴게요."]


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_return_that_comes_to_nothing_is_not_refunded(customer: str, order_id: str, withdrawn: bool) -> None:
    deliver(order_id)
    case = send_back(customer, order_id, (1, 1))
    advance(case.id, "approved")
    with reading() as session:
        [request] = list_pending(session, case_id=case.id)
    if withdrawn:
        assert advance(case.id, "withdrawn") == "withdrawn"
    else:
        decide(request, confirmed=False, reason="opened")
    assert (refunds_of(order_id), pending()) == ([("refused", 17_000)], [])
    assert order_of(order_id).lines[0].returned == 0


def test_an_exchange_waits_and_a_refused_one_frees_the_piece(customer: str, order_id: str) -> None:
    deliver(order_id)
    case = send_back(customer, order_id, (1, 1), kind="exchange", wanted={"variant_id": "shirt.M"})
    advance(case.id, "approved")
    with reading() as session:
        [request] = list_pending(session, case_id=case.id)
    assert stock_of("shirt.M") == (4, 6)
    decide(request, confirmed=False)
    assert stock_of("shirt.M") == (5, 7)


def test_a_cancellation_gives_the_coupon_back_only_when_it_is_confirmed(customer: str) -> None:
    make_terms("spring", shared_code="SPRING")
    order_id = place(customer, ("shirt.S", 1), coupon_codes=["SPRING"])
    request = ask(order_id)
    assert coupons_used(order_id) == 1
    decide(request)
    assert coupons_used(order_id) == 0


# The way to the shop's own system


def claim(after: float = 0, owner: str = "sender") -> list[sending.Outgoing]:
    with transaction() as session:
        return list(sending.claim(session, owner=owner, now=NOW + after * SECOND))


def fail(outgoing: sending.Outgoing, after: float, owner: str = "sender") -> None:
    with transaction() as session:
        sending.settle_failed(session, outgoing, owner=owner, error="status 500", now=NOW + after * SECOND)


def test_only_a_shop_with_a_system_of_its_own_is_sent_anything(order_id: str) -> None:
    request = ask(order_id)
    assert claim() == []
    put_rules(shop__agreement="webhook")
    with reading() as session:
        assert sending.has_due(session, NOW)
    [outgoing] = claim()
    assert outgoing.document == {
        "id": request.id, "kind": "cancel_order", "created_at": "2026-03-10T03:00:00+00:00",
        "customer": request.customer_id, "order": "DG26030001", "case": None, "details": {"reason": "변심"},
    }  # fmt: skip


def test_it_is_tried_again_ever_more_rarely_and_by_another_when_the_sender_died(order_id: str) -> None:
    put_rules(shop__agreement="webhook")
    ask(order_id)
    waits = []
    at = 0.0
    for _ in range(10):
        [outgoing] = claim(at)
        fail(outgoing, at)
        wait = next(wait for wait in (5, 10, 20, 40, 80, 160, 320, 640, 900) if claim_possible(at + wait))
        waits.append(wait)
        at += wait
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    [lost] = claim(at)
    assert claim(at + 60) == []
    [again] = claim(at + 61, "other")
    fail(lost, at + 62)  # too late: it is the other's now
    assert (again.request_id, claim(at + 70)) == (lost.request_id, [])
    with transaction() as session:
        sending.settle_sent(session, again.request_id, owner="other", now=NOW)
    assert not claim_possible(at + 10_000)


def claim_possible(after: float) -> bool:
    with reading() as session:
        return sending.has_due(session, NOW + after * SECOND)
