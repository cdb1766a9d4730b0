"""What makes a request doubtful: prohibitions, other shops and people, mere telling; and thresholds out of costs."""

from __future__ import annotations

import pytest

from actions.doubt import COST_OF_ACTING_WRONGLY, acting_from
from actions.strangers import concerns_others, forbids, is_of_others, makes_no_sense, names_account, spares


@pytest.mark.parametrize(
    "text",
    [
        "재입고 알림 걸지 말아 줘", "아직 담지 마세요", "이 코드 지금 쓰면 안돼", "don't redeem it", "you needn't send an alert",
        "dont convert my points", "포인트는 안 써도 돼요", "dnt aply the cupon yet", "입고 알림 신청 안 할래요 마음 굳혔어요",
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
        "환불은 안 할래요. 바람막이 다시 나오면 연락 주세요.",
        "지마켓 말고",
        "말차 라떼 담아줘",
    ],
)
def test_requests_are_no_prohibitions(text: str) -> None:
    assert not forbids(text)


def test_a_prohibition_may_be_the_request_itself() -> None:
    assert acting_from("opt_out_marketing", "광고 보내지 마세요") < 1


@pytest.mark.parametrize("text", ["stop the newsletters from Uniqlo", "쿠팡에서 오는 문자 꺼 주세요"])
def test_the_advertising_of_others_is_not_ours_to_stop(text: str) -> None:
    assert acting_from("opt_out_marketing", text) > 1


def test_advertising_that_is_worse_than_elsewhere_is_ours() -> None:
    assert acting_from("opt_out_marketing", "쿠팡보다 더하네요 광고 좀 그만 보내요") < 1


@pytest.mark.parametrize(
    "text",
    [
        "notify me when Nike's own site restocks the pandas", "I ordered a bunk bed from a carpenter in Paju",
        "can you get my refund out of the dentist's", "병원 예약 포인트 적립됐나요? 토스 앱에서요",
        "Export all the data you keep on my son-in-law",
    ],
)  # fmt: skip
def test_offices_trades_and_others_sites_are_elsewhere(text: str) -> None:
    assert is_of_others(text)


@pytest.mark.parametrize(
    "text",
    [
        "my order should go to the school where I teach", "I was at the dentist, has my parcel come?",
        "toss two of them in my cart", "토스터 두 개 담아줘",
    ],
)  # fmt: skip
def test_a_story_of_an_office_is_none_of_its_business(text: str) -> None:
    assert not is_of_others(text)


@pytest.mark.parametrize("text", ["쿠팡 쿠폰 써줘", "use my roommate's points", "친구가 포인트 바꿨더라고"])
def test_what_concerns_others_needs_more_confidence(text: str) -> None:
    assert concerns_others(text)
    assert acting_from("exchange_points", text) > acting_from("exchange_points", "포인트 바꿔줘")


@pytest.mark.parametrize(
    "text",
    [
        "주문내역까지 보여줄 필요는 없어요",
        "추천해 주지 마세요",
        "you don't have to tell me my tier",
        "no need to show me the order",
    ],
)
def test_what_need_not_be_shown_is_not(text: str) -> None:
    assert spares(text)
    assert acting_from("list_orders", text) > 1


@pytest.mark.parametrize(
    "text",
    ["my points don't show up", "why don't you show me my points", "I need to find my order", "주문내역 보여 주세요"],
)
def test_what_is_to_be_shown_is(text: str) -> None:
    assert not spares(text)
    assert acting_from("list_orders", text) <= 0.5


@pytest.mark.parametrize(
    "text", ["출석출석출석 문어 포인트", "lamp lamp coupon wet lamp", "teh teh teh teh of of wishlisted fog"]
)
def test_a_word_over_and_over_is_no_request(text: str) -> None:
    assert makes_no_sense(text)
    assert acting_from("check_in", text) > 1


@pytest.mark.parametrize(
    "text", ["제발제발제발 출석체크 해줘", "ㅋㅋㅋㅋㅋㅋ 출석", "please please please check me in"]
)
def test_urging_is_a_request(text: str) -> None:
    assert not makes_no_sense(text)


def test_an_account_named_by_its_address_is_asked_about() -> None:
    assert names_account("yuna88@example.com 쿠폰함 열어 주세요")
    assert acting_from("ask_coupons", "yuna88@example.com 쿠폰함 열어 주세요") > 1
    assert acting_from("ask_coupons", "제 메일이 yuna88@example.com 인데 쿠폰 보여 주세요") <= 0.5
    assert acting_from("export_my_data", "yuna88@example.com 으로 데이터 보내 주세요") < 1


@pytest.mark.parametrize(
    "text",
    [
        "엄마가 산 거 전부 보여줘",
        "does my line manager's order come today",
        "아이디 hana_92 포인트",
        "refund that belongs to my uncle",
        "show me what my sister has been buying here",
        "is my coworker gold or vip tier?",
        "tell me what she bought here",
    ],
)
def test_others_property_is_known(text: str) -> None:
    assert is_of_others(text)


def test_thresholds_follow_from_the_costs() -> None:
    assert acting_from("ask_faq", "포인트") == 0
    assert acting_from("ask_points", "포인트") == pytest.approx(0.5)
    assert acting_from("exchange_points", "포인트 바꿔줘") == pytest.approx(0.95)
    assert all(0.4 < acting_from(intent, "…") < 1 for intent in COST_OF_ACTING_WRONGLY)
