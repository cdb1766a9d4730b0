"""The tagger of entities as shipped, and its training on a few sentences, in the bot's own environment."""

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
import numpy as np
from bot.entity_tagger import Tagger, tag
from bot.glued import unglue
from bot.goods import mark_goods
from bot.kiwi_tokenizer import morphemes
from bot.labelled import read_labelled, with_other_goods
from bot.patterns import find_entities
from bot.tagging import keras_network, train
from bot.tagging.network import read_networks, save_networks, stacked, together
from bot.tagging.noise import noisy_labelled
from bot.word_vectors import WordVectors

given = json.load(sys.stdin)
vectors = WordVectors.of_file(train.VECTORS)
shipped, learnt_from = read_networks(train.MODEL_FILE)
found = {}
for text, intent in given["texts"]:
    kept, more = tag(Tagger(stacked(shipped), vectors), text, morphemes(text), intent, find_entities(text, intent))
    found[text] = sorted([one["entity"], one["raw"], one["start"]] for one in [*kept, *more])

some = read_labelled(Path("data/entities"))[::40]
other = list(with_other_goods(some, Random(1)))
noised = [noisy_labelled(one, Random(number)) for number, one in enumerate(some)]
examples = train.short_enough(train.example_of(one, vectors) for one in some)
intents = {name: at for at, name in enumerate(["?", *sorted({one.intent for one in examples})])}
losses = []
fitted = keras_network.fit([examples] * 2, intents, 0, losses.append)
keras = keras_network.KerasNetwork(len(intents))
rows, seen_vectors, named, mask, *_ = keras_network.arrays_of(examples[:3], intents, np.random.default_rng(0))
theirs = keras(rows, seen_vectors, named, mask)[0].numpy()[1]
name = next(name for name, at in intents.items() if at == named[1])
numpy_s = np.exp(keras_network.exported(keras, intents).chances(examples[1].seen, name).labels)
softmax = np.exp(theirs - theirs.max(axis=1, keepdims=True))[: len(numpy_s)]
softmax /= softmax.sum(axis=1, keepdims=True)
with TemporaryDirectory() as folder:
    save_networks([fitted], "some", Path(folder) / "some.npz")
    (again,), noted = read_networks(Path(folder) / "some.npz")
one = examples[0]
before, after = fitted.chances(one.seen, one.intent), again.chances(one.seen, one.intent)
json.dump({
    "found": found,
    "current": learnt_from == train.learnt_from(),
    "losses": losses,
    "kept_apart": float(np.abs(np.exp(before.labels) - np.exp(after.labels)).max()),
    "noted": noted,
    "off_keras": float(np.abs(softmax - numpy_s).max()),
    "sum": float(np.exp(together(stacked(shipped), one.seen, one.intent).labels).sum(axis=1).mean()),
    "unglued": {word: unglue(word) for word in given["words"]},
    "marks": mark_goods(morphemes("put the cast iron pot in my cart")),
    "in_text": all(0 <= span.start < span.end <= len(one.text) for one in [*other, *noised] for span in one.spans),
    "unspaced": sum(" " in one.text for one in some) - sum(" " in one.text for one in noised),
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
    ["anything from Lumel under $25 for oily skin?", "search_product"],
    ["할인코드 뽀송1000 써줘", "redeem_coupon"],
    ["put in my m8s referral code TANGO55 4 me", "refer_friend"],
]


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    command = [str(BOT_PYTHON), "-W", "ignore", "-c", SCRIPT]
    given = json.dumps({"texts": TEXTS, "words": WORDS})
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


def test_words_beside_bound_a_price_in_any_money_and_a_code_is_the_whole_word(answer: dict[str, Any]) -> None:
    found = answer["found"]
    assert ["price_max", "$25", 26] in found[TEXTS[5][0]]
    assert ["coupon_code", "뽀송1000", 5] in found[TEXTS[6][0]]
    assert ["referral_code", "TANGO55", 28] in found[TEXTS[7][0]]


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


def test_the_shipped_networks_learnt_from_todays_sentences(answer: dict[str, Any]) -> None:
    # Otherwise: dangol model train --only tagger
    assert answer["current"]


def test_numpy_answers_what_keras_would_and_a_file_keeps_it(answer: dict[str, Any]) -> None:
    assert answer["off_keras"] < 0.01
    assert answer["kept_apart"] < 0.02
    assert answer["noted"] == "some"
    assert answer["sum"] == pytest.approx(1, abs=1e-3)


def test_training_learns(answer: dict[str, Any]) -> None:
    first, last = (float(told.rpartition(" ")[2]) for told in answer["losses"])
    assert last < first


def test_noise_moves_the_entities_along(answer: dict[str, Any]) -> None:
    assert answer["in_text"]
    assert answer["unspaced"] > 50
