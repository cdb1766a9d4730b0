"""Talking about orders: where they are, cancelling, new addresses, sending back, refunds, buying again, cases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from actions.handlers.periods import find_period
from actions.handlers.postal import parse_address
from core.clock import local_date, utc_now
from core.language import LOCALES, Locale
from crm_store.carts.models import CartLine
from crm_store.cases.models import Case
from crm_store.db import reading, transaction
from crm_store.orders.models import Order, OrderLine, Refund, Shipment
from crm_store.points.queries import balance
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.service import decide
from tests.dialogue import Chat
from tests.store.builders import make_customer, put_rules
from tests.store.goods import HOME, advance, earn, make_goods, order_of, place, send_back, stock_of


class Shop:
    """A customer with orders of their own, and somebody else's."""

    def __init__(self) -> None:
        self.customer, self.other = make_customer(), make_customer()
        make_goods("bean", price=12_000)
        make_goods("shirt", price=20_000, S=3, M=3, L=3)

    def order(self, number: str, *wanted: tuple[str, int], state: str = "paid", days: int = 1, **more: Any) -> str:
        """The id of an order of `wanted` (beans by default) placed `days` ago and now in `state`."""
        values = {"customer": self.customer, **more}
        placed = utc_now() - timedelta(days=days)
        order_id = place(
            values.pop("customer"), *(wanted or (("bean", 1),)), now=placed, points=values.pop("points", 0)
        )
        with transaction() as session:
            order = session.get_one(Order, order_id)
            order.number, order.state = number, state
            if state == "delivered":
                order.delivered_at = placed
            for name, value in values.items():
                setattr(order, name, value)
        return order_id

    def ship(self, order_id: str, expected_on: date, **more: Any) -> None:
        """Give an order a parcel under way."""
        values = {"state": "in_transit", "courier": "한빛택배", "tracking_number": "1234", "created_at": utc_now()}
        with transaction() as session:
            session.get_one(Order, order_id).state = "shipped"
            session.add(Shipment(order_id=order_id, expected_on=expected_on, **{**values, **more}))


@pytest.fixture
def shop(sqlite_store: str) -> Shop:
    put_rules()
    return Shop()


def today() -> date:
    return local_date(utc_now())


def titles(chat: Chat) -> str:
    return " | ".join(button["title"] for button in chat.buttons)


def state_of(order_id: str) -> str:
    return order_of(order_id).state


ANYTHING = (
    "ask_order_status", "list_orders", "cancel_order", "change_address", "request_return", "request_exchange",
    "ask_refund_status", "reorder", "ask_case_status",
)  # fmt: skip


@pytest.mark.parametrize("intent", ANYTHING)
def test_a_stranger_is_asked_to_sign_in(shop: Shop, intent: str) -> None:
    shop.order("DG26010001")
    chat = Chat(locale="en")
    assert chat.say(intent, order_number="DG26010001")["outcome"] == "asked"
    assert "it's you" in chat.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("intent", [one for one in ANYTHING if one != "list_orders"])
def test_somebody_elses_order_is_unknown(shop: Shop, intent: str, locale: Locale) -> None:
    shop.order("DG26010001")
    shop.order("DG26010002", customer=shop.other)
    chat = Chat(shop.customer, locale)
    assert chat.say(intent, order_number="DG26010002")["outcome"] == "declined"
    assert "DG26010002" in chat.text
    assert chat.effects == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("intent", ANYTHING)
def test_nothing_ordered_yet(shop: Shop, intent: str, locale: Locale) -> None:
    chat = Chat(shop.customer, locale)
    assert chat.say(intent)["outcome"] in ("answered", "declined")
    assert chat.effects == []


