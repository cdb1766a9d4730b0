"""Copies of data and erasure: whole, once, and nothing personal left in any column."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NotFoundError, RuleViolationError
from core.ids import new_id
from crm_store.accounts.erasing import carry_out_erasure
from crm_store.accounts.exporting import send_export_link, take_export
from crm_store.accounts.models import CaughtMail, DataRequest
from crm_store.accounts.requests import due_requests, open_erasure, open_export, withdraw_erasure
from crm_store.cases.models import Case
from crm_store.conversations.models import ActionRun, Attachment, Conversation, Message, Turn
from crm_store.conversations.service import add_message
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.customers.service import ensure_identity
from crm_store.db import reading, transaction
from crm_store.feedback.models import Feedback
from crm_store.inbox.models import InboundUpdate
from crm_store.models import Base
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.points.models import LedgerEntry
from crm_store.shop_requests.models import ShopRequest
from tests.store.accounts_at_hand import KEY, MINA, mails_to, make_account, send
from tests.store.builders import NOW, make_conversation, make_order, put_rules
from tests.store.races import race
from tests.store.talk import accept

DAY = timedelta(days=1)
PHONE = "+821012345678"
TRACES = ("김미나", "미나", MINA, PHONE, "010-1234-5678", "월드컵로", "7700")


def _mina() -> tuple[str, str]:
    """A customer who left traces everywhere: ids of hers and of her conversation."""
    address = {"recipient": "김미나", "phone": PHONE, "line1": "월드컵로 12"}
    mina = make_account(
        phone=PHONE, external_ref="ref-7700", address=address, skin_type="dry", referral_code="DG7700XX"
    )
    with transaction() as session:
        identity = ensure_identity(session, channel="telegram", external_id="7700", display_name="미나", now=NOW)
        identity.customer_id = mina
    conversation_id = make_conversation("telegram", identity.id)
    with transaction() as session:
        session.get_one(Conversation, conversation_id).customer_id = mina
    message_id = accept(conversation_id, "m1", f"저는 김미나, {MINA}, 010-1234-5678이에요").message.id
    send(conversation_id)
    order_id = make_order(mina, state="delivered", address=address)
    with transaction() as session:
        conversation = session.get_one(Conversation, conversation_id)
        add_message(
            session, conversation, author="bot", text="김미나님 반가워요", now=NOW, content={"buttons": ["미나"]}
        )
        session.flush()
        session.get_one(Turn, session.get_one(Message, message_id).turn_id).entities = [
            {"entity": "email", "value": MINA}
        ]
        points.earn(
            session, customer_id=mina, amount=500, reason="welcome", idempotency_key="e1", actor="test", now=NOW
        )
        session.add_all(
            [
                ActionRun(key=new_id(), message_id=message_id, action="a", result={"replies": ["미나"]}, created_at=NOW),
                Attachment(conversation_id=conversation_id, content_type="image/png", size=1, data=b"x", created_at=NOW),
                CaughtMail(recipient=MINA, subject="김미나", body="미나", created_at=NOW),
                Case(
                    number="C1", kind="complaint", state="resolved", customer_id=mina, reason=f"미나에게 {MINA}로 연락",
                    wanted={"address": address}, idempotency_key="c1", request_hash="h", opened_at=NOW, updated_at=NOW,
                ),
                Feedback(
                    kind="praise", customer_id=mina, conversation_id=conversation_id, message_id=message_id,
                    text="김미나가 칭찬해요", language="ko", created_at=NOW,
                ),
                ShopRequest(
                    kind="change_address", state="confirmed", customer_id=mina, order_id=order_id, body=address, due_at=NOW,
                    idempotency_key="s1", request_hash="h", created_at=NOW,
                ),
                InboundUpdate(
                    channel="telegram", external_id="u1", body={"message": {"chat": {"id": 7700}, "text": "김미나"}},
                    state="done", received_at=NOW,
                ),
            ]
        )  # fmt: skip
    return mina, conversation_id


def _ask(customer_id: str, conversation_id: str) -> str:
    with transaction() as session:
        request, _ = open_erasure(
            session, customer_id=customer_id, conversation_id=conversation_id, reason="김미나의 이유", channel="telegram",
            now=NOW,
        )  # fmt: skip
        return request.id


def _carry_out(request_id: str) -> bool:
    with transaction() as session:
        return carry_out_erasure(session, request_id, NOW + 8 * DAY)


def _everything() -> str:
    """All the store holds, as text."""
    with reading() as session:
        rows = [row for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return json.dumps([list(row) for row in rows], default=str, ensure_ascii=False)


def test_nothing_personal_is_left(store: str) -> None:
    put_rules()
    mina, conversation_id = _mina()
    other = make_account("other@shop.example", name="이가을", phone="+821099999999")
    before = _everything()
    assert all(trace in before for trace in TRACES)
    request_id = _ask(mina, conversation_id)
    with reading() as session:
        assert due_requests(session, "erasure", NOW + 6 * DAY) == []
        assert due_requests(session, "erasure", NOW + 7 * DAY) == [request_id]
    assert _carry_out(request_id)
    after = _everything()
    assert [trace for trace in TRACES if trace in after] == []
    assert "other@shop.example" in after
    assert not _carry_out(request_id)
    with reading() as session:
        gone = session.get_one(Customer, mina)
        assert gone.erased_at is not None
        assert session.get_one(Customer, other).erased_at is None
        assert session.get_one(Conversation, conversation_id).customer_id is None
        assert session.scalar(select(ChannelIdentity.customer_id)) is None
        assert session.scalar(select(Order.total).where(Order.customer_id == mina)) == 53_000
        kept = session.scalars(select(LedgerEntry.amount).where(LedgerEntry.customer_id == mina))
        assert sorted(kept) == [-500, 500]


def test_what_is_under_way_stands_against_it(store: str) -> None:
    put_rules()
    mina, conversation_id = make_account(), make_conversation()
    order_id = make_order(mina)
    with pytest.raises(RuleViolationError, match="matters_open") as refused:
        _ask(mina, conversation_id)
    with transaction() as session:
        order = session.get_one(Order, order_id)
        assert refused.value.context["orders"] == [order.number]
        order.state = "delivered"
    request_id = _ask(mina, conversation_id)
    with transaction() as session:
        session.get_one(Order, order_id).state = "preparing"
        assert due_requests(session, "erasure", NOW + 8 * DAY) == []
    assert not _carry_out(request_id)


def test_it_can_be_taken_back(store: str) -> None:
    put_rules()
    mina, conversation_id = make_account(), make_conversation()
    request_id = _ask(mina, conversation_id)
    assert _ask(mina, conversation_id) == request_id
    with transaction() as session:
        assert withdraw_erasure(session, customer_id=mina, now=NOW)
        assert not withdraw_erasure(session, customer_id=mina, now=NOW)
    assert not _carry_out(request_id)
    assert len(mails_to()) == 1
    assert _ask(mina, conversation_id) != request_id


def test_taking_it_back_and_carrying_it_out_exclude_each_other(store: str) -> None:
    put_rules()
    mina, conversation_id = make_account(), make_conversation()
    request_id = _ask(mina, conversation_id)
    done: dict[str, bool] = {}

    def keep() -> bool:
        with transaction() as session:
            return withdraw_erasure(session, customer_id=mina, now=NOW)

    def work(what: str) -> None:
        done[what] = keep() if what == "keep" else _carry_out(request_id)

    race(work, ["keep", "erase"])
    assert sorted(done.values()) == [False, True]
    with reading() as session:
        request, customer = session.get_one(DataRequest, request_id), session.get_one(Customer, mina)
        assert request.state == ("withdrawn" if done["keep"] else "done")
        assert (customer.erased_at is None) is done["keep"]


def test_many_requests_at_once_are_one(store: str) -> None:
    put_rules()
    mina, conversation_id = make_account(), make_conversation()
    race(lambda _: _ask(mina, conversation_id), range(6))
    with reading() as session:
        assert len(session.scalars(select(DataRequest.id)).all()) == 1


def _export(customer_id: str, conversation_id: str) -> str:
    """The token in the mail."""
    with transaction() as session:
        request, _ = open_export(
            session, customer_id=customer_id, conversation_id=conversation_id, channel="web", now=NOW
        )
    with transaction() as session:
        assert due_requests(session, "export", NOW) == [request.id]
        for sent in (True, False):
            link = send_export_link(
                session, request_id=request.id, secret_key=KEY, base_url="https://shop.example/", now=NOW
            )
            assert link is sent
    found = re.search(r"https://shop\.example/api/v1/exports/(\S+)", mails_to()[-1]["text"])
    assert found is not None
    return found.group(1)


def _take(token: str, days: int = 0) -> dict[str, Any]:
    with transaction() as session:
        return take_export(session, token=token, secret_key=KEY, now=NOW + days * DAY)


def test_a_copy_holds_everything_and_is_handed_out_once(store: str) -> None:
    put_rules()
    mina, conversation_id = _mina()
    token = _export(mina, conversation_id)
    came = race(lambda _: _take(token), range(4))
    assert came == {"ok": 1, "export_unknown": 3}
    again = _export(mina, conversation_id)
    copy = json.dumps(_take(again), ensure_ascii=False)
    assert all(trace in copy for trace in TRACES)
    assert "request_hash" not in copy
    assert "code_hash" not in copy


def test_a_copy_is_of_nobody_else(store: str) -> None:
    put_rules()
    mina, conversation_id = make_account(), make_conversation()
    _mina_too, _ = _mina()
    make_account("other@shop.example", name="이가을")
    copy = json.dumps(_take(_export(mina, conversation_id)), ensure_ascii=False)
    assert "이가을" not in copy
    assert "월드컵로" not in copy


@pytest.mark.parametrize("change", ["late", "forged", "nonsense"])
def test_a_link_that_does_not_hold_is_unknown(store: str, change: str) -> None:
    put_rules()
    token = _export(make_account(), make_conversation())
    bad = {"late": token, "forged": token[:-1] + ("A" if token[-1] != "A" else "B"), "nonsense": "x.y"}[change]
    with pytest.raises(NotFoundError, match="export_unknown"):
        _take(bad, days=2 if change == "late" else 0)
    if change == "forged":
        assert _take(token)["profile"]["email"] == MINA


def test_without_an_address_there_is_nowhere_to_send_it(sqlite_store: str) -> None:
    put_rules()
    customer_id, conversation_id = make_account(None), make_conversation()
    with pytest.raises(RuleViolationError, match="email_missing"), transaction() as session:
        open_export(session, customer_id=customer_id, conversation_id=conversation_id, channel="web", now=NOW)
