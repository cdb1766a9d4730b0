"""What customers write in the middle of a task about an order: skipping, insisting, asking for something else, correcting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.dialogue import Chat
from tests.integration.test_order_handlers import Shop, shop, state_of, titles, today
from tests.store.goods import order_of

__all__ = ["shop"]


@pytest.mark.parametrize(("locale", "text"), [("ko", "건너뛸게요"), ("ko", "딱히 이유는 없어요"), ("en", "skip it")])
def test_a_why_is_skipped_in_words(shop: Shop, locale: str, text: str) -> None:
    shop.order("DG26010001")
    chat = Chat(shop.customer, "ko" if locale == "ko" else "en")
    chat.say("cancel_order")
    assert "DG26010001" in chat.text
    assert chat.say("cancel_flow", text, confidence=0.99)["outcome"] == "asked"
    assert "15,000" in chat.text


def test_a_reason_is_no_wish_to_stop(shop: Shop) -> None:
    order = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    chat.say("cancel_flow", "아 그냥 마음이 바뀌어서요")
    chat.say("affirm", "네")
    assert state_of(order) == "cancelled"


@pytest.mark.parametrize("text", ["아 됐어요, 취소 안 할래요", "그만할게요"])
def test_a_wish_to_stop_stops(shop: Shop, text: str) -> None:
    order = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    assert chat.say("cancel_flow", text)["outcome"] == "answered"
    assert chat.say("affirm", "네")["effects"] == []
    assert state_of(order) == "paid"


def test_a_clear_request_is_no_reason(shop: Shop) -> None:
    shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    chat.say("change_address", "배송지 바꿔주세요", confidence=0.99)
    assert "어디로" in chat.text or "주소" in chat.text or "배송지" in chat.text
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    chat.say("change_address", "주소를 잘못 적어서요", confidence=0.99)
    assert "이대로 취소할까요" in chat.text


@pytest.mark.parametrize(("text", "state"), [("네, 취소해 주세요", "cancelled"), ("취소하지 마세요", "paid")])
def test_asking_for_it_again_is_a_yes(shop: Shop, text: str, state: str) -> None:
    order = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order", reason="마음이 바뀌어서")
    chat.say("cancel_order", text)
    assert state_of(order) == state


@pytest.mark.parametrize(
    ("locale", "text"), [("ko", "배송 중인 거 취소할래요"), ("en", "cancel the one that already shipped")]
)
def test_an_order_is_told_by_its_state(shop: Shop, locale: str, text: str) -> None:
    shop.order("DG26010001")
    shop.ship(shop.order("DG26010002"), today() + timedelta(days=1))
    chat = Chat(shop.customer, "ko" if locale == "ko" else "en")
    assert chat.say("cancel_order", text)["outcome"] == "declined"
    assert "DG26010002" in chat.text


def test_goods_not_here_yet_are_not_sent_back(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered")
    shop.ship(shop.order("DG26010002"), today() + timedelta(days=1))
    chat = Chat(shop.customer)
    assert chat.say("request_return", "아직 안 온 주문 반품할래요")["outcome"] == "declined"
    assert "DG26010002" in chat.text


def test_a_postcode_completes_the_new_address(shop: Shop) -> None:
    order = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("change_address")
    chat.say("change_address", "경기도 성남시 분당구 판교역로 166, 7층")
    chat.say("nlu_fallback", "13529")
    assert "판교역로 166" in chat.text
    chat.say("affirm", "네")
    address = order_of(order).address
    assert (address["postcode"], address["line1"]) == ("13529", "경기도 성남시 분당구 판교역로 166")


def test_another_place_of_the_list_is_a_question_on_it(shop: Shop) -> None:
    shop.order("DG26010001", days=3)
    shop.order("DG26010002", days=2)
    chat = Chat(shop.customer, "en")
    chat.say("list_orders")
    assert "DG26010001" in titles(chat) or "DG26010001" in chat.text
    assert chat.say("check_stock", "and the last one?")["outcome"] == "answered"
    assert "DG26010001" in chat.text


def test_the_last_order_is_the_newest(shop: Shop) -> None:
    shop.order("DG26010001", days=3)
    shop.order("DG26010002", days=2)
    chat = Chat(shop.customer)
    chat.say("list_orders")
    chat.say("ask_order_status", "마지막 주문 어디쯤이에요?")
    assert "DG26010002" in chat.text
    assert "DG26010001" not in chat.text


def test_the_list_stays_when_one_of_it_is_looked_at(shop: Shop) -> None:
    shop.order("DG26010001", days=3)
    shop.order("DG26010002", days=2)
    chat = Chat(shop.customer)
    chat.say("list_orders")
    chat.say("ask_order_status", "첫 번째 거 언제 와요?")
    assert "DG26010002" in chat.text
    chat.say("add_to_cart", "두 번째는요?")
    assert "DG26010001" in chat.text


@pytest.mark.parametrize(("locale", "text"), [("ko", "네 바꿔 주세요"), ("en", "yes, change it please")])
def test_a_yes_with_its_verb_is_a_yes_whatever_it_was_taken_for(shop: Shop, locale: str, text: str) -> None:
    shop.order("DG26010001")
    chat = Chat(shop.customer, "ko" if locale == "ko" else "en")
    chat.say("change_address", "서울시 마포구 양화로 45, 3층")
    chat.say("request_exchange", text, confidence=0.99)
    assert chat.effects == ["address_changed"]


@pytest.mark.parametrize(("confidence", "another"), [(0.87, False), (0.97, True)])
def test_an_offer_is_taken_unless_something_else_is_clear(shop: Shop, confidence: float, another: bool) -> None:
    chat = Chat()
    chat.say("ask_order_status", "내 택배 어디쯤 왔어요?")
    chat.say("refer_friend", "네 코드 보내 주세요", confidence=confidence)
    assert ("추천" in chat.text) == another
