"""Names of the catalogue in a sentence: particles, spacing, case, plurals, and words that only look like names."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.catalogue_terms import Gazetteer
from tests.knowledge.conftest import CREAM, SHELF, TONER, Sold

WORDS: dict[str, dict[str, Any]] = {
    "categories": {
        "cosmetics": {"name": {"ko": "화장품", "en": "Beauty"}, "synonyms": {"ko": ["코스메틱"], "en": ["skincare"]}}
    },
    "brands": {"moru": {"ko": "모루", "en": "Moru", "synonyms": {"ko": ["모루화장품"], "en": []}}},
}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(SHELF, WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("모루 로즈토너를 사고 싶어요", [("brand", "모루", "moru"), ("product", "로즈토너", "rose-toner")]),
        ("토너 추천해 줘", [("category", "토너", "toner")]),
        ("토너추천해줘", [("category", "토너", "toner")]),
        ("모루에서 나온 크림은요?", [("brand", "모루", "moru"), ("category", "크림", "cream")]),
        ("컵을 찾아요", [("category", "컵", "mug")]),
        ("컵라면 있어요?", []),
        ("러닝화랑 달머그컵", [("category", "러닝화", "shoes"), ("product", "달머그컵", "moon-mug")]),
        ("화장품 뭐 있어요", [("category", "화장품", "cosmetics")]),
        ("MORU rose  toner please", [("brand", "MORU", "moru"), ("product", "rose  toner", "rose-toner")]),
        ("any good toners or mugs?", [("category", "toner", "toner"), ("category", "mug", "mug")]),
        ("a smug toneresque thing", []),
        ("Moru제품 skincare", [("brand", "Moru", "moru"), ("category", "skincare", "cosmetics")]),
        ("아이스크림 먹고 싶다", []),
        ("", []),
        ("🙂 /restart ' OR 1=1", []),
    ],
)
def test_names_are_found_with_their_place(
    gazetteer: Gazetteer, text: str, expected: list[tuple[str, str, str]]
) -> None:
    found = gazetteer.find(text)
    assert [(term.entity, term.raw, term.value) for term in found] == expected
    assert all(text[term.start : term.end] == term.raw for term in found)


def test_letters_that_change_length_keep_offsets(gazetteer: Gazetteer) -> None:
    text = "İİ 토너"
    (term,) = gazetteer.find(text)
    assert text[term.start : term.end] == "토너"


BEANS = {"ko": ["원두"], "en": ["coffee beans"]}
LONG_NAMES = [
    Sold("huila-200", "food", "beans", BEANS, None, {}, {"ko": "콜롬비아 우일라 원두 200g", "en": "Colombia Huila Beans 200 g"}, 1),
    Sold("huila-500", "food", "beans", BEANS, None, {}, {"ko": "콜롬비아 우일라 원두 500g", "en": "Colombia Huila Beans 500 g"}, 1),
    Sold("yirga", "food", "beans", BEANS, None, {}, {"ko": "에티오피아 예가체프 원두", "en": "Ethiopia Yirgacheffe Beans"}, 1,
         description={"ko": "재스민 향이 나는 원두예요.", "en": "Jasmine in a cup."}),
    Sold("hands", "care", "cream", CREAM, None, {}, {"ko": "일하는 손 크림", "en": "Working Hands Cream"}, 1),
    Sold("jasmine", "care", "toner", TONER, None, {}, {"ko": "재스민 클래식 토너", "en": "Jasmine Classic Toner"}, 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def long_names() -> Gazetteer:
    return Gazetteer(LONG_NAMES, None, ["배송 준비는 클래식 상자에 담아요."])


@pytest.mark.parametrize(
    ("text", "raw", "ids"),
    [
        ("에티오피아 예가체프 원두 있어요?", "에티오피아 예가체프 원두", ("yirga",)),
        ("예가체프를 다시 사고 싶어요", "예가체프", ("yirga",)),
        ("예가체프원두 주세요", "예가체프원두", ("yirga",)),
        ("콜롬비아 우일라 원두 500g", "콜롬비아 우일라 원두 500g", ("huila-500",)),
        ("콜롬비아 우일라 원두 있나요", "콜롬비아 우일라 원두", ("huila-200", "huila-500")),
        ("우일라 원두는요?", "우일라 원두", ("huila-200", "huila-500")),
        ("Huila Beans please", "Huila Beans", ("huila-200", "huila-500")),
        ("do you have ethiopia yirgacheffe", "ethiopia yirgacheffe", ("yirga",)),
        ("예가체페 원두", "예가체페 원두", ("yirga",)),
        ("Etiopia Yirgacheffe Beans", "Etiopia Yirgacheffe Beans", ("yirga",)),
    ],
)
def test_parts_and_misspelt_names(long_names: Gazetteer, text: str, raw: str, ids: tuple[str, ...]) -> None:
    (term,) = long_names.find(text)
    assert (term.entity, term.raw, term.ids) == ("product", raw, ids)
    assert term.value == (ids[0] if len(ids) == 1 else None)


@pytest.mark.parametrize(
    "text",
    ["일하는 시간이 언제예요?", "working hours", "재스민 차", "클래식 상자", "200g", "with both hands", "한 손으로"],
)
def test_words_that_say_nothing_are_no_names(long_names: Gazetteer, text: str) -> None:
    assert long_names.find(text) == []


def test_a_name_that_two_kinds_share_gives_both() -> None:
    rows = [
        Sold("a", "home", "mug", {"ko": ["잔"], "en": ["cup"]}, None, {}, {"ko": "하나", "en": "One"}, 1),
        Sold("b", "home", "glass", {"ko": ["유리잔"], "en": ["cup", "glass"]}, None, {}, {"ko": "둘", "en": "Two"}, 1),
    ]
    (term,) = Gazetteer(rows).find("any cups?")
    assert (term.value, term.ids) == (None, ("mug", "glass"))


def test_a_text_that_ends_within_a_longer_name(gazetteer: Gazetteer) -> None:
    assert [term.value for term in gazetteer.find("로즈 토너")] == ["rose-toner"]
    assert [term.value for term in gazetteer.find("머그")] == []
