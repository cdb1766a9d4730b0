"""Feedback, reviews and complaints in conversation, on a real store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.clock import utc_now
from crm_store.cases.models import Case, CaseEvent
from crm_store.coupons.models import IssuedCoupon
from crm_store.db import reading, transaction
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.orders.models import Order
from crm_store.points.queries import balance
from tests.dialogue import Chat
from tests.store.builders import make_customer, put_rules
from tests.store.goods import deliver, make_goods, place

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def shop(store: str) -> None:
    put_rules()
    make_goods("cream", 30_000)
    make_goods("toner", 20_000)
    make_goods("mug", 9_000)


@pytest.fixture
def buyer(shop: None) -> str:
    """Somebody who received a cream and a toner two days ago."""
    customer_id, now = make_customer(), utc_now() - timedelta(days=2)
    deliver(place(customer_id, ("cream", 1), ("toner", 1), now=now), now=now)
    return customer_id


def everything(model: type[Any]) -> list[Any]:
    with reading() as session:
        return list(session.scalars(select(model)))


def order_number() -> str:
    with reading() as session:
        return session.scalars(select(Order.number)).one()


@pytest.mark.parametrize(
    ("locale", "text", "kind"),
    [
        ("ko", "포장이 꼼꼼하고 직원분도 친절해서 감동했어요", "praise"),
        ("ko", "디카페인 종류도 늘려 주시면 좋겠어요", "suggestion"),
        ("ko", "앱이 너무 느리고 불편해요", "criticism"),
        ("en", "Lovely shop, fast delivery, thank you so much", "praise"),
        ("en", "Could you add a dark mode to the app?", "suggestion"),
        ("en", "The new website is confusing and slow, I hate it", "criticism"),
    ],
)
def test_anybody_is_thanked_in_kind(locale: Any, text: str, kind: str) -> None:
    chat = Chat(locale=locale)
    assert chat.say("give_feedback", text)["outcome"] == "acted"
    assert chat.effects == ["feedback_stored"]
    [kept] = everything(Feedback)
    assert (kept.kind, kept.text, kept.language, kept.customer_id) == (kind, text, locale, None)
    assert kept.sentiment is not None
    assert -1 <= kept.sentiment <= 1
    assert bool(chat.buttons) == (kind == "criticism")


def test_who_is_not_content_can_make_it_a_case() -> None:
    chat = Chat(locale="en")
    chat.say("give_feedback", "The crackers were stale and tasted awful")
    chat.press_titled("complaint")
    assert chat.effects == ["case_opened"]
    assert everything(Case)[0].reason == "The crackers were stale and tasted awful"


def test_a_yes_makes_it_a_case() -> None:
    chat = Chat()
    chat.say("give_feedback", "과자가 눅눅하고 맛없어요")
    chat.say("affirm", "네")
    assert chat.effects == ["case_opened"]
    assert everything(Case)[0].reason == "과자가 눅눅하고 맛없어요"


def test_a_review_with_stars_earns_points_once(buyer: str) -> None:
    chat = Chat(buyer)
    chat.say("give_feedback", "크림 촉촉하고 순해서 좋아요 5점", product="cream", rating=5)
    assert chat.effects == ["feedback_stored", "points_changed"]
    assert "100포인트" in chat.text
    [review] = everything(ProductReview)
    assert (review.product_id, review.rating) == ("cream", 5)
    chat.say("give_feedback", "크림 또 써 봐도 좋네요 5점", product="cream", rating=5)
    assert chat.effects == ["feedback_stored"]
    with reading() as session:
        assert balance(session, buyer, utc_now()) == 100


def test_stars_are_asked_for_and_may_be_left_out(buyer: str) -> None:
    chat = Chat(buyer, "en")
    assert chat.say("give_feedback", "The cream is gentle and lovely", product="cream")["outcome"] == "acted"
    assert chat.effects == ["feedback_stored"]
    assert "100 points" in chat.text
    chat.press_titled("Skip")
    assert chat.effects == []
    assert everything(ProductReview) == []
    chat.say("give_feedback", "The toner is gentle and lovely", product="toner")
    chat.press_titled("★★★★★")
    assert chat.effects == ["feedback_stored", "points_changed"]
    assert [review.text for review in everything(ProductReview)] == ["The toner is gentle and lovely"]


@pytest.mark.parametrize("answer", ["4", "4점", "★★★★"])
def test_stars_can_be_typed(buyer: str, answer: str) -> None:
    chat = Chat(buyer)
    chat.say("give_feedback", "토너 산뜻하고 좋아요", product="toner")
    chat.say("out_of_scope", answer)
    assert [review.rating for review in everything(ProductReview)] == [4]


def test_stars_without_a_name_ask_which_of_what_came_last(buyer: str) -> None:
    chat = Chat(buyer)
    chat.say("give_feedback", "별점 4점 드려요", rating=4)
    assert chat.effects == ["feedback_stored"]
    payload = next(button["payload"] for button in chat.buttons if "toner" in button["payload"])
    chat.press(payload)
    assert chat.effects == ["feedback_stored", "points_changed"]
    assert [(review.product_id, review.rating) for review in everything(ProductReview)] == [("toner", 4)]


def test_a_wish_to_write_a_review_leads_through_it(buyer: str) -> None:
    chat = Chat(buyer)
    assert chat.say("give_feedback", "리뷰 남길게요")["outcome"] == "asked"
    chat.press(next(button["payload"] for button in chat.buttons if "cream" in button["payload"]))
    chat.say("give_feedback", "발림성이 부드럽고 흡수도 빨라요")
    chat.press_titled("★★★★★")
    assert chat.effects == ["feedback_stored", "points_changed"]
    [review] = everything(ProductReview)
    assert (review.product_id, review.text) == ("cream", "발림성이 부드럽고 흡수도 빨라요")


@pytest.mark.parametrize(("locale", "text"), [("ko", "후기 쓰고 싶어요"), ("en", "I'd like to leave a review")])
def test_an_anonymous_wish_to_write_is_asked_for_words(locale: Any, text: str) -> None:
    chat = Chat(locale=locale)
    assert chat.say("give_feedback", text)["outcome"] == "asked"
    chat.say("give_feedback", "👍 정말 좋아요")
    assert chat.effects == ["feedback_stored"]
    assert everything(Feedback)[0].text == "👍 정말 좋아요"


def test_what_was_not_bought_is_no_review(buyer: str) -> None:
    chat = Chat(buyer)
    chat.say("give_feedback", "머그컵 예쁘고 튼튼해요 5점", product="mug", rating=5)
    assert chat.effects == ["feedback_stored"]
    assert everything(ProductReview) == []
    assert everything(Feedback)[0].product_id == "mug"


def test_late_reviews_earn_nothing(shop: None) -> None:
    customer_id, now = make_customer(), utc_now() - timedelta(days=60)
    deliver(place(customer_id, ("mug", 1), now=now), now=now)
    chat = Chat(customer_id, "en")
    chat.say("give_feedback", "Great mug, 5 stars", product="mug", rating=5)
    assert chat.effects == ["feedback_stored"]
    assert len(everything(ProductReview)) == 1


@pytest.mark.parametrize(
    ("locale", "text", "topic"),
    [
        ("ko", "일주일째 안 와요 너무 늦는 거 아니에요?", "late"),
        ("ko", "컵이 깨져서 왔어요 너무 속상해요", "broken"),
        ("ko", "다른 상품이 왔어요 어이가 없네요", "wrong"),
        ("ko", "상담원이 너무 불친절해서 불쾌했어요", "staff"),
        ("ko", "이 가격에 이 품질이라니 돈 아까워요", "price"),
        ("ko", "진짜 실망이에요", "other"),
        ("en", "My parcel is two weeks late, I'm furious", "late"),
        ("en", "The mug arrived smashed", "broken"),
        ("en", "You sent me the wrong item again", "wrong"),
        ("en", "Your staff were rude to me", "staff"),
        ("en", "What a rip-off, far too expensive", "price"),
        ("en", "worst shop ever", "other"),
    ],
)
def test_an_anonymous_complaint_becomes_a_case(locale: Any, text: str, topic: str) -> None:
    chat = Chat(locale=locale)
    assert chat.say("complain", text)["outcome"] == "acted"
    assert chat.effects == ["case_opened"]
    [case] = everything(Case)
    assert (case.kind, case.reason, case.conversation_id) == ("complaint", text, chat.conversation_id)
    assert case.wanted == {"about": topic}
    assert case.number in chat.text
    assert any("talk_to_human" in button["payload"] for button in chat.buttons)


def test_a_known_customer_gets_an_apology_once(buyer: str) -> None:
    chat = Chat(buyer)
    chat.say("complain", "크림이 새서 상자가 다 젖었어요", order_number=order_number())
    assert chat.effects == ["case_opened", "coupon_issued"]
    assert any(reply["coupon"] for reply in chat.last["replies"])
    assert {"request_return", "request_exchange"} <= {
        button["payload"].removeprefix("/").partition("{")[0] for button in chat.buttons
    }
    assert everything(Case)[0].order_id is not None
    chat.say("complain", "게다가 뚜껑도 깨져 있었다고요")
    assert (chat.last["outcome"], chat.effects) == ("answered", [])
    [case] = everything(Case)
    assert case.number in chat.text
    assert [event.note for event in everything(CaseEvent)] == [None, "게다가 뚜껑도 깨져 있었다고요"]
    chat.say("complain", "상담원은 또 왜 그렇게 불친절해요")
    assert chat.effects == ["case_opened"]
    assert len(everything(IssuedCoupon)) == 1


def test_the_budget_ends_and_nothing_is_said_of_it(buyer: str) -> None:
    put_rules(coupons__apology__monthly_budget=0)
    chat = Chat(buyer, "en")
    chat.say("complain", "I'm really disappointed, everything was late")
    assert chat.effects == ["case_opened"]
    assert "coupon" not in chat.text.lower()


def test_details_follow_a_bare_complaint() -> None:
    chat = Chat(locale="en")
    chat.say("complain", "I want to file a complaint")
    assert "add it to the case" in chat.text
    chat.say("complain", "the box was crushed and two cups are cracked")
    assert len(everything(Case)) == 1
    assert everything(CaseEvent)[-1].note == "the box was crushed and two cups are cracked"


def test_what_does_not_sound_bad_is_made_sure_of() -> None:
    chat = Chat()
    chat.say("complain", "정말 좋아요", confidence=0.4)
    assert (chat.last["outcome"], chat.effects) == ("asked", [])
    chat.say("affirm", "네")
    assert chat.effects == ["case_opened"]


def test_other_peoples_orders_and_feedback_stay_theirs(buyer: str) -> None:
    theirs = Chat(buyer)
    theirs.say("give_feedback", "최악이에요 너무 실망했어요")
    chat = Chat(make_customer())
    chat.say("complain", "안 와요 너무 늦어요", order_number=order_number())
    assert everything(Case)[0].order_id is None
    chat.press(f'/complain{{"id": "{everything(Feedback)[0].id}"}}')
    assert (chat.last["outcome"], chat.effects) == ("asked", [])
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
