"""English words run together are taken apart, and every character keeps its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.glued import spaced
from bot.patterns import find_entities
from tests.bot.reading import read_one


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("hasorder20261114-0087leftthewarehouseyet", "has order 20261114-0087 left the warehouse yet"),
        ("don'tshipthedumbbells,cancelthatorder", "don't ship the dumbbells, cancel that order"),
        ("swapmyleggingsforanL", "swap my leggings for an L"),
        ("showmeeverythingfromMoru", "show me everything from Moru"),
        ("gotanydupesforthisliptint?", "got any dupes for this lip tint?"),
        ("usecodeSPRING25please", "use code SPRING25 please"),
        ("scratcheditfree:MN4K8Q.Useitonmycart.", "scratched it free: MN4K8Q. Use it on my cart."),
        ("shipto27Haeundae-ro,Haeundae-gu,Busan", "ship to 27 Haeundae-ro, Haeundae-gu, Busan"),
        ("sendittokim.mina@naver.complease", "send it to kim.mina@naver.com please"),
        ("showmeserums under 30k", "show me serums under 30k"),
    ],
)
def test_words_run_together_are_taken_apart(text: str, apart: str) -> None:
    assert spaced(text).text == apart


@pytest.mark.parametrize(
    "text",
    [
        "internationalization of LumoHaru for iPhone", "coupon WELCOME2024X", "exchagne plz", "hello.world see shop.com",
        "SPRING25", "배송지를서울시마포구새빛로12길34로변경해주세요", "unbelievable!!!!", "DG20261118-0231", "",
    ],
)  # fmt: skip
def test_what_is_one_word_stays_one(text: str) -> None:
    assert spaced(text).text == text


@given(st.text("abeinorstuwyASM019 .,@'-환불", max_size=60))
def test_every_character_keeps_its_place(text: str) -> None:
    apart = spaced(text)
    assert len(apart.at) == len(apart.text)
    assert all(sign in (text[at], " ") for sign, at in zip(apart.text, apart.at, strict=True))
    assert sorted(set(apart.at)) == list(range(len(text)))
    for start in range(len(apart.text)):
        begin, end = apart.span(start, len(apart.text))
        assert 0 <= begin <= end == len(text)


@pytest.mark.parametrize(
    ("text", "intent", "entity", "raw"),
    [
        ("couldyoushowmetonersunder20,000won?", "search_product", "price_max", "20,000won"),
        ("Icancelledorder20261101-0077andwouldliketoknowthestateofmyrefund.", "ask_refund_status", "order_number", "20261101-0077"),
        ("배송지를서울시마포구새빛로12길34로변경해주세요", "change_address", "address", "서울시마포구새빛로12길34"),
        ("이메일주소가바뀌었어요.new.sora@example.com으로수정해주세요", "update_profile", "email", "new.sora@example.com"),
        ("don'tsenditthere,use14Dongseong-ro,Jung-gu,Daegu", "change_address", "address", "14Dongseong-ro,Jung-gu,Daegu"),
    ],
)  # fmt: skip
def test_entities_are_read_where_no_blank_stands(text: str, intent: str, entity: str, raw: str) -> None:
    assert raw in [found for found, _ in read_one(entity, text, intent)]
    for one in find_entities(text, intent):
        assert text[one["start"] : one["end"]] == one["raw"]
