"""Entities read from a message's form (see `patterns`), as a Rasa component."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.patterns import find_entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PatternEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds every entity but product, brand and category. Behind the intent classifier: some depend on what is asked."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PatternEntityExtractor:
        """Nothing to configure, nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's entities: {entity, value (normalised), raw (the words themselves), start, end, extractor}."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            found = [dict(entity) for entity in find_entities(message.get(TEXT) or "", intent)]
            entities = message.get(ENTITIES, []) + self.add_extractor_name(found)
            message.set(ENTITIES, entities, add_to_output=True)
        return messages
