"""Colours, sizes and skin types: the catalogue's codes, and nothing inside other words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.bot.reading import read_one

ROOT = Path(__file__).resolve().parents[2]
COLOURS: dict[str, dict[str, list[str]]] = yaml.safe_load((ROOT / "bot/entities/colours.yml").read_text("utf-8"))

CATALOGUE: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (ROOT / "dangol/demo/catalogue/attributes.yml").read_text("utf-8")
)["colours"]


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("파란색 있어요?", "파란색", "blue"),
        ("파랑으로 주세요", "파랑", "blue"),
        ("네이비 티셔츠요", "네이비", "navy"),
        ("까만 거 있나요", "까만", "black"),
        ("검정운동화 찾아요", "검정", "black"),
        ("흰 티 있어요", "흰", "white"),
        ("민트로 바꿔주세요", "민트", "mint"),
        ("로즈 색으로요", "로즈", "rose"),
        ("black one please", "black", "black"),
        ("a light blue shirt", "light blue", "sky"),
        ("Navy-blue socks", "Navy-blue", "navy"),
        ("do you have it in mint?", "mint", "mint"),
        ("a rose mug", "rose", "rose"),
        ("ｎａｖｙ", "ｎａｖｙ", "navy"),
    ],
)
def test_a_colour(text: str, raw: str, value: str) -> None:
    assert read_one("colour", text) == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "검은콩 차",
        "Greenland",
        "블루베리 잼",
        "로즈 토너",
        "민트 차",
        "mint tea",
        "black tea",
        "블랙베리",
        "blacklist",
        "그린티",
        "rose toner",
    ],
)
def test_no_colour(text: str) -> None:
    assert read_one("colour", text) == []


def test_what_is_said_in_passing_is_no_colour_but_an_answer_is_one() -> None:
    assert read_one("colour", "I feel blue today", "chitchat") == []
    assert read_one("colour", "블랙이요", "chitchat") == [("블랙", "black")]


def test_a_tier_is_no_colour() -> None:
    assert read_one("colour", "골드로 올라가려면요?", "ask_tier") == []


@given(st.sampled_from([(word, code) for code, kinds in COLOURS.items() for word in kinds["ko"] + kinds["en"]]))
def test_every_word_means_its_code_and_nothing_within_a_word(word_and_code: tuple[str, str]) -> None:
    word, code = word_and_code
    assert read_one("colour", f"{word} 있어요?") == [(word, code)]
    inside = f"갸{word}뷁" if word in COLOURS[code]["ko"] else f"x{word}x"
    assert read_one("colour", inside) == []


@given(
    st.sampled_from([(word, code) for code, kinds in CATALOGUE.items() for words in kinds.values() for word in words])
)
def test_every_word_of_the_catalogue_alone_is_its_code(word_and_code: tuple[str, str]) -> None:
    word, code = word_and_code
    assert [value for _, value in read_one("colour", word)] == [code]


def test_the_codes_are_the_catalogues() -> None:
    assert set(COLOURS) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("쿠션 21호로 바꿔 주세요", "21호", "21"),
        ("is shade 23 available", "23", "23"),
        ("which foundations come in 22", "22", "22"),
    ],
)
def test_a_shade_is_a_colour(text: str, raw: str, value: str) -> None:
    assert read_one("colour", text) == [(raw, value)]


@pytest.mark.parametrize("text", ["21개", "which tea comes in 22", "1203호", "쿠션 21,000원"])
def test_no_shade(text: str) -> None:
    assert read_one("colour", text) == []


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("라지로 바꿔주세요", "라지", "L"),
        ("대자 있어요?", "대자", "L"),
        ("L", "L", "L"),
        ("xl 있나요", "xl", "XL"),
        ("L 사이즈로요", "L", "L"),
        ("사이즈 M이요", "M", "M"),
        ("95", "95", "95"),
        ("100으로 교환", "100", "100"),
        ("250", "250", "250"),
        ("255mm 있나요", "255mm", "255"),
        ("270 사이즈", "270", "270"),
        ("퀸", "퀸", "queen"),
        ("퀸 사이즈 이불", "퀸", "queen"),
        ("이불 커버 퀸으로", "퀸", "queen"),
        ("프리사이즈예요?", "프리사이즈", "free"),
        ("size 8", "8", "8"),
        ("size ten please", "ten", "10"),
        ("It's a size M.", "M", "M"),
        ("in a large please", "large", "L"),
        ("extra large", "extra large", "XL"),
        ("is it one size?", "one size", "free"),
        ("king size duvet", "king", "king"),
    ],
)
def test_a_size(text: str, raw: str, value: str) -> None:
    assert read_one("size", text) == [(raw, value)]


@pytest.mark.parametrize(
    "text",
    [
        "one size up", "one size bigger please", "사라지나요", "A/S 되나요", "a small gift", "too small", "medium roast",
        "미디엄 로스트", "250원", "250ml", "5000점", "소고기", "한 사이즈 크게", "I'm Sam", "3 sizes", "Moru rose toner", "더블 샷",
    ],
)  # fmt: skip
def test_no_size(text: str) -> None:
    assert read_one("size", text) == []


def test_a_letter_or_a_shoe_size_stands_alone_where_goods_are_spoken_of() -> None:
    assert read_one("size", "got 265?", "check_stock") == [("265", "265")]
    assert read_one("size", "레깅스 M 들어오면 연락 주세요", "notify_restock") == [("M", "M")]
    assert read_one("size", "got 265?", "ask_points") == []
    assert read_one("size", "do you have Moru toner, 250g?", "check_stock") == []


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("건성인데 추천해줘", "건성", "dry"),
        ("악건성이에요", "악건성", "dry"),
        ("지성용 토너", "지성", "oily"),
        ("복합성 피부", "복합성", "combination"),
        ("수부지", "수부지", "combination"),
        ("예민한 피부에 맞는", "예민한 피부", "sensitive"),
        ("피부가 좀 건조해요", "건조", "dry"),
        ("여드름 피부용", "여드름 피부", "acne_prone"),
        ("dry skin", "dry", "dry"),
        ("oily", "oily", "oily"),
        ("my skin is really sensitive", "sensitive", "sensitive"),
        ("for acne-prone skin", "acne-prone", "acne_prone"),
    ],
)
def test_a_skin_type(text: str, raw: str, value: str) -> None:
    assert read_one("skin_type", text) == [(raw, value)]


def test_two_skin_types() -> None:
    assert read_one("skin_type", "dry, sensitive skin") == [("dry", "dry"), ("sensitive", "sensitive")]
    assert read_one("skin_type", "복합성이지만 민감성이에요") == [("복합성", "combination"), ("민감성", "sensitive")]


@pytest.mark.parametrize("text", ["중성 세제", "dry shampoo", "normal delivery", "건성건성", "a combination lock"])
def test_no_skin_type(text: str) -> None:
    assert read_one("skin_type", text) == []


@pytest.mark.parametrize(
    ("text", "entity", "raw"),
    [
        ("블랙 말고 화이트로 보여줘", "colour", "화이트"),
        ("white instead of black", "colour", "white"),
        ("M에서 L로 교환", "size", "L"),
        ("from M to L please", "size", "L"),
        ("M -> L", "size", "L"),
        ("change it to white, I already received the grey", "colour", "white"),
        ("i got pink but ordered mint, please swap", "colour", "mint"),
        ("핑크를 시켰는데 보라가 왔어요", "colour", "핑크"),
        ("M, no wait, L please", "size", "L"),
        ("M 아니 L로 바꿔줘", "size", "L"),
        ("255 샀는데 260으로 바꿔줘요", "size", "260"),
        ("pls swap the M for a L", "size", "L"),
        ("need XL insted of L", "size", "XL"),
        ("swap the white one 4 black", "colour", "black"),
        ("trade my coral swim cap for the black one plz", "colour", "black"),
    ],
)
def test_of_an_old_and_a_new_value_the_wanted_one(text: str, entity: str, raw: str) -> None:
    assert [one for one, _ in read_one(entity, text, "request_exchange")] == [raw]


@pytest.mark.parametrize(
    ("text", "entity", "raw", "intent"),
    [
        ("not SPRING5, use SPRING20", "coupon_code", "SPRING20", "redeem_coupon"),
        ("promo HELLO20 말고 BYE30 적용해줘", "coupon_code", "BYE30", "redeem_coupon"),
        ("010-1234-5678로 돼있는데 그거 말고 010-8765-4321이요", "phone", "010-8765-4321", "update_profile"),
        ("text me, no, scratch that, email me when it is back", "channel", "email", "notify_restock"),
    ],
)
def test_of_two_codes_numbers_or_ways_the_wanted_one(text: str, entity: str, raw: str, intent: str) -> None:
    assert [one for one, _ in read_one(entity, text, intent)] == [raw]


def test_what_alone_is_left_is_wanted() -> None:
    assert [one for one, _ in read_one("colour", "차콜 말고는 다 품절이네요")] == ["차콜"]


def test_a_refused_colour_is_none() -> None:
    assert read_one("colour", "블랙 말고 다른 색 있어요?") == []
