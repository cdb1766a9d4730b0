"""The tagger of goods and reasons, trained on a few labelled sentences in the bot's own environment."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from core.settings import PROJECT_ROOT
from dangol.training import BOT_PYTHON, quiet_rasa

pytestmark = pytest.mark.integration

SCRIPT = r"""
import json, sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from bot.entity_tagger import ITEMS, prepare, tag
from bot.glued import unglue
from bot.goods import mark_goods
from bot.kiwi_tokenizer import morphemes
from bot.labelled import read_labelled, with_other_goods
from bot.patterns import find_entities
from bot.tagger import train_tagger

given = json.load(sys.stdin)
sentences = [one for one in read_labelled(Path("data/entities")) if one.intent in given["intents"]]
other = list(with_other_goods(sentences[:400], Random(1)))
learnt = [one for _, one in prepare(sentences)]
with TemporaryDirectory() as folder:
    items = train_tagger(learnt, ITEMS | {"date", "quantity"}, Path(folder) / "items")
    reasons = train_tagger(learnt, {"reason"}, Path(folder) / "reasons")
found = {}
for text, intent in given["texts"]:
    kept, more = tag((items, reasons), text, morphemes(text), intent, find_entities(text, intent))
    found[text] = sorted([one["entity"], one["raw"], one["start"]] for one in [*kept, *more])
json.dump({
    "found": found,
    "unglued": {word: unglue(word) for word in given["words"]},
    "marks": mark_goods(morphemes("put the cast iron pot in my cart")),
    "in_text": all(0 <= span.start < span.end <= len(one.text) for one in other for span in one.spans),
    "brands": sum(span.entity == "brand" for one in other for span in one.spans),
}, sys.stdout)
"""
WORDS = ["whereismyorder", "cancelmyorderplease", "exchagne", "moisturizer", "toner"]
TEXTS = [
    ["머그컵 반품할게요 깨져서 왔어요", "request_return"],
    ["please return the garlic press, it broke", "request_return"],
    ["하늘색 물뿌리개 두 개 담아줘", "add_to_cart"],
    ["안녕하세요", "greet"],
    ["   ", "add_to_cart"],
]


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    command = [str(BOT_PYTHON), "-W", "ignore", "-c", SCRIPT]
    given = json.dumps({"texts": TEXTS, "words": WORDS, "intents": ["request_return", "add_to_cart"]})
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=PROJECT_ROOT, env=quiet_rasa(), check=True
    )
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_goods_are_found_without_particles_and_whether_or_not_a_catalogue_has_them(answer: dict[str, Any]) -> None:
    found = answer["found"]
    assert ["product", "머그컵", 0] in found[TEXTS[0][0]]
    assert ["product", "garlic press", 18] in found[TEXTS[1][0]]
    assert ["product", "물뿌리개", 4] in found[TEXTS[2][0]]
    assert ["quantity", "두 개", 9] in found[TEXTS[2][0]]


def test_a_message_has_one_reason_at_most(answer: dict[str, Any]) -> None:
    for entities in answer["found"].values():
        assert sum(entity == "reason" for entity, _, _ in entities) <= 1
    assert any(entity == "reason" for entity, _, _ in answer["found"][TEXTS[0][0]])


def test_small_talk_and_blanks_hold_no_goods(answer: dict[str, Any]) -> None:
    assert answer["found"]["안녕하세요"] == []
    assert answer["found"]["   "] == []


def test_words_run_together_are_taken_apart_and_single_words_are_not(answer: dict[str, Any]) -> None:
    assert answer["unglued"] == {
        "whereismyorder": ["where", "is", "my", "order"],
        "cancelmyorderplease": ["cancel", "my", "order", "please"],
        "exchagne": ["exchagne"],
        "moisturizer": ["moisturizer"],
        "toner": ["toner"],
    }


def test_the_lexicon_marks_names_of_several_words(answer: dict[str, Any]) -> None:
    assert answer["marks"] == [None, None, "B", "I", "E", None, None, None]


def test_other_goods_keep_their_places_and_some_get_a_brand(answer: dict[str, Any]) -> None:
    assert answer["in_text"]
    assert answer["brands"] > 20
