"""Accounts in the chat: who somebody is, joining, details, advertising, one's own data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from actions.handlers.joining import read_name
from core.language import LOCALES, Locale
from crm_store.accounts.models import DataRequest, OneTimeCode
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.conversations.models import Conversation
from crm_store.coupons.models import IssuedCoupon
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from tests.dialogue import Chat
from tests.store.accounts_at_hand import MINA, mailed_code, mails_to, make_account
from tests.store.builders import make_order, put_rules


@pytest.fixture(autouse=True)
def demonstration(store: str) -> Iterator[None]:
    """A store whose mails are caught."""
    put_rules(account__code_resend_seconds=0)
    with transaction() as session:
        session.execute(text("CREATE TABLE demo_reservations (ref VARCHAR(200) PRIMARY KEY)"))
    yield
    with transaction() as session:
        session.execute(text("DROP TABLE IF EXISTS demo_reservations"))


def _customer(customer_id: str) -> Customer:
    with reading() as session:
        return session.get_one(Customer, customer_id)


def _signed_in_as(chat: Chat) -> str | None:
    with reading() as session:
        return session.get_one(Conversation, chat.conversation_id).customer_id


# ---------------------------------------------------------------------- signing in
@pytest.mark.parametrize("locale", LOCALES)
def test_what_was_asked_before_is_told_after_the_code(locale: Locale) -> None:
    mina = make_account()
    make_order(mina)
    chat = Chat(locale=locale)
    assert chat.say("ask_order_status", "where is my order?")["outcome"] == "asked"
    assert [button["payload"] for button in chat.buttons] == [
        "/link_account",
        '/link_account{"channel": "web"}',
        "/talk_to_human",
    ]
    chat.say("affirm", "yes")
    chat.say("nlu_fallback", MINA, confidence=0.2, email=MINA)
    assert chat.effects == ["verification_started"]
    chat.say("ask_order_status", f"it's {mailed_code()}", confidence=0.9)
    assert chat.last["outcome"] == "acted"
    assert "T-" in chat.text
    assert _signed_in_as(chat) == mina
    chat.say("ask_points", "points?")
    assert "/link_account" not in [button["payload"] for button in chat.buttons]


def test_a_stranger_is_told_the_same() -> None:
    make_account()
    told = []
    for email in (MINA, "nobody@shop.example"):
        chat = Chat()
        chat.say("link_account", "로그인할래요", email=email)
        told.append(chat.text.replace(email, "@"))
        assert chat.effects == ["verification_started"]
        chat.say("nlu_fallback", "123123" if mailed_or_none(email) != "123123" else "321321", confidence=0.3)
        told.append(chat.text.replace(email, "@"))
        assert _signed_in_as(chat) is None
    asked_known, wrong_known, asked_unknown, wrong_unknown = told
    assert (asked_known, wrong_known) == (asked_unknown, wrong_unknown)


def mailed_or_none(email: str) -> str | None:
    return mailed_code(email) if "인증 코드" in mails_to(email)[-1]["subject"] else None


def test_another_address_another_code() -> None:
    make_account()
    chat = Chat()
    chat.say("link_account", "로그인", email="wrong@shop.example")
    chat.say("nlu_fallback", f"아니 {MINA}이에요", confidence=0.3, email=MINA)
    assert chat.effects == ["verification_started"]
    chat.press_titled("코드 다시 받기")
    assert chat.effects == ["verification_started"]
    assert len(mails_to()) == 2
    chat.say("nlu_fallback", f"{mailed_code()[:3]} {mailed_code()[3:]}", confidence=0.3)
    assert _signed_in_as(chat) is not None


def test_five_wrong_codes_and_the_sixth_right_one_does_not_help() -> None:
    make_account()
    chat = Chat()
    chat.say("link_account", "로그인", email=MINA)
    code = mailed_code()
    for _ in range(5):
        chat.say("nlu_fallback", f"{(int(code) + 1) % 10**6:06d}", confidence=0.3)
    chat.say("nlu_fallback", code, confidence=0.3)
    assert _signed_in_as(chat) is None
    chat.press_titled("코드 다시 받기")
    chat.say("nlu_fallback", mailed_code(), confidence=0.3)
    assert _signed_in_as(chat) is not None


def test_too_many_codes_end_it_kindly() -> None:
    chat = Chat()
    for number in range(5):
        chat.say("link_account", "로그인", email=f"a{number}@shop.example")
        chat.say("cancel_flow", "그만")
    assert chat.say("link_account", "로그인", email=MINA)["outcome"] == "declined"
    assert (chat.effects, mails_to()) == ([], [])


def test_a_question_while_the_code_is_awaited_is_answered() -> None:
    make_account()
    chat = Chat()
    chat.say("link_account", "로그인", email=MINA)
    chat.say("help", "뭘 할 수 있어?")
    assert "이런 걸 도와드릴 수 있어요" in chat.text
    chat.say("nlu_fallback", mailed_code(), confidence=0.3)
    assert _signed_in_as(chat) is not None


def test_the_shops_own_sign_in_goes_on_where_it_was() -> None:
    mina = make_account()
    make_order(mina)
    chat = Chat()
    chat.say("ask_order_status", "내 주문 어디?")
    chat.press_titled("쇼핑몰에서 로그인")
    with transaction() as session:
        session.get_one(Conversation, chat.conversation_id).customer_id = mina
    chat.say("link_account", "로그인했어요")
    assert "T-" in chat.text


def test_without_a_mail_server_a_shop_says_so() -> None:
    with transaction() as session:
        session.execute(text("DROP TABLE demo_reservations"))
    chat = Chat()
    assert chat.say("link_account", "로그인", email=MINA)["outcome"] == "declined"
    assert mails_to() == []


# ---------------------------------------------------------------------- joining
def _join(chat: Chat, email: str = "new@shop.example", marketing: str = "네, 받을게요") -> None:
    chat.say("sign_up", "회원가입할래요")
    chat.press_titled("네, 맞아요")
    chat.press_titled("동의해요")
    chat.press_titled("동의해요")
    chat.say("out_of_scope", "박새롬이에요", confidence=0.4)
    chat.say("nlu_fallback", email, confidence=0.3, email=email)
    chat.say("nlu_fallback", mailed_code(email), confidence=0.3)
    if _signed_in_as(chat) is None:
        chat.press_titled(marketing)
        chat.press_titled("추천 코드 없음")


def test_joining_ends_with_the_welcome_coupon() -> None:
    chat = Chat(now=datetime.now(UTC))
    _join(chat)
    assert chat.effects == ["profile_changed", "consent_changed", "coupon_issued"]
    customer_id = _signed_in_as(chat)
    assert customer_id is not None
    assert (_customer(customer_id).name, _customer(customer_id).email) == ("박새롬", "new@shop.example")
    with reading() as session:
        given = session.execute(select(Consent.purpose, Consent.channel).where(Consent.given)).all()
        assert sorted(tuple(row) for row in given) == [("marketing", "email"), ("privacy", "all"), ("terms", "all")]
        assert session.scalar(select(IssuedCoupon.customer_id)) == customer_id
    assert chat.last["replies"][-1]["coupon"]["code"]
    assert chat.say("sign_up", "가입")["outcome"] == "declined"


def test_marketing_is_not_needed() -> None:
    chat = Chat()
    _join(chat, marketing="안 받을게요")
    assert "coupon_issued" in chat.effects
    with reading() as session:
        assert session.scalar(select(Consent).where(Consent.purpose == "marketing")) is None


@pytest.mark.parametrize(
    "steps", [["아니요"], ["네, 맞아요", "동의하지 않아요"], ["네, 맞아요", "동의해요", "동의하지 않아요"]]
)
def test_what_is_required_ends_it_kindly(steps: list[str]) -> None:
    chat = Chat()
    chat.say("sign_up", "가입할래요")
    for title in steps:
        chat.press_titled(title)
    assert (chat.last["outcome"], chat.effects) == ("declined", [])
    with reading() as session:
        assert session.scalar(select(Customer.id)) is None


def test_who_joined_before_is_signed_in_after_the_code() -> None:
    mina = make_account()
    chat = Chat()
    _join(chat, MINA)
    assert _signed_in_as(chat) == mina
    assert chat.effects == []
    assert _customer(mina).name == "김미나"


def test_a_friends_code_is_noted() -> None:
    make_account(referral_code="DGABC234")
    chat = Chat()
    chat.say("sign_up", "추천 코드 DGABC234로 가입", referral_code="DGABC234", email="new@shop.example")
    for title in ("네, 맞아요", "동의해요", "동의해요"):
        chat.press_titled(title)
    chat.say("out_of_scope", "박새롬", confidence=0.4)
    chat.say("nlu_fallback", mailed_code("new@shop.example"), confidence=0.3)
    chat.press_titled("안 받을게요")
    assert "referral_recorded" in chat.effects


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("박새롬", "박새롬"), ("저는 박새롬이에요", "박새롬"), ("제 이름은 박새롬입니다", "박새롬"),
        ("My name is Ann Lee.", "Ann Lee"),
        ("I'm Ann", "Ann"), ("박새롬이라고 해요", "박새롬"),
    ],
)  # fmt: skip
def test_a_name_is_read_out_of_a_sentence(said: str, name: str) -> None:
    class Call:
        pressed, text = False, said

    class Ctx:
        call = Call

        @staticmethod
        def value(_: str) -> None:
            return None

    class Turn:
        ctx = Ctx

    assert read_name(Turn) == name  # type: ignore[arg-type]


# ---------------------------------------------------------------------- details
@pytest.mark.parametrize(
    ("said", "entities", "field", "kept"),
    [
        ("전화번호 바꿔줘 010-9876-5432", {"phone": "+821098765432"}, "phone", "+821098765432"),
        ("이름을 이새봄으로 바꿔주세요", {}, "name", "이새봄"),
        ("제 피부는 건성이에요 바꿔줘", {"skin_type": "dry"}, "skin_type", "dry"),
        ("신발 사이즈 255로 저장해줘", {"size": "255"}, "sizes", {"shoes": "255"}),
        ("언어를 영어로 바꿔줘", {}, "language", "en"),
    ],
)
def test_a_detail_given_at_once_is_only_confirmed(said: str, entities: dict[str, Any], field: str, kept: Any) -> None:
    mina = make_account()
    chat = Chat(mina)
    assert chat.say("update_profile", said, **entities)["outcome"] == "asked"
    assert chat.effects == []
    chat.say("affirm", "네")
    assert chat.effects == ["profile_changed"]
    assert getattr(_customer(mina), field) == kept


def test_a_detail_is_asked_for_step_by_step() -> None:
    mina = make_account()
    chat = Chat(mina)
    chat.say("update_profile", "내 정보 바꿀래요")
    chat.press_titled("생일")
    chat.say("nlu_fallback", "3월 21일", confidence=0.3, date="--03-21")
    assert "생년월일" in chat.text
    chat.say("nlu_fallback", "1995년 3월 21일", confidence=0.3, date="1995-03-21")
    chat.say("nlu_fallback", "아니 1995년 3월 22일", confidence=0.3, date="1995-03-22")
    chat.press_titled("네")
    assert str(_customer(mina).birthday) == "1995-03-22"
    chat.say("update_profile", "생일 또 바꿀래요")
    assert (chat.last["outcome"], chat.effects) == ("declined", [])


def test_no_is_no() -> None:
    mina = make_account()
    chat = Chat(mina)
    chat.say("update_profile", "이름을 이새봄으로 바꿔주세요")
    chat.say("deny", "아니요")
    assert (chat.effects, _customer(mina).name) == ([], "김미나")


def test_an_address_is_proved_first() -> None:
    mina = make_account()
    make_account("taken@shop.example")
    for email, came in (("new@shop.example", "profile_changed"), ("taken@shop.example", None)):
        chat = Chat(mina)
        chat.say("update_profile", f"이메일을 {email}으로 바꿔줘", email=email)
        assert chat.effects == ["verification_started"]
        chat.say("nlu_fallback", mailed_code(email), confidence=0.3)
        assert chat.effects == ([came] if came else [])
    assert _customer(mina).email == "new@shop.example"


@pytest.mark.parametrize(
    "intent", ["update_profile", "opt_in_marketing", "opt_out_marketing", "export_my_data", "delete_my_data"]
)
def test_a_stranger_is_asked_who_they_are(intent: str) -> None:
    make_account()
    chat = Chat()
    assert chat.say(intent, "해 주세요")["outcome"] == "asked"
    assert (chat.effects, chat.last["replies"][0]["buttons"][0]["payload"]) == ([], "/link_account")


# ---------------------------------------------------------------------- advertising
def _given() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.execute(select(Consent.purpose, Consent.channel).where(Consent.given))
        return sorted((purpose, channel) for purpose, channel in rows)


@pytest.mark.parametrize("locale", LOCALES)
def test_advertising_is_agreed_to_and_taken_back_at_once(locale: Locale) -> None:
    mina = make_account(phone="+821012345678")
    chat = Chat(mina, locale)
    chat.say("opt_in_marketing", "…", channel="sms")
    assert (chat.effects, _given()) == (["consent_changed"], [("marketing", "sms")])
    chat.say("opt_in_marketing", "night offers too 밤에도")
    assert _given() == [("marketing", "email"), ("marketing", "sms"), ("night_marketing", "email")]
    chat.say("opt_out_marketing", "not at night 밤에는 싫어요")
    assert _given() == [("marketing", "email"), ("marketing", "sms")]
    chat.say("opt_out_marketing", "…", channel="sms")
    assert _given() == [("marketing", "email")]
    chat.say("opt_out_marketing", "unsubscribe")
    assert (chat.effects, chat.last["outcome"], _given()) == (["consent_changed"], "acted", [])
    assert "단골상점" in chat.text or "Dangol Shop" in chat.text
    assert str(datetime.now(UTC).year) in chat.text
    assert chat.say("opt_out_marketing", "unsubscribe")["outcome"] == "answered"
    with reading() as session:
        assert all(event.message_id for event in session.scalars(select(ConsentEvent)))


def test_texts_need_a_number() -> None:
    chat = Chat(make_account())
    assert chat.say("opt_in_marketing", "문자로 받을래요", channel="sms")["outcome"] == "declined"
    assert _given() == []


# ---------------------------------------------------------------------- one's own data
def _requests(state: str) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(DataRequest.kind).where(DataRequest.state == state)))


def test_a_copy_is_asked_for_once() -> None:
    chat = Chat(make_account())
    chat.say("export_my_data", "내 정보 사본 주세요")
    assert chat.effects == ["export_requested"]
    chat.say("export_my_data", "내 정보 사본 주세요")
    assert chat.effects == []
    assert _requests("open") == ["export"]


@pytest.mark.parametrize("locale", LOCALES)
def test_leaving_is_confirmed_and_can_be_taken_back(locale: Locale) -> None:
    chat = Chat(make_account(), locale)
    chat.say("delete_my_data", "탈퇴할래요")
    assert (chat.last["outcome"], chat.effects) == ("asked", [])
    chat.say("deny", "아니요")
    assert _requests("open") == []
    chat.say("delete_my_data", "탈퇴할래요")
    chat.say("affirm", "네")
    assert chat.effects == ["erasure_requested"]
    assert _requests("open") == ["erasure"]
    chat.say("delete_my_data", "탈퇴")
    chat.say("deny", "no")
    assert _requests("open") == ["erasure"]
    chat.say("delete_my_data", "탈퇴 철회할게요 keep my account")
    assert (chat.last["outcome"], chat.effects) == ("acted", ["profile_changed"])
    assert _requests("withdrawn") == ["erasure"]


def test_an_order_under_way_stands_against_leaving() -> None:
    mina = make_account()
    make_order(mina)
    chat = Chat(mina)
    assert chat.say("delete_my_data", "탈퇴할래요")["outcome"] == "declined"
    assert "T-" in chat.text
    assert _requests("open") == []


def test_codes_expire() -> None:
    make_account()
    chat = Chat()
    chat.say("link_account", "로그인", email=MINA)
    with transaction() as session:
        code = session.scalars(select(OneTimeCode)).one()
        code.expires_at -= timedelta(minutes=11)
    chat.say("nlu_fallback", mailed_code(), confidence=0.3)
    assert _signed_in_as(chat) is None
    assert "시간이 지났어요" in chat.text
