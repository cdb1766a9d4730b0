"""One-time codes, signing in, joining, profiles: exact also when many try at once."""

from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import ConflictError, RateLimitedError, RuleViolationError
from crm_store.accounts.joining import join
from crm_store.accounts.models import OneTimeCode
from crm_store.accounts.profile import change_email, change_profile
from crm_store.accounts.signing_in import sign_in_verified
from crm_store.consents.queries import may_advertise, standing
from crm_store.conversations.models import Conversation
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.customers.service import ensure_identity
from crm_store.db import reading, transaction
from crm_store.ratelimits.models import RateWindow
from tests.store.accounts_at_hand import MINA, mailed_code, mails_to, make_account, proved_code, redeem, send
from tests.store.builders import NOW, make_conversation, put_rules
from tests.store.races import race

MINUTE = timedelta(minutes=1)


def test_a_code_signs_in_once(store: str) -> None:
    put_rules()
    customer_id, conversation_id = make_account(), make_conversation()
    send(conversation_id)
    assert redeem(conversation_id, mailed_code()) == customer_id
    with pytest.raises(RuleViolationError, match="code_void"):
        redeem(conversation_id, mailed_code())


def test_only_its_hash_is_kept(sqlite_store: str) -> None:
    put_rules()
    make_account()
    code_id = send(make_conversation())
    with reading() as session:
        code = session.get_one(OneTimeCode, code_id)
        assert mailed_code() not in repr(vars(code))
        assert not [key for key in session.scalars(select(RateWindow.key)) if MINA in key]


def test_a_code_expires_and_tries_are_few(store: str) -> None:
    put_rules()
    make_account()
    conversation_id = make_conversation()
    send(conversation_id)
    with pytest.raises(RuleViolationError, match="code_expired"):
        redeem(conversation_id, mailed_code(), now=NOW + 11 * MINUTE)
    send(conversation_id, now=NOW + MINUTE)
    wrong = "000000" if mailed_code() != "000000" else "000001"
    for left in (4, 3, 2, 1):
        with pytest.raises(RuleViolationError) as refused:
            redeem(conversation_id, wrong, now=NOW + MINUTE)
        assert refused.value.context["left"] == left
    for code in (wrong, mailed_code()):
        with pytest.raises(RuleViolationError, match="code_attempts_used"):
            redeem(conversation_id, code, now=NOW + MINUTE)


def test_only_the_latest_code_of_the_very_conversation_counts(store: str) -> None:
    put_rules()
    make_account()
    here, elsewhere = make_conversation(), make_conversation()
    send(here)
    first = mailed_code()
    send(here, now=NOW + MINUTE)
    second = mailed_code()
    with pytest.raises(RuleViolationError):
        redeem(elsewhere, second, now=NOW + MINUTE)
    if first != second:
        with pytest.raises(RuleViolationError, match="code_wrong"):
            redeem(here, first, now=NOW + MINUTE)
    with pytest.raises(RuleViolationError, match="code_void"):
        redeem(here, second, "join", now=NOW + MINUTE)
    assert redeem(here, second, now=NOW + MINUTE)


def test_an_unknown_address_leaves_the_same_traces_and_never_signs_in(store: str) -> None:
    put_rules()
    make_account()
    known, unknown = make_conversation(), make_conversation()
    send(known)
    send(unknown, "nobody@shop.example")
    [told] = mails_to("nobody@shop.example")
    assert "가입한 계정이 없어요" in told["text"]
    for conversation_id, left in ((known, 4), (unknown, 4)):
        with pytest.raises(RuleViolationError, match="code_wrong") as refused:
            redeem(conversation_id, "12345x")
        assert refused.value.context["left"] == left


