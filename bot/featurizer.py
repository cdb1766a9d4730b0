"""The project's word vectors as features for any classifier of Rasa's, DIET for instance.

    pipeline:
      - name: bot.kiwi_tokenizer.KiwiTokenizer
      - name: bot.featurizer.EmbeddedFeaturizer
      - name: DIETClassifier

With another tokenizer English words are found and Korean ones are not: Korean vectors belong to morphemes. config.yml does
without this component, since the project's classifier reads the vectors itself (docs/ablation.md says what each is worth).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intent_classifier import DIGEST_FILE, PROJECT_ROOT
from bot.word_vectors import WordVectors, digest_of, vectors_trained_with


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EmbeddedFeaturizer(DenseFeaturizer, GraphComponent):
    """Float32 features: a vector a token [tokens, dim] and one of the message [1, dim]; zeros for what is not known.

    "Training" keeps a digest of the vectors in the model, so that it never meets vectors it was not trained with.
    """

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Tokens, best with lemmas and parts of speech."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`vectors`: a file, relative to the project; `alias`: see Rasa."""
        return {**DenseFeaturizer.get_default_config(), "vectors": "knowledge/model/vectors.npz"}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Any will do: a file that is missing is named when it is read."""

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        storage: ModelStorage,
        resource: Resource,
        vectors: WordVectors | None = None,
    ) -> None:
        super().__init__(name, {**self.get_default_config(), **config})
        self._storage = storage
        self._resource = resource
        self._vectors = vectors

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmbeddedFeaturizer:
        """A component that has yet to know its vectors."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EmbeddedFeaturizer:
        """The component with the vectors that its model was trained with."""
        with model_storage.read_from(resource) as folder:
            digest = (folder / DIGEST_FILE).read_text()
        vectors = vectors_trained_with(digest, PROJECT_ROOT / {**cls.get_default_config(), **config}["vectors"])
        return cls(config, execution_context.node_name, model_storage, resource, vectors)

    def train(self, training_data: TrainingData) -> Resource:
        """Note which vectors they are; the sentences do not matter. Raises FileNotFoundError without the file."""
        source = PROJECT_ROOT / self._config["vectors"]
        with self._storage.write_to(self._resource) as folder:
            (folder / DIGEST_FILE).write_text(digest_of(source))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every example in place."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to every tokenized attribute of each message. Raises RuntimeError before training."""
        if self._vectors is None:
            raise RuntimeError("the featurizer was not trained")
        for message in messages:
            for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
                if tokens := message.get(TOKENS_NAMES[attribute]):
                    each = np.stack([self._vectors.of([token]) for token in tokens])
                    whole = self._vectors.of(tokens)[np.newaxis]
                    self.add_features_to_message(each, whole, attribute, message)
        return messages
