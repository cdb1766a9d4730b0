"""Messages as Telegram shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.asides import TEXTS
from channels.telegram.bot import _file_url, bot_id_of
from channels.telegram.buttons import keyboard
from channels.telegram.polling import storable
from channels.telegram.reading import UNREADABLE, chat_of
from channels.telegram.render import AlbumPart, Photo, TextPart, render, split
from core.texts import catalogue

PRODUCT = {
    "id": "p",
    "name": "순한 치약",
    "price": 5900,
    "currency": "KRW",
    "in_stock": False,
    "url": "/p",
    "image_url": "/p.svg",
}
COUPON = {"code": "BDAY-1", "title": "생일 쿠폰", "expires_at": "2026-11-30T14:59:59+00:00"}


def text_of(author: str, text: str, locale: str = "ko", staff_name: str | None = None, **content: object) -> str:
    (part,) = render(author, text, content, locale=locale, staff_name=staff_name)
    assert isinstance(part, TextPart)
    return part.text


def test_both_languages_have_the_same_texts() -> None:
    texts = catalogue(TEXTS)
    assert texts.keys("ko") == texts.keys("en")
    assert {f"label_{kind}" for kind in UNREADABLE} <= texts.keys("ko")


def test_a_source_is_named_and_markdown_is_taken_out() -> None:
    body = "## 반품\n**3일** 안에 [여기](https://shop.example/r)서 신청해 주세요.\n- 하나\n- 둘"
    sources = [{"topic": "return-fee", "title": "반품 배송비"}, {"topic": "x", "title": "반품 배송비"}]
    assert text_of("bot", body, sources=sources) == (
        "반품\n3일 안에 여기 (https://shop.example/r)서 신청해 주세요.\n• 하나\n• 둘\n\n근거: 반품 배송비"
    )
    assert text_of("bot", "5 ** 2 ** 1", sources=[], locale="en") == "5 ** 2 ** 1"


def test_staff_speak_under_their_name() -> None:
    assert text_of("staff", "확인했어요", staff_name="민지") == "민지 상담원: 확인했어요"
    assert text_of("staff", "{name} **done**", "en", "Minji") == "Minji (staff): {name} **done**"


def test_a_coupon_shows_its_code_and_its_last_day() -> None:
    assert text_of("bot", "축하해요!", coupon=COUPON).endswith(
        "🎟 생일 쿠폰\n쿠폰 번호: BDAY-1\n11월 30일(월)까지 쓸 수 있어요."
    )
    assert text_of("bot", "Yours:", "en", coupons=[COUPON]).endswith("• 생일 쿠폰: BDAY-1 (until Mon, Nov 30)")


def test_products_are_a_list_whose_links_and_pictures_can_be_opened_from_anywhere() -> None:
    assert text_of("bot", "이거예요", products=[PRODUCT]) == "이거예요\n\n순한 치약 · 5,900원 (품절)"
    album, _ = render("bot", "", {"products": [{**PRODUCT, "image_url": "https://s.example/p.png"}]}, locale="en")
    assert album == AlbumPart((Photo("https://s.example/p.png", "순한 치약 · ₩5,900 (sold out)"),))


def test_nothing_at_all_still_is_a_message() -> None:
    assert text_of("bot", "  ") == "…"


@given(st.text(st.sampled_from("가😀a \n"), max_size=400), st.integers(2, 60))
def test_pieces_fit_and_together_are_the_text(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(piece.encode("utf-16-le")) // 2 <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_text_is_cut_at_the_last_line_end_that_fits() -> None:
    assert split("하나 둘\n셋 넷\n다섯", 7) == ["하나 둘", "셋 넷\n다섯"]
    assert split("", 8) == []


def test_a_button_carries_a_reference_of_at_most_64_bytes() -> None:
    markup = keyboard("0" * 32, ["가" * 60] * 100)
    assert markup is not None
    assert max(len(str(row[0].callback_data).encode()) for row in markup.inline_keyboard) <= 64
    assert keyboard("0" * 32, []) is None


def test_updates_can_be_stored_whatever_is_in_them() -> None:
    assert storable({"a\x00": ["\ud83d", "😀", float("nan"), 1, None, True]}) == {
        "a\ufffd": ["\ufffd", "😀", None, 1, None, True]
    }


@pytest.mark.parametrize(
    ("body", "chat"),
    [
        ({"update_id": 1, "message": {"chat": {"id": 7}, "from": {"id": 8}}}, "7"),
        ({"update_id": 1, "callback_query": {"from": {"id": 8}}}, "8"),
        ({"update_id": 1, "message": {"chat": 3}}, "update:1"),
        ({"not_an_update": []}, "update:None"),
    ],
)
def test_updates_are_ordered_by_chat(body: dict[str, object], chat: str) -> None:
    assert chat_of(body) == chat


def test_addresses_and_ids() -> None:
    assert _file_url("https://api.telegram.org/bot") == "https://api.telegram.org/file/bot"
    assert bot_id_of("4242:secret") == "4242"
