"""What makes a request doubtful: prohibitions, other shops and people, mere telling; and thresholds out of costs."""

from __future__ import annotations

import pytest

from actions.doubt import COST_OF_ACTING_WRONGLY, acting_from
from actions.strangers import concerns_others, forbids


@pytest.mark.parametrize(
    "text",
    [
        "재입고 알림 걸지 말아 줘", "아직 담지 마세요", "이 코드 지금 쓰면 안돼", "don't redeem it", "you needn't send an alert",
        "dont convert my points", "포인트는 안 써도 돼요",
    ],
)  # fmt: skip
def test_prohibitions_are_heard(text: str) -> None:
    assert forbids(text)
    assert acting_from("redeem_coupon", text) > 1


@pytest.mark.parametrize(
    "text",
    [
        "두 개 담아줘",
        "why don't you add two of them",
        "don't forget to add the toner",
        "지마켓 말고",
        "말차 라떼 담아줘",
    ],
)
def test_requests_are_no_prohibitions(text: str) -> None:
    assert not forbids(text)


def test_a_prohibition_may_be_the_request_itself() -> None:
    assert acting_from("opt_out_marketing", "광고 보내지 마세요") < 1


@pytest.mark.parametrize("text", ["쿠팡 쿠폰 써줘", "use my roommate's points", "친구가 포인트 바꿨더라고"])
def test_what_concerns_others_needs_more_confidence(text: str) -> None:
    assert concerns_others(text)
    assert acting_from("exchange_points", text) > acting_from("exchange_points", "포인트 바꿔줘")


def test_thresholds_follow_from_the_costs() -> None:
    assert acting_from("ask_points", "포인트") == 0
    assert acting_from("exchange_points", "포인트 바꿔줘") == pytest.approx(0.95)
    assert all(0.4 < acting_from(intent, "…") < 1 for intent in COST_OF_ACTING_WRONGLY)
