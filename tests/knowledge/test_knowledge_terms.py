"""Names of the catalogue in a sentence: particles, spacing, case, plurals, and words that only look like names."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.catalogue_terms import Gazetteer
from tests.knowledge.conftest import SHELF

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
