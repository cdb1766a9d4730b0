"""Whole Rasa pipelines, trained and asked as Rasa does it."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.model_training import train_nlu

from bot.ablation.samples import Result, Sample, measured

Pipeline = list[dict[str, Any]]
_WORDS = {"name": "CountVectorsFeaturizer"}
_PIECES = {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}
_PATTERNS = [{"name": "RegexFeaturizer"}, {"name": "LexicalSyntacticFeaturizer"}]


def _diet(epochs: int) -> dict[str, Any]:
    return {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True, "random_seed": 0}


def stock_logistic() -> Pipeline:
    """Rasa's own sparse features into Rasa's own logistic regression, all with their defaults."""
    return [
        {"name": "WhitespaceTokenizer"},
        _WORDS,
        _PIECES,
        {"name": "LogisticRegressionClassifier", "random_state": 0},
    ]


def stock_diet(epochs: int) -> Pipeline:
    """What `rasa init` writes, up to the classifier."""
    return [{"name": "WhitespaceTokenizer"}, *_PATTERNS, _WORDS, _PIECES, _diet(epochs)]


def kiwi_diet(epochs: int) -> Pipeline:
    """DIET over morphemes, the project's word vectors beside Rasa's sparse features."""
    kiwi = {"name": "bot.kiwi_tokenizer.KiwiTokenizer"}
    vectors = {"name": "bot.featurizer.EmbeddedFeaturizer"}
    return [kiwi, vectors, *_PATTERNS, _WORDS, _PIECES, _diet(epochs)]


def project() -> Pipeline:
    """The project's intent classifier in Rasa, as config.yml has it but for the entities and the fallback."""
    return [
        {"name": "bot.kiwi_tokenizer.KiwiTokenizer"},
        {"name": "bot.intent_classifier.MorphemeIntentClassifier"},
    ]


def measure(name: str, pipeline: Pipeline, training: Sequence[Sample], asked: Sequence[Sample]) -> Result:
    """Train in a folder of its own and ask one message after another. RASA_MAX_CACHE_SIZE=0 keeps Rasa from remembering."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        model = _train(Path(folder), pipeline, training)
        seconds = time.perf_counter() - began
        processor = Agent.load(str(model)).processor
        if processor is None:
            raise RuntimeError(f"{name}: no model was written")
        heard = list(_ask(processor, (sample.text for sample in asked)))
        return measured(name, training, asked, heard, (model.stat().st_size / 1e6, seconds))


def _train(folder: Path, pipeline: Pipeline, training: Sequence[Sample]) -> Path:
    config, data = folder / "config.yml", folder / "nlu.json"
    config.write_text(
        yaml.safe_dump({"recipe": "default.v1", "language": "ko", "pipeline": pipeline}), encoding="utf-8"
    )
    # Rasa's JSON form takes every text as it is; in its YAML brackets would be entities.
    examples = [{"text": sample.text, "intent": sample.intent} for sample in training]
    data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8")
    return Path(train_nlu(str(config), str(data), str(folder), fixed_model_name="model"))


def _ask(processor: MessageProcessor, texts: Iterable[str]) -> Iterator[tuple[str, float]]:
    loop = asyncio.new_event_loop()
    try:
        # Dictionaries are loaded and graphs traced with the first messages.
        for text in ("안녕하세요, 배송비가 얼마예요?", "hi, where is my order?") * 3:
            loop.run_until_complete(processor.parse_message(UserMessage(text)))
        for text in texts:
            began = time.perf_counter()
            parsed = loop.run_until_complete(processor.parse_message(UserMessage(text)))
            yield str(parsed["intent"]["name"]), (time.perf_counter() - began) * 1000
    finally:
        loop.close()
