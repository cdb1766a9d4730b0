"""The word vectors as features of a Rasa pipeline, in the bot's own environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from core.settings import PROJECT_ROOT
from dangol.training import BOT_PYTHON, quiet_rasa

pytestmark = pytest.mark.integration

TEXTS = ["쿠폰을 주문했어요", "where is my parcel", "환불 refund", "🙂", " "]
SCRIPT = """
import json, sys
from pathlib import Path
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from bot.featurizer import EmbeddedFeaturizer
from bot.kiwi_tokenizer import KiwiTokenizer

made = ({}, LocalModelStorage(Path(sys.argv[1])), Resource("vectors"), ExecutionContext(GraphSchema({}), node_name="run"))
untrained = EmbeddedFeaturizer.create(*made)
try:
    untrained.process([])
    sys.exit("worked without vectors")
except RuntimeError:
    pass
untrained.train(TrainingData())
featurizer = EmbeddedFeaturizer.load(*made)

def featurized(tokenizer, texts):
    messages = [Message({"text": text}) for text in texts]
    tokenizer.process(messages)
    featurizer.process_training_data(TrainingData(messages))
    return messages

def described(message):
    sequence, sentence = (features.features for features in message.get_dense_features("text", []))
    return {
        "tokens": len(message.get(TOKENS_NAMES["text"])), "shapes": [sequence.shape, sentence.shape],
        "types": [str(sequence.dtype), str(sentence.dtype)],
        "length": float(np.linalg.norm(sentence)), "known": int(sequence.any(axis=1).sum()),
    }

def likeness(left, right):
    a, b = (message.get_dense_features("text", [])[1].features[0] for message in featurized(kiwi, [left, right]))
    return float(a @ b)

kiwi = KiwiTokenizer(KiwiTokenizer.get_default_config())
plain = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())
texts = json.load(sys.stdin)
json.dump({
    "kiwi": dict(zip(texts, map(described, featurized(kiwi, texts)))),
    "plain": dict(zip(texts, map(described, featurized(plain, texts[:2])))),
    "near": likeness("환불해 주세요", "돈 돌려줘요"), "far": likeness("환불해 주세요", "날씨가 좋네요"),
}, sys.stdout)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("storage")
    done = subprocess.run(
        [str(BOT_PYTHON), "-W", "ignore", "-c", SCRIPT, str(folder)], input=json.dumps(TEXTS), capture_output=True,
        text=True, cwd=PROJECT_ROOT, env=quiet_rasa(), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_each_token_and_the_message_have_a_vector(seen: dict[str, Any], text: str) -> None:
    found = seen["kiwi"][text]
    dim = found["shapes"][1][1]
    assert found["shapes"] == [[found["tokens"], dim], [1, dim]]
    assert found["types"] == ["float32", "float32"]


def test_halves_of_known_words_have_unit_length_and_the_unknown_is_zero(seen: dict[str, Any]) -> None:
    lengths = [seen["kiwi"][text]["length"] for text in TEXTS]
    assert lengths == pytest.approx([1, 1, 2**0.5, 0, 0], abs=1e-4)


def test_sentences_that_share_no_word_are_near_where_they_mean_the_same(seen: dict[str, Any]) -> None:
    assert seen["near"] > seen["far"] + 0.1


def test_with_another_tokenizer_english_words_are_known(seen: dict[str, Any]) -> None:
    assert seen["plain"]["where is my parcel"]["known"] == 4
    assert seen["plain"]["쿠폰을 주문했어요"]["known"] == 0
