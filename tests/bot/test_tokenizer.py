"""The Kiwi tokenizer, in the bot's own environment."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from core.settings import PROJECT_ROOT
from dangol.training import BOT_PYTHON, quiet_rasa

pytestmark = pytest.mark.integration

TEXTS = [
    "쿠폰을 썼어요",
    "나이키를 샀어 Where is My ORDER?",
    "  😀👍🏽 3만원 이하로",
    "배송언제와요ㅠㅠ",
    "   ",
    "a\ud800b\x00c",
]
SCRIPT = """
import json, sys
from bot.kiwi_tokenizer import load_kiwi, morphemes
assert load_kiwi() is load_kiwi()
tokens = [[[t.text, t.start, t.end, t.lemma, t.get("pos")] for t in morphemes(text)] for text in json.load(sys.stdin)]
json.dump(tokens, sys.stdout)
"""


@pytest.fixture(scope="module")
def tokens() -> dict[str, list[list[Any]]]:
    command = [str(BOT_PYTHON), "-W", "ignore", "-c", SCRIPT]
    done = subprocess.run(
        command, input=json.dumps(TEXTS), capture_output=True, text=True, cwd=PROJECT_ROOT, env=quiet_rasa(), check=True
    )
    return dict(zip(TEXTS, json.loads(done.stdout), strict=True))


def test_particles_are_split_from_nouns_and_verbs_have_their_dictionary_form(
    tokens: dict[str, list[list[Any]]],
) -> None:
    assert [(text, lemma, tag) for text, _, _, lemma, tag in tokens["쿠폰을 썼어요"]] == [
        ("쿠폰", "쿠폰", "NNG"),
        ("을", "을", "JKO"),
        ("썼", "쓰다", "VV"),
        ("썼", "었", "EP"),
        ("어요", "어요", "EF"),
    ]


def test_english_is_counted_in_lower_case(tokens: dict[str, list[list[Any]]]) -> None:
    assert [one[3] for one in tokens[TEXTS[1]] if one[4] == "SL"] == ["where", "is", "my", "order"]
    assert [one[0] for one in tokens[TEXTS[1]] if one[4] == "SL"] == ["Where", "is", "My", "ORDER"]


@pytest.mark.parametrize("text", TEXTS)
def test_offsets_are_those_of_the_text(tokens: dict[str, list[list[Any]]], text: str) -> None:
    assert tokens[text]
    assert all(text[start:end] == surface for surface, start, end, _, _ in tokens[text])


def test_words_run_together_are_taken_apart(tokens: dict[str, list[list[Any]]]) -> None:
    assert [one[3] for one in tokens["배송언제와요ㅠㅠ"]][:3] == ["배송", "언제", "오다"]
