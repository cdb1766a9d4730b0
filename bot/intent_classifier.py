"""The intent classifier: n-grams and word vectors into a linear model that trains in minutes and answers in 0.3 ms, and beside it
a network that hears words in their order (`bot.classifying`), trained beforehand and shipped. Each errs in its own way: the
geometric mean of their chances is right more often than either, and surer where both agree.

In place of Rasa's CountVectorsFeaturizer and LogisticRegressionClassifier, which weigh every n-gram alike, fix the strength of
regularisation, and build each vector token by token. Intents in `button_only` are never predicted: they exist for payloads.
The trained model keeps a digest of the word vectors, so that it never meets vectors it was not trained with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.classifying.network import SentenceNetwork, read_network
from bot.features import blocks_of
from bot.kiwi_tokenizer import morphemes
from bot.linear_model import Features, Floats, LinearModel, train_linear_model
from bot.noise import noisy
from bot.requests import sentences_of
from bot.tagging.features import see
from bot.word_vectors import WordVectors, digest_of, vectors_trained_with

RANKS = 10
PROJECT_ROOT = Path(__file__).resolve().parent.parent
DIGEST_FILE = "vectors.sha256"
# What a sentence of a longer message is when it asks for nothing; it counts less beside one that does.
_TALK = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "help", "bot_challenge", "cancel_flow", "chitchat", "abuse",
    "out_of_scope", "complain", "give_feedback",
})  # fmt: skip
_WEIGHT_OF_TALK = 0.3
# What the network counts for beside the linear model; by the development sets.
_SHARE_OF_NETWORK = 0.35
_LEAST = 1e-6
# Where one of the two is this sure of another intent, and twice as sure as of the one that both together are for, messages
# that ask for nothing are six times as many as among the rest: so little confidence is left that nothing is done without a
# yes (actions/doubt.py).
_CONTRADICTED = 0.45
# But for these among each other: whichever is meant, the other only shows something.
_SHOWING = frozenset({
    "ask_order_status", "list_orders", "ask_refund_status", "ask_case_status", "ask_points", "ask_coupons", "ask_tier", "view_cart",
    "check_stock", "ask_product_detail", "search_product", "similar_product", "recommend_product",
})  # fmt: skip
_DOUBTED = 0.49


def features_of(tokens: Sequence[Token], text: str, vectors: WordVectors) -> Features:
    """What the model sees of a tokenized message."""
    return Features(blocks_of([token.lemma for token in tokens], text), vectors.of(tokens))


def _with_noise(examples: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The examples (text, intent), and each once more with slips of the keyboard or without spaces."""
    random = Random(0)
    noised = ((noisy(text, random), intent) for text, intent in examples)
    return [*examples, *((text, intent) for text, intent in noised if text is not None)]


def _chances(model: LinearModel, vectors: WordVectors, tokens: Sequence[Token], text: str) -> Floats:
    """One chance an intent. Of several sentences the one with a request counts as much as the whole: a story around it is none."""
    whole = model.probabilities(features_of(tokens, text, vectors))
    sentences = sentences_of(text)
    if len(sentences) < 2:
        return whole
    aside = np.array([_WEIGHT_OF_TALK if intent in _TALK else 1.0 for intent in model.intents], np.float32)
    singly = [model.probabilities(features_of(morphemes(one), one, vectors)) * aside for one in sentences]
    best = np.max(singly, axis=0)
    mixed: Floats = (whole + best / best.sum()) / 2
    return mixed


