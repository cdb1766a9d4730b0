"""Cases and requests in the panel: seen, moved on, decided; nobody else's."""

from __future__ import annotations

import re

import pytest

from core.clock import utc_now
from core.ids import new_id
from crm_store.cases.queries import get_case
from crm_store.cases.service import open_case
from crm_store.conversations.models import Conversation
from crm_store.db import reading, transaction
from crm_store.orders.queries import get_order
from crm_store.orders.service import cancel
from crm_store.shop_requests.queries import get_request
from tests.console.room import Room
from tests.store.builders import make_conversation, make_customer, make_order, put_rules


def _signed_in() -> tuple[str, str]:
    customer_id, conversation_id = make_customer(), make_conversation()
    with transaction() as session:
        session.get_one(Conversation, conversation_id).customer_id = customer_id
    return customer_id, conversation_id


def _complain(customer_id: str, conversation_id: str) -> str:
    with transaction() as session:
        case = open_case(
            session, kind="complaint", customer_id=customer_id, conversation_id=conversation_id, order_id=None, items=[],
            wanted={}, reason="상자가 찌그러졌어요", idempotency_key=new_id(), actor="bot", now=utc_now(),
        )  # fmt: skip
    return case.id


def test_a_case_is_seen_and_moved_on(room: Room) -> None:
    customer_id, conversation_id = _signed_in()
    case_id = _complain(customer_id, conversation_id)
    csrf = room.enter("mina")
    page = room.client.get(f"/console/conversations/{conversation_id}").text
    assert "상자가 찌그러졌어요" in page
    path = f"/console/conversations/{conversation_id}/cases/{case_id}"
    assert room.client.post(path, data={"csrf": csrf, "state": "resolved"}, follow_redirects=False).status_code == 303
    with reading() as session:
        assert get_case(session, case_id).state == "resolved"


def test_a_case_of_another_customer_is_not_there(room: Room) -> None:
    customer_id, conversation_id = _signed_in()
    case_id = _complain(customer_id, conversation_id)
    _, other = _signed_in()
    csrf = room.enter("mina")
    path = f"/console/conversations/{other}/cases/{case_id}"
    assert room.client.post(path, data={"csrf": csrf, "state": "resolved"}).status_code == 404


@pytest.mark.parametrize(("state", "left"), [("confirmed", "cancelled"), ("refused", "paid")])
def test_staff_decide_where_the_shop_has_no_system_of_its_own(room: Room, state: str, left: str) -> None:
    put_rules(shop__agreement="staff")
    customer_id, conversation_id = _signed_in()
    order_id = make_order(customer_id)
    with transaction() as session:
        request = cancel(
            session, order_id=order_id, reason=None, conversation_id=conversation_id, idempotency_key=new_id(),
            actor="bot", now=utc_now(),
        )  # fmt: skip
    csrf = room.enter("mina")
    page = room.client.get(f"/console/conversations/{conversation_id}").text
    assert re.search(rf"/requests/{request.id}\b", page)
    path = f"/console/conversations/{conversation_id}/requests/{request.id}"
    room.client.post(path, data={"csrf": csrf, "state": state})
    with reading() as session:
        assert get_order(session, order_id).state == left
        assert get_request(session, request.id).state == state