# ---------------------------------------------------------------- where it is, and the list
def test_orders_on_their_way_are_told(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered", days=20)
    shop.ship(shop.order("DG26010002"), today() + timedelta(days=1))
    shop.order("DG26010003", days=0)
    chat = Chat(shop.customer)
    chat.say("ask_order_status", "내 택배 어디야")
    assert "DG26010002" in chat.text
    assert "내일" in chat.text
    assert "DG26010003" in chat.text
    assert "DG26010001" not in chat.text
    chat.say("ask_order_status", "두 번째 거는요?")
    assert "DG26010003" not in chat.text
    assert "DG26010002" in chat.text


def test_the_courier_is_quoted(shop: Shop) -> None:
    scan = {"at": utc_now().isoformat(), "code": "out_for_delivery", "place": "Daejeon"}
    shop.ship(shop.order("DG26010001"), today(), scans=[scan])
    chat = Chat(shop.customer, "en")
    chat.say("ask_order_status", "where is it?")
    assert "today" in chat.text
    assert "Daejeon out for delivery" in chat.text


@pytest.mark.parametrize(("locale", "sorry"), [("ko", "죄송"), ("en", "orry")])
def test_a_late_parcel_is_owned_up_to(shop: Shop, locale: Locale, sorry: str) -> None:
    shop.ship(shop.order("DG26010001", days=9), today() - timedelta(days=2))
    chat = Chat(shop.customer, locale)
    chat.say("ask_order_status", order_number="DG26010001")
    assert sorry in chat.text
    payloads = [button["payload"] for button in chat.buttons]
    assert "/talk_to_human" in payloads
    assert any(payload.startswith("/complain") for payload in payloads)


def test_delivered_but_not_here(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered", days=1)
    shop.order("DG26010002")
    chat = Chat(shop.customer)
    chat.say("ask_order_status", "배송 완료라는데 못 받았어요")
    assert "DG26010001" in chat.text
    assert "경비실" in chat.text


def test_goods_named_find_their_order(shop: Shop) -> None:
    shop.order("DG26010001", ("shirt.M", 1), state="delivered", days=30)
    shop.order("DG26010002")
    chat = Chat(shop.customer)
    chat.say("ask_order_status", "티셔츠 왔어요?", product="shirt")
    assert "DG26010001" in chat.text
    assert "DG26010002" not in chat.text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_list_goes_on(shop: Shop, locale: Locale) -> None:
    for number in range(7):
        shop.order(f"DG2601000{number}", state="delivered", days=number)
    chat = Chat(shop.customer, locale)
    chat.say("list_orders")
    assert "DG26010004" in chat.text
    assert "DG26010005" not in chat.text
    chat.press(chat.buttons[-1]["payload"])
    assert "DG26010006" in chat.text
    assert "DG26010004" not in chat.text


def test_orders_of_a_time(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered", days=3)
    shop.order("DG26010002", state="delivered", days=400)
    chat = Chat(shop.customer)
    chat.say("list_orders", "최근 3개월 주문 보여줘")
    assert "DG26010001" in chat.text
    assert "DG26010002" not in chat.text
    assert chat.say("list_orders", f"{today().year - 3} 작년 3월 주문")["outcome"] == "answered"


# ---------------------------------------------------------------- cancelling
@pytest.mark.parametrize(("locale", "amount"), [("ko", "13,000원"), ("en", "₩13,000")])
def test_an_order_is_cancelled(shop: Shop, locale: Locale, amount: str) -> None:
    earn(shop.customer, 2_000, "gift")
    order_id = shop.order("DG26010001", points=2_000)
    chat = Chat(shop.customer, locale)
    chat.say("cancel_order")
    chat.press(chat.buttons[0]["payload"])
    assert amount in chat.text
    assert "2,000" in chat.text
    chat.say("affirm")
    assert chat.effects == ["order_cancelled"]
    assert (state_of(order_id), stock_of("bean")) == ("cancelled", (10, 10))
    with reading() as session:
        assert balance(session, shop.customer, utc_now()) == 2_000


def test_everything_said_at_once_leads_to_the_confirmation(shop: Shop) -> None:
    shop.order("DG26010001")
    order_id = shop.order("DG26010002")
    chat = Chat(shop.customer)
    chat.say("cancel_order", "DG26010002 단순변심으로 취소", order_number="DG26010002", reason="단순변심")
    assert "네, 취소할게요" in titles(chat)
    chat.press_titled("네, 취소할게요")
    assert chat.effects == ["order_cancelled"]
    assert state_of(order_id) == "cancelled"


def test_which_of_two_is_asked_and_corrected(shop: Shop) -> None:
    first, second = shop.order("DG26010001", days=1), shop.order("DG26010002", ("shirt.M", 1), days=2)
    chat = Chat(shop.customer)
    chat.say("cancel_order", "주문 취소할래요")
    assert len(chat.buttons) == 3
    chat.press(chat.buttons[0]["payload"])
    chat.press_titled("건너뛰기")
    assert "DG26010001" in chat.text
    chat.say("deny", "아니 그 주문 말고 두 번째 거")
    assert "DG26010002" in chat.text
    chat.say("affirm", "네")
    assert chat.effects == ["order_cancelled"]
    assert (state_of(first), state_of(second)) == ("paid", "cancelled")


def test_a_yes_that_names_another_order_is_no_yes(shop: Shop) -> None:
    first, second = shop.order("DG26010001"), shop.order("DG26010002")
    chat = Chat(shop.customer, "en")
    chat.say("cancel_order", order_number="DG26010001", reason="changed my mind")
    chat.say("affirm", "yes, cancel DG26010002", order_number="DG26010002")
    assert chat.effects == []
    assert "DG26010002" in chat.text
    chat.say("cancel_order", "the other one please", confidence=0.7)
    assert "DG26010001" in chat.text
    assert (state_of(first), state_of(second)) == ("paid", "paid")


def test_a_question_in_between_and_a_change_of_mind(shop: Shop) -> None:
    order_id = shop.order("DG26010001")
    chat = Chat(shop.customer, "en")
    chat.say("cancel_order", reason="by mistake")
    chat.say("ask_order_status", "where is it by the way?")
    assert "Shall I go ahead?" in chat.text
    chat.say("deny", "no, leave it")
    assert state_of(order_id) == "paid"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("state", "instead"),
    [("shipped", "/ask_order_status"), ("delivered", "/request_return"), ("cancelled", "/ask_refund_status")],
)
def test_too_late_to_cancel(shop: Shop, locale: Locale, state: str, instead: str) -> None:
    shop.order("DG26010001", state=state)
    chat = Chat(shop.customer, locale)
    assert chat.say("cancel_order", order_number="DG26010001")["outcome"] == "declined"
    assert any(button["payload"].startswith(instead) for button in chat.buttons)


def test_a_cancellation_waits_for_the_shop(shop: Shop) -> None:
    put_rules(shop__agreement="staff")
    order_id = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order", reason="실수")
    assert chat.say("affirm")["outcome"] == "acted"
    assert chat.effects == []
    assert "요청" in chat.text
    assert chat.say("cancel_order")["outcome"] == "declined"
    with transaction() as session:
        [request] = session.query(ShopRequest)
        decide(session, request_id=request.id, confirmed=True, answer={}, actor="test", now=utc_now())
    assert state_of(order_id) == "cancelled"


# ---------------------------------------------------------------- addresses
def test_an_address_is_changed(shop: Shop) -> None:
    order_id = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("change_address", "배송지 바꿔 주세요")
    assert HOME["line1"] in chat.text
    chat.say("nlu_fallback", "(03925) 서울시 마포구 월드컵로 12, 301호", confidence=0.3)
    assert "301호" in chat.text
    assert HOME["recipient"] in chat.text
    chat.say("affirm")
    assert chat.effects == ["address_changed"]
    address = order_of(order_id).address
    assert (address["postcode"], address["line1"], address["line2"]) == ("03925", "서울시 마포구 월드컵로 12", "301호")
    assert address["recipient"] == HOME["recipient"]


def test_an_address_without_a_postcode_will_do(shop: Shop) -> None:
    order_id = shop.order("DG26010001")
    chat = Chat(shop.customer, "en")
    text = "ship DG26010001 to 12 Worldcup-ro, Mapo-gu, Seoul, Apt 301"
    chat.say("change_address", text, order_number="DG26010001", address="12 Worldcup-ro, Mapo-gu, Seoul, Apt 301")
    chat.press_titled("Yes, change it")
    assert chat.effects == ["address_changed"]
    assert order_of(order_id).address["line2"] == "Apt 301"
    assert order_of(order_id).address["postcode"] == ""


def test_only_the_door_was_missing(shop: Shop) -> None:
    order_id = shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("change_address", "동호수를 빼먹었어요 502동 1203호로 고쳐 주세요")
    chat.say("affirm", "네")
    assert order_of(order_id).address == {**HOME, "line2": "502동 1203호"}


def test_an_island_costs_more(shop: Shop) -> None:
    order_id = shop.order("DG26010001")
    before = order_of(order_id).total
    chat = Chat(shop.customer)
    chat.say("change_address", "제주시 첨단로 242로 보내 주세요")
    assert "우편번호" in chat.text
    chat.say("nlu_fallback", "63309", confidence=0.3)
    assert "3,000원" in chat.text
    chat.say("affirm", "네")
    assert order_of(order_id).total == before + 3000


@pytest.mark.parametrize(("state", "outcome"), [("shipped", "declined"), ("preparing", "asked")])
def test_no_new_address_once_it_left(shop: Shop, state: str, outcome: str) -> None:
    shop.order("DG26010001", state=state)
    assert Chat(shop.customer, "en").say("change_address", order_number="DG26010001")["outcome"] == outcome


def test_earlier_addresses_are_offered(shop: Shop) -> None:
    shop.order("DG26010001", days=90, state="delivered", address={**HOME, "line1": "중구 새봄로 77"})
    order_id = shop.order("DG26010002")
    chat = Chat(shop.customer)
    chat.say("change_address", "회사로 바꿔주세요")
    chat.press_titled("새봄로 77")
    chat.say("affirm")
    assert order_of(order_id).address["line1"] == "중구 새봄로 77"


# ---------------------------------------------------------------- sending back
@pytest.mark.parametrize(("locale", "fee"), [("ko", "3,000원"), ("en", "₩3,000")])
def test_a_return_is_registered(shop: Shop, locale: Locale, fee: str) -> None:
    shop.order("DG26010001", ("bean", 1), ("shirt.M", 1), state="delivered")
    chat = Chat(shop.customer, locale)
    chat.say("request_return")
    chat.press(next(button["payload"] for button in chat.buttons if '"2"' in button["payload"]))
    chat.press(chat.buttons[0]["payload"])
    assert fee in chat.text
    assert "17,000" in chat.text
    chat.say("affirm")
    assert chat.effects == ["case_opened"]
    with reading() as session:
        [case] = session.query(Case)
        assert (case.kind, case.items, case.wanted) == ("return", [{"position": 2, "quantity": 1}], {})
        assert case.number in chat.text
    assert chat.say("request_return", order_number="DG26010001")["outcome"] == "asked"


def test_a_fault_costs_nothing_and_has_longer(shop: Shop) -> None:
    shop.order("DG26010001", ("bean", 2), state="delivered", days=30)
    chat = Chat(shop.customer)
    chat.say("request_return", "깨져서 왔어요 1개 반품할게요", reason="깨져서 왔어요", quantity=1)
    assert "반품 배송비 없이 12,000원" in chat.text
    chat.say("affirm")
    with reading() as session:
        [case] = session.query(Case)
        assert (case.items, case.wanted) == ([{"position": 1, "quantity": 1}], {"fault": True})


def test_a_change_of_mind_comes_too_late(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered", days=30)
    chat = Chat(shop.customer, "en")
    chat.say("request_return")
    chat.press_titled("I changed my mind")
    assert chat.last["outcome"] == "declined"
    assert "7 days" in chat.text
    assert "3 months" in chat.text


def test_another_reason_is_written_down(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered")
    chat = Chat(shop.customer)
    chat.say("request_return")
    chat.press_titled("그 밖의 이유")
    chat.say("complain", "향이 머리가 아플 만큼 세요")
    chat.say("affirm")
    with reading() as session:
        assert session.query(Case).one().reason == "향이 머리가 아플 만큼 세요"


@pytest.mark.parametrize(("state", "instead"), [("paid", "/cancel_order"), ("shipped", "/ask_order_status")])
def test_nothing_to_send_back_yet(shop: Shop, state: str, instead: str) -> None:
    shop.order("DG26010001", state=state)
    for intent in ("request_return", "request_exchange"):
        chat = Chat(shop.customer)
        assert chat.say(intent)["outcome"] == "declined"
        assert chat.buttons[0]["payload"].startswith(instead)


@pytest.mark.parametrize(("text", "said"), [("L로 교환할게요", {"size": "L"}), ("한 치수 큰 걸로 바꿔 주세요", {})])
def test_an_exchange_is_registered(shop: Shop, text: str, said: dict[str, Any]) -> None:
    shop.order("DG26010001", ("shirt.M", 1), state="delivered")
    chat = Chat(shop.customer)
    chat.say("request_exchange", text, reason="작아서", **said)
    assert "6,000원" in chat.text
    chat.say("affirm")
    assert chat.effects == ["case_opened"]
    assert stock_of("shirt.L")[0] == 2


def test_a_broken_one_is_swapped_for_the_same(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered")
    chat = Chat(shop.customer, "en")
    chat.say("request_exchange", "it came broken, send me a new one", reason="it came broken")
    assert "the same one, new" in chat.text
    assert "no delivery charge" in chat.text
    chat.say("affirm")
    assert chat.effects == ["case_opened"]


def test_a_sold_out_size_leads_elsewhere(shop: Shop) -> None:
    make_goods("cap", price=20_000, S=0, M=3, L=2)
    shop.order("DG26010001", ("cap.M", 1), state="delivered")
    chat = Chat(shop.customer)
    chat.say("request_exchange", "S로 바꿔 주세요", size="S")
    assert "품절" in chat.text
    payloads = [button["payload"] for button in chat.buttons]
    assert '/notify_restock{"id": "cap.S"}' in payloads
    assert any(payload.startswith("/request_return") for payload in payloads)
    chat.say("nlu_fallback", "그럼 L", confidence=0.3, size="L")
    chat.press_titled("사이즈·색상이 안 맞아요")
    chat.say("check_stock", "아니 S로", size="S", confidence=0.5)
    assert "품절" in chat.text
    chat.say("affirm")
    assert chat.effects == ["case_opened"]
    assert stock_of("cap.L")[0] == 1


# ---------------------------------------------------------------- refunds and cases
def test_refunds_are_told(shop: Shop) -> None:
    shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("cancel_order", reason="실수")
    chat.say("affirm")
    chat.say("ask_refund_status", "환불 어떻게 됐어요?")
    assert "DG26010001 · 15,000원" in chat.text
    assert chat.last["outcome"] == "answered"


@pytest.mark.parametrize("state", ["requested", "approved", "paid", "refused"])
@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_of_a_refund_has_words(shop: Shop, state: str, locale: Locale) -> None:
    order_id = shop.order("DG26010001", state="cancelled")
    with transaction() as session:
        row = {"order_id": order_id, "customer_id": shop.customer, "amount": 5000, "idempotency_key": "r"}
        session.add(Refund(state=state, requested_at=utc_now(), **row))
    chat = Chat(shop.customer, locale)
    chat.say("ask_refund_status", order_number="DG26010001")
    assert "5,000" in chat.text


def test_no_refund_points_at_the_general_answer(shop: Shop) -> None:
    shop.order("DG26010001")
    chat = Chat(shop.customer)
    chat.say("ask_refund_status")
    assert chat.buttons[0]["payload"] == '/ask_faq{"topic": "refund-time"}'


@pytest.mark.parametrize("locale", LOCALES)
def test_a_case_is_followed(shop: Shop, locale: Locale) -> None:
    order_id = shop.order("DG26010001", ("shirt.M", 1), state="delivered", days=0)
    case = send_back(shop.customer, order_id, (1, 1), now=utc_now())
    chat = Chat(shop.customer, locale)
    chat.say("ask_case_status", "반품 어떻게 됐어요")
    assert case.number in chat.text
    assert chat.say("ask_refund_status")["outcome"] == "answered"
    assert case.number in chat.text
    advance(case.id, "approved", now=utc_now())
    chat.say("ask_case_status", f"{case.number.lower()}?")
    assert "17,000" in chat.text
    stranger = Chat(shop.other, locale)
    assert stranger.say("ask_case_status", case.number)["outcome"] == "declined"


@pytest.mark.parametrize("kind", ["return", "exchange", "complaint", "repair", "other"])
@pytest.mark.parametrize("state", ["requested", "approved", "in_progress", "resolved", "refused", "withdrawn"])
def test_every_state_of_a_case_has_words(shop: Shop, kind: str, state: str) -> None:
    with transaction() as session:
        row: dict[str, Any] = {"customer_id": shop.customer, "idempotency_key": "c", "request_hash": "h"}
        moment: datetime = utc_now()
        session.add(Case(number="C26010001", kind=kind, state=state, opened_at=moment, updated_at=moment, **row))
    for locale in LOCALES:
        chat = Chat(shop.customer, locale)
        assert chat.say("ask_case_status")["outcome"] == "answered"
        assert "C26010001" in chat.text


# ---------------------------------------------------------------- buying again
def cart(customer_id: str) -> dict[str, int]:
    with reading() as session:
        return {line.variant_id: line.quantity for line in session.query(CartLine).filter_by(customer_id=customer_id)}


def test_the_last_order_is_bought_again(shop: Shop) -> None:
    shop.order("DG26010001", ("bean", 2), ("shirt.M", 1), state="delivered", days=3)
    shop.order("DG26010002", state="delivered", days=30)
    chat = Chat(shop.customer)
    chat.say("reorder", "저번이랑 똑같은 거 또 시켜줘")
    assert chat.effects == ["cart_changed"]
    assert cart(shop.customer) == {"bean": 2, "shirt.M": 1}
    assert [button["payload"] for button in chat.buttons] == ["/checkout", "/view_cart"]


def test_goods_named_are_bought_again(shop: Shop) -> None:
    shop.order("DG26010001", ("bean", 1), ("shirt.M", 1), state="delivered", days=3)
    chat = Chat(shop.customer, "en")
    chat.say("reorder", "the same beans again, three bags", product="bean", quantity=3)
    assert cart(shop.customer) == {"bean": 3}
    assert chat.say("reorder", "a lamp again", product="lamp")["outcome"] == "declined"


def test_which_one_to_buy_again_is_asked(shop: Shop) -> None:
    shop.order("DG26010001", state="delivered", days=3)
    shop.order("DG26010002", ("shirt.S", 1), state="delivered", days=9)
    chat = Chat(shop.customer)
    assert chat.say("reorder", "재주문")["outcome"] == "asked"
    chat.say("reorder", "두 번째 거", confidence=0.6)
    assert cart(shop.customer) == {"shirt.S": 1}


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_sold_out_is_said(shop: Shop, locale: Locale) -> None:
    make_goods("cap", price=20_000, S=1)
    shop.order("DG26010001", ("cap.S", 1), ("bean", 1), state="delivered")
    shop.order("DG26010002", ("bean", 1), state="delivered")
    chat = Chat(shop.customer, locale)
    chat.say("reorder", order_number="DG26010001")
    assert cart(shop.customer) == {"bean": 1}
    assert chat.buttons[-1]["payload"] == '/notify_restock{"id": "cap.S"}'
    assert chat.say("reorder", product="cap")["outcome"] == "declined"


def test_an_old_line_without_a_variant(shop: Shop) -> None:
    order_id = shop.order("DG26010001", ("shirt.M", 1), state="delivered")
    with transaction() as session:
        session.get_one(OrderLine, (order_id, 1)).variant_id = None
    chat = Chat(shop.customer)
    assert chat.say("reorder", "다시 주문")["outcome"] == "declined"
    assert cart(shop.customer) == {}


def test_goods_on_their_way_back_are_not_mistaken_for_others(shop: Shop) -> None:
    order_id = shop.order("DG26010001", ("bean", 1), ("shirt.M", 1), state="delivered", days=0)
    send_back(shop.customer, order_id, (2, 1), now=utc_now())
    chat = Chat(shop.customer)
    result = chat.say("request_exchange", "티셔츠 L로", order_number="DG26010001", product="shirt", size="L")
    assert (result["outcome"], chat.effects) == ("declined", [])
    assert "C" in chat.text


def test_two_orders_that_read_alike_carry_their_numbers(shop: Shop) -> None:
    shop.order("DG26010001")
    shop.order("DG26010002")
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    assert "DG26010001" in titles(chat)
    assert "DG26010002" in titles(chat)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("이사했어요 서울 마포구 월드컵로 12로 보내주세요", {"line1": "서울 마포구 월드컵로 12"}),
        ("DG26010005 제주시 첨단로 242로", {"line1": "제주시 첨단로 242"}),
        (
            "(04524) 서울특별시 중구 세종대로 110 시청빌딩 3층",
            {"line1": "서울특별시 중구 세종대로 110", "line2": "시청빌딩 3층", "postcode": "04524"},
        ),
        ("부산 해운대구 우동 1408-2번지", {"line1": "부산 해운대구 우동 1408-2번지"}),
        ("unit 5, 88 Jungang-ro, Jung-gu, Busan please", {"line1": "88 Jungang-ro, Jung-gu, Busan", "line2": "unit 5"}),
        ("I forgot my flat number, it's flat 1203", {"line2": "flat 1203"}),
        ("받는 사람 홍길동으로 바꿔주세요", {"recipient": "홍길동"}),
        ("회사로 바꿔주세요", None),
    ],
)  # fmt: skip
def test_addresses_are_read(text: str, found: dict[str, str] | None) -> None:
    assert parse_address(text) == found


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("지난달에 산 것들", date(2026, 2, 1), date(2026, 2, 28)),
        ("orders since January", date(2026, 1, 1), date(2026, 3, 10)),
        ("purchases from last winter", date(2025, 12, 1), date(2026, 2, 28)),
        ("작년 겨울에 구매했던 상품", date(2025, 12, 1), date(2026, 2, 28)),
        ("최근 두 달 주문", date(2026, 1, 10), date(2026, 3, 10)),
        ("Which items did I buy in June?", date(2025, 6, 1), date(2025, 6, 30)),
        ("올해 주문한 거", date(2026, 1, 1), date(2026, 3, 10)),
        ("what did I order last week", date(2026, 3, 2), date(2026, 3, 8)),
    ],
)
def test_spans_of_time_are_read(text: str, first: date, last: date) -> None:
    assert find_period(text, date(2026, 3, 10)) == (first, last)


def test_all_sold_out_leaves_an_alert_or_a_return(shop: Shop) -> None:
    make_goods("cap", price=20_000, S=0, M=1)
    shop.order("DG26010001", ("cap.M", 1), state="delivered")
    chat = Chat(shop.customer, "en")
    assert chat.say("request_exchange", "another size please")["outcome"] == "declined"
    assert '/notify_restock{"id": "cap.M"}' in [button["payload"] for button in chat.buttons]


@pytest.mark.parametrize("intent", ["cancel_order", "change_address", "request_return", "request_exchange", "reorder"])
def test_three_answers_of_no_use_offer_a_person(shop: Shop, intent: str) -> None:
    for number in range(2):
        shop.order(f"DG2601000{number}", state="delivered" if "request" in intent else "paid")
    chat = Chat(shop.customer, "en")
    chat.say(intent)
    for _ in range(3):
        chat.say("nlu_fallback", "hmm hmm", confidence=0.2)
    assert chat.buttons[0]["payload"] == "/talk_to_human"


def test_nobody_picks_somebody_elses_order_with_a_button(shop: Shop) -> None:
    shop.order("DG26010001")
    shop.order("DG26010002")
    stranger = shop.order("DG26010003", customer=shop.other)
    chat = Chat(shop.customer)
    chat.say("cancel_order")
    chat.press(f'/choose{{"step": "order", "choice": "{stranger}"}}')
    assert "DG26010003" not in chat.text
    assert len(chat.buttons) == 3