def _with_network(chances: Floats, intents: Sequence[str], log_chances: Floats, known: Sequence[str]) -> Floats:
    """The weighted geometric mean, less where they disagree; an intent unknown to the network has the linear model's chance."""
    linear = np.log(chances + _LEAST)
    of_network = dict(zip(known, log_chances, strict=True))
    theirs = np.array([of_network.get(intent, own) for intent, own in zip(intents, linear, strict=True)], np.float32)
    mixed = np.exp((1 - _SHARE_OF_NETWORK) * linear + _SHARE_OF_NETWORK * theirs)
    mixed /= mixed.sum()
    best = int(mixed.argmax())
    if any(_contradicts(each, best, intents) for each in (chances, np.exp(theirs))):
        mixed *= min(1.0, _DOUBTED / float(mixed[best]))
    return np.asarray(mixed, np.float32)


def _contradicts(chances: Floats, best: int, intents: Sequence[str]) -> bool:
    own = int(chances.argmax())
    if own == best or float(chances[own]) < max(_CONTRADICTED, 2 * float(chances[best])):
        return False
    return not {intents[own], intents[best]} <= _SHOWING


@dataclass(frozen=True)
class Trained:
    """What answers: the linear model, the network, and the word vectors that both see."""

    model: LinearModel
    network: SentenceNetwork
    vectors: WordVectors

    def chances(self, tokens: Sequence[Token], text: str) -> Floats:
        """One chance an intent, in the order of the model's."""
        chances = _chances(self.model, self.vectors, tokens, text)
        if not tokens:
            return chances
        seen = see(text, tokens, [], self.vectors, lexicon=False)
        return _with_network(chances, self.model.intents, self.network.log_chances(seen), self.network.intents)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MorphemeIntentClassifier(GraphComponent, IntentClassifier):
    """Rasa's component around `Trained`."""

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Tokens with lemmas."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks to be installed before training."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength`, `min_count`: see train_linear_model. `vectors`, `network`: files, relative to the
        project. `button_only`: intents without utterances of their own."""
        return {
            "strength": 20.0, "min_count": 3, "button_only": [],
            "vectors": "knowledge/model/vectors.npz", "network": "bot/model/sentences.npz",
        }  # fmt: skip

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        trained: Trained | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self._trained = trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MorphemeIntentClassifier:
        """An untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MorphemeIntentClassifier:
        """The component as trained."""
        with model_storage.read_from(resource) as folder:
            settings = {**cls.get_default_config(), **config}
            vectors = vectors_trained_with((folder / DIGEST_FILE).read_text(), PROJECT_ROOT / settings["vectors"])
            network, _ = read_network(PROJECT_ROOT / settings["network"])
            return cls(config, model_storage, resource, Trained(LinearModel.read(folder), network, vectors))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example of every intent that can be written (not `button_only`), and on each with noise."""
        vectors_file = PROJECT_ROOT / self._config["vectors"]
        vectors = WordVectors.of_file(vectors_file)
        examples = [one for one in training_data.intent_examples if one.get(INTENT) not in self._config["button_only"]]
        texts = _with_noise([(one.get(TEXT), one.get(INTENT)) for one in examples])
        # Those as written are tokenized already, and to tokenize is what takes longest here.
        tokens = [one.get(TOKENS_NAMES[TEXT]) for one in examples] + [None] * (len(texts) - len(examples))
        features = [
            features_of(known or morphemes(text), text, vectors) for known, (text, _) in zip(tokens, texts, strict=True)
        ]
        labels = [intent for _, intent in texts]
        model = train_linear_model(features, labels, self._config["strength"], self._config["min_count"])
        with self._storage.write_to(self._resource) as folder:
            model.save(folder)
            (folder / DIGEST_FILE).write_text(digest_of(vectors_file))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent and intent_ranking. Raises RuntimeError before training."""
        if self._trained is None:
            raise RuntimeError("the intent classifier was not trained")
        intents = self._trained.model.intents
        for message in messages:
            chances = self._trained.chances(message.get(TOKENS_NAMES[TEXT]), message.get(TEXT))
            best = np.argsort(-chances)[:RANKS]
            ranking = [{"name": intents[at], "confidence": float(chances[at])} for at in best]
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set("intent", dict(ranking[0]), add_to_output=True)
        return messages
