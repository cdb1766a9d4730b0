"""The two models that tell intents, the linear one and the sentence network, in the bot's own environment."""

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
from tempfile import TemporaryDirectory
import numpy as np
from bot.classifying import keras_network, train
from bot.classifying.network import read_network, save_network
from bot.intent_classifier import _with_network, features_of
from bot.kiwi_tokenizer import morphemes
from bot.linear_model import Features, LinearModel, train_linear_model
from bot.word_vectors import WordVectors

vectors = WordVectors.of_file(train.VECTORS)
shipped, learnt_from = read_network(train.MODEL_FILE)
heard = {
    text: shipped.intents[int(shipped.log_chances(train.seen_of(text, vectors)).argmax())] for text in json.load(sys.stdin)
}

examples = train.read_examples()
some = [keras_network.Heard(train.seen_of(text, vectors), intent) for text, intent in examples[::120]]
some = [one for one in some if one.seen.rows]
intents = sorted({one.intent for one in some})
losses = []
fitted = keras_network.fit([some] * 2, intents, 0, losses.append)
keras = keras_network.KerasSentenceNetwork(len(intents))
rows, seen_vectors, mask, _ = keras_network.arrays_of(some[:3], {name: at for at, name in enumerate(intents)})
theirs = keras(rows, seen_vectors, mask).numpy()[1]
theirs = np.exp(theirs - theirs.max())
ours = np.exp(keras_network.exported(keras, intents).log_chances(some[1].seen))

three = [one for one in examples if one[1] in ("greet", "request_return", "ask_points")][::9]
labels = [intent for _, intent in three]
seen = [features_of(morphemes(text), text, vectors) for text, _ in three]
linear = train_linear_model(seen, labels, 20.0, 2)
strange = Features(tuple(["\ud800?", "nobody wrote this"] for _ in seen[0].blocks), np.zeros_like(seen[0].vector))
with TemporaryDirectory() as folder:
    save_network(fitted, "some", Path(folder) / "some.npz")
    again, noted = read_network(Path(folder) / "some.npz")
    linear.save(Path(folder))
    same = LinearModel.read(Path(folder))
of_network = np.log(np.array([0.9, 0.1], np.float32))
torn = np.log(np.array([0.48, 0.52], np.float32))
json.dump({
    "heard": heard,
    "current": learnt_from == train.learnt_from(),
    "losses": losses,
    "off_keras": float(np.abs(theirs / theirs.sum() - ours).max()),
    "kept_apart": float(np.abs(np.exp(fitted.log_chances(some[0].seen)) - np.exp(again.log_chances(some[0].seen))).max()),
    "noted": noted,
    "linear_right": float(np.mean([same.intents[int(same.probabilities(f).argmax())] == y for f, y in zip(seen, labels)])),
    "linear_kept": float(max(np.abs(linear.probabilities(f) - same.probabilities(f)).max() for f in seen[:20])),
    "strange": same.probabilities(strange).tolist(),
    "together": _with_network(np.array([0.7, 0.2, 0.1], np.float32), ["a", "b", "new"], of_network, ["a", "b"]).tolist(),
    "torn": _with_network(np.array([0.01, 0.99], np.float32), ["a", "b"], torn, ["a", "b"]).tolist(),
    "against": _with_network(np.array([0.1, 0.9], np.float32), ["a", "b"], of_network, ["a", "b"]).tolist(),
}, sys.stdout)
"""
SAID = {
    "do not cancel it, I changed my mind": "deny",
    "취소하지 마세요": "deny",
    "my jumper came with a hole, I want my money back": "request_return",
    "적립금 얼마나 있어요": "ask_points",
}


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    command = [str(BOT_PYTHON), "-W", "ignore", "-c", SCRIPT]
    done = subprocess.run(
        command,
        input=json.dumps([*SAID]),
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        env=quiet_rasa(),
        check=True,
    )
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_the_shipped_network_hears_requests(answer: dict[str, Any]) -> None:
    assert answer["heard"] == SAID


def test_the_shipped_network_learnt_from_todays_examples(answer: dict[str, Any]) -> None:
    # Otherwise: dangol model train --only sentences
    assert answer["current"]


def test_training_the_network_learns(answer: dict[str, Any]) -> None:
    first, last = (float(told.rpartition(" ")[2]) for told in answer["losses"])
    assert last < first


def test_numpy_answers_what_keras_would_and_a_file_keeps_it(answer: dict[str, Any]) -> None:
    assert answer["off_keras"] < 0.01
    assert answer["kept_apart"] < 0.02
    assert answer["noted"] == "some"


def test_the_linear_model_knows_its_n_grams_again_by_their_hashes(answer: dict[str, Any]) -> None:
    assert answer["linear_right"] > 0.98
    assert answer["linear_kept"] == 0
    assert sum(answer["strange"]) == pytest.approx(1)


def test_two_models_that_agree_are_surer_and_a_new_intent_keeps_its_chance(answer: dict[str, Any]) -> None:
    a, b, new = answer["together"]
    assert a > 0.7
    assert a + b + new == pytest.approx(1)
    assert 0.05 < new < 0.15


def test_where_the_two_disagree_nothing_may_act(answer: dict[str, Any]) -> None:
    # The cheapest request that changes anything acts from 0.5 on (actions/doubt.py).
    first, second = answer["against"]
    assert 0.1 < first < second == pytest.approx(0.49)
    # Two that name the same do not disagree, however little one is sure of it.
    assert answer["torn"][1] > 0.9