def test_codes_are_limited_in_a_conversation_and_to_an_address(store: str) -> None:
    put_rules()
    conversation_id = make_conversation()
    send(conversation_id)
    with pytest.raises(RateLimitedError, match="code_too_soon"):
        send(conversation_id, now=NOW + timedelta(seconds=10))
    for number in range(1, 5):
        send(conversation_id, f"other{number}@shop.example", now=NOW + number * MINUTE)
    with pytest.raises(RateLimitedError, match="too_many_requests"):
        send(conversation_id, "last@shop.example", now=NOW + 6 * MINUTE)
    for _ in range(4):
        send(make_conversation())
    with pytest.raises(RateLimitedError, match="too_many_requests"):
        send(make_conversation())


def test_one_code_entered_by_many_is_used_once(store: str) -> None:
    put_rules()
    make_account()
    conversation_id = make_conversation()
    send(conversation_id)
    code = mailed_code()
    came = race(lambda _: redeem(conversation_id, code), range(8))
    assert came["ok"] == 1
    assert came.total() == 8


@pytest.mark.postgres
def test_without_the_count_in_the_row_all_would_be_let_in(postgres_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test before: what it would see if trying were reading first and writing later."""
    put_rules()
    make_account()
    conversation_id = make_conversation()
    send(conversation_id)
    together = Barrier(4)

    def read_only(_: object, code: OneTimeCode, *__: object) -> int:
        together.wait(30)
        return code.attempts + 1

    monkeypatch.setattr("crm_store.accounts.codes._count_try", read_only)
    code = mailed_code()
    assert race(lambda _: redeem(conversation_id, code), range(4))["ok"] > 1


def test_guesses_at_once_are_all_counted(store: str) -> None:
    put_rules()
    make_account()
    conversation_id = make_conversation()
    code_id = send(conversation_id)
    guesses = [f"{number:06d}" for number in range(8) if f"{number:06d}" != mailed_code()]
    assert race(lambda guess: redeem(conversation_id, guess), guesses)["ok"] == 0
    with reading() as session:
        assert session.get_one(OneTimeCode, code_id).attempts == 5


def test_signing_in_binds_the_channels_identity(store: str) -> None:
    put_rules()
    mina, other = make_account(), make_account("other@shop.example")
    with transaction() as session:
        identity = ensure_identity(session, channel="telegram", external_id="77", display_name="미나", now=NOW)
    conversation_id = make_conversation("telegram", identity.id)
    with transaction() as session:
        sign_in_verified(session, conversation_id=conversation_id, customer_id=mina, now=NOW)
    with reading() as session:
        assert session.get_one(ChannelIdentity, identity.id).customer_id == mina
    with pytest.raises(ConflictError, match="signed_in_as_another"), transaction() as session:
        sign_in_verified(session, conversation_id=conversation_id, customer_id=other, now=NOW)


def _join(conversation_id: str, code_id: str) -> str:
    with transaction() as session:
        return join(
            session, code=proved_code(session, code_id), name="박새롬", language="ko", marketing=["email"], source="chat",
            message_id=None, actor="bot", now=NOW,
        ).id  # fmt: skip


def test_joining_makes_a_member_with_consents(store: str) -> None:
    put_rules()
    conversation_id = make_conversation()
    customer_id = _join(conversation_id, send(conversation_id, "new@shop.example", "join"))
    with reading() as session:
        customer = session.get_one(Customer, customer_id)
        assert (customer.name, customer.email, customer.tier) == ("박새롬", "new@shop.example", "sprout")
        assert session.get_one(Conversation, conversation_id).customer_id == customer_id
        given = {(row.purpose, row.channel) for row in standing(session, customer_id) if row.given}
        assert given == {("terms", "all"), ("privacy", "all"), ("marketing", "email")}
        assert may_advertise(session, customer_id, "email", NOW)
        assert not may_advertise(session, customer_id, "sms", NOW)


def test_two_who_join_with_one_address_are_one_member(store: str) -> None:
    put_rules()
    todo = []
    for _ in range(4):
        conversation_id = make_conversation()
        todo.append((conversation_id, send(conversation_id, "new@shop.example", "join")))
    assert race(lambda item: _join(*item), todo) == {"ok": 1, "already_member": 3}
    with reading() as session:
        assert session.scalar(select(func.count()).where(Customer.email == "new@shop.example")) == 1


def test_nobody_joins_without_proof(sqlite_store: str) -> None:
    put_rules()
    conversation_id = make_conversation()
    code_id = send(conversation_id, "new@shop.example", "join")
    with pytest.raises(RuleViolationError, match="email_unverified"), transaction() as session:
        join(
            session, code=session.get_one(OneTimeCode, code_id), name="박새롬", language="ko", marketing=[],
            source="chat", message_id=None, actor="bot", now=NOW,
        )  # fmt: skip


def _change(customer_id: str, field: str, value: Any, days: int = 0) -> Customer:
    with transaction() as session:
        now = NOW + timedelta(days=days)
        return change_profile(session, customer_id=customer_id, field=field, value=value, actor="customer", now=now)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("name", "  이  새봄 ", "이 새봄"),
        ("phone", "010-1234-5678", "+821012345678"),
        ("birthday", "1995-03-21", date(1995, 3, 21)),
        ("language", "en", "en"),
        ("gender", "female", "female"),
        ("skin_type", "dry", "dry"),
        ("sizes", {"shoes": "255"}, {"shoes": "255"}),
        ("address", "서울시 마포구 월드컵로 12", {"line1": "서울시 마포구 월드컵로 12"}),
    ],
)
def test_a_profile_is_changed(store: str, field: str, value: Any, kept: Any) -> None:
    put_rules()
    customer = _change(make_account(), field, value)
    assert getattr(customer, field) == kept


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "1234", "name_invalid"),
        ("name", None, "name_invalid"),
        ("phone", "12", "phone_invalid"),
        ("birthday", "2995-01-01", "birthday_invalid"),
        ("birthday", "2015-01-01", "birthday_too_young"),
        ("birthday", "--05-03", "birthday_invalid"),
        ("gender", "x", "gender_invalid"),
        ("sizes", {"hat": "1"}, "sizes_invalid"),
        ("address", "x", "address_invalid"),
        ("tier", "family", "field_invalid"),
        ("email", "a@shop.example", "field_invalid"),
    ],
)
def test_what_is_no_value_is_refused(sqlite_store: str, field: str, value: Any, code: str) -> None:
    put_rules()
    customer_id = make_account()
    with pytest.raises(RuleViolationError, match=code):
        _change(customer_id, field, value)


def test_sizes_add_up_and_a_birthday_changes_once_a_year(store: str) -> None:
    put_rules()
    customer_id = make_account()
    _change(customer_id, "sizes", {"shoes": "255"})
    assert _change(customer_id, "sizes", {"clothing": "M"}).sizes == {"shoes": "255", "clothing": "M"}
    _change(customer_id, "birthday", "1995-03-21")
    _change(customer_id, "birthday", "1995-03-21", days=1)
    with pytest.raises(RuleViolationError, match="birthday_changed") as refused:
        _change(customer_id, "birthday", "1995-03-22", days=364)
    assert refused.value.context["again_on"] == "2027-03-10"
    assert _change(customer_id, "birthday", "1995-03-22", days=365).birthday == date(1995, 3, 22)


def test_an_address_changes_by_a_code_to_the_new_one(store: str) -> None:
    put_rules()
    customer_id, conversation_id = make_account(), make_conversation()
    make_account("taken@shop.example")
    for email, error in (("new@shop.example", None), ("taken@shop.example", "email_taken")):
        code_id = send(conversation_id, email, "email", now=NOW + (2 if error else 0) * MINUTE)
        with transaction() as session:
            code = proved_code(session, code_id)
            if error is None:
                change_email(session, customer_id=customer_id, code=code, actor="customer", now=NOW)
                continue
            with pytest.raises(ConflictError, match=error):
                change_email(session, customer_id=customer_id, code=code, actor="customer", now=NOW)
    with reading() as session:
        assert session.get_one(Customer, customer_id).email == "new@shop.example"
