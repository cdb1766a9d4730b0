"""Feedback and reviews: what kind they are, once for what was bought, and the points for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import DangolError
from crm_store.db import reading, transaction
from crm_store.feedback import queries
from crm_store.feedback.kinds import about, kind_of
from crm_store.feedback.service import Reviewed, keep_feedback, review_product
from crm_store.points.queries import balance
from tests.store.builders import NOW, make_customer, put_rules
from tests.store.goods import deliver, make_goods, place
from tests.store.races import race

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def customer(store: str) -> str:
    put_rules()
    make_goods("cream", 30_000)
    make_goods("mug", 9_000)
    return make_customer()


@pytest.fixture
def received(customer: str) -> str:
    order_id = place(customer, ("cream", 1), ("mug", 2))
    deliver(order_id)
    return order_id


def review(customer_id: str, order_id: str, **more: Any) -> Reviewed:
    values: dict[str, Any] = {
        "product_id": "cream", "rating": 5, "text": "좋아요", "language": "ko", "sentiment": 0.9, "actor": "test",
        "now": NOW, **more,
    }  # fmt: skip
    with transaction() as session:
        return review_product(session, customer_id=customer_id, order_id=order_id, **values)


def points(customer_id: str) -> int:
    with reading() as session:
        return balance(session, customer_id, NOW)


def test_a_review_counts_once_for_what_was_bought(customer: str, received: str) -> None:
    first = review(customer, received)
    assert (first.new, first.entry and first.entry.amount) == (True, 100)
    again = review(customer, received, rating=1)
    assert (again.new, again.entry, again.review.rating) == (False, None, 5)
    review(customer, received, product_id="mug", rating=3, has_photo=True)
    assert points(customer) == 400
    with reading() as session:
        assert queries.average_ratings(session) == {"cream": (5.0, 1), "mug": (3.0, 1)}
        assert queries.average_ratings(session, ["mug"]) == {"mug": (3.0, 1)}
        assert [each.rating for each in queries.list_reviews(session, "cream")] == [5]
        assert queries.list_reviewable(session, customer) == []


def test_many_at_once_are_one_review(customer: str, received: str) -> None:
    assert race(lambda rating: review(customer, received, rating=rating), [1, 2, 3, 4, 5, 5, 4, 3])["ok"] == 8
    assert points(customer) == 100


def test_points_come_as_long_as_the_rules_say(customer: str, received: str) -> None:
    assert review(customer, received, now=NOW + timedelta(days=30)).entry is not None
    assert review(customer, received, product_id="mug", now=NOW + timedelta(days=31)).entry is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rating": 6}, "rating_invalid"),
        ({"rating": 0}, "rating_invalid"),
        ({"product_id": "sock"}, "product_not_bought"),
    ],
)
def test_what_is_no_review(customer: str, received: str, change: dict[str, Any], code: str) -> None:
    with pytest.raises(DangolError) as refused:
        review(customer, received, **change)
    assert refused.value.code == code
    assert points(customer) == 0


def test_only_the_buyer_reviews_and_only_what_came(customer: str, received: str) -> None:
    with pytest.raises(DangolError) as refused:
        review(make_customer(), received)
    assert refused.value.code == "order_not_found"
    with pytest.raises(DangolError) as refused:
        review(customer, place(customer, ("cream", 1)))
    assert refused.value.code == "order_not_delivered"


def test_what_came_last_is_reviewed_first(customer: str, received: str) -> None:
    later = place(customer, ("mug", 1), now=NOW + timedelta(days=1))
    deliver(later, now=NOW + timedelta(days=1))
    with reading() as session:
        found = [(order.id, product_id) for order, product_id in queries.list_reviewable(session, customer)]
    assert found == [(later, "mug"), (received, "cream")]


def test_feedback_is_kept_and_listed_by_kind(customer: str) -> None:
    with transaction() as session:
        for text, sentiment in (("최고예요", 0.9), ("별로예요", -0.9), ("색을 늘려 주세요", 0.1), ("네", 0.0)):
            keep_feedback(session, text=text, sentiment=sentiment, language="ko", now=NOW)
    with reading() as session:
        kinds = [each.kind for each in queries.list_feedback(session)]
        assert sorted(kinds) == ["criticism", "other", "praise", "suggestion"]
        assert [each.text for each in queries.list_feedback(session, kind="praise")] == ["최고예요"]
        assert queries.list_feedback(session, before=NOW) == []


@pytest.mark.parametrize(
    ("text", "sentiment", "rating", "kind"),
    [
        ("좋네요", 0.8, None, "praise"),
        ("직원분께 고맙다고 전해 주세요", 0.8, None, "praise"),
        ("별로", -0.8, None, "criticism"),
        ("그저 그래요", 0.1, None, "other"),
        ("그저 그래요", 0.1, 5, "praise"),
        ("좋아요", 0.9, 1, "criticism"),
        ("다크 모드도 있으면 좋겠어요", 0.9, None, "suggestion"),
        ("How about a loyalty card", 0.5, None, "suggestion"),
    ],
)
def test_kinds(text: str, sentiment: float, rating: int | None, kind: str) -> None:
    assert kind_of(text, sentiment, rating) == kind


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("배송이 너무 느려요", "late"), ("밑창이 떨어졌어요", "broken"), ("엉뚱한 상품이 왔네요", "wrong"),
        ("전화를 안 받아요", "staff"), ("너무 비싸요", "price"), ("피부가 뒤집어졌어요", "quality"), ("짜증나", "other"),
        ("still hasn't shipped", "late"), ("it leaks", "broken"), ("one item is missing", "wrong"),
        ("nobody answers my email", "staff"), ("you charged me twice", "price"), ("tastes stale", "quality"),
    ],
)  # fmt: skip
def test_what_a_complaint_is_about(text: str, topic: str) -> None:
    assert about(text) == topic
