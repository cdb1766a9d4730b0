"""The tagger as a Rasa component: products, categories, brands and reasons, learnt from data/entities.

Stands behind the intent classifier and the readers of forms, for both tell it something. The platform gives the names it finds
their catalogue ids, and knows the catalogue's own names besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entities.words import Found, found
from bot.kiwi_tokenizer import morphemes
from bot.labelled import Labelled, Span, read_labelled, with_other_goods
from bot.patterns import find_entities
from bot.tag_features import token_features
from bot.tagger import Tagger, train_tagger

PROJECT_ROOT = Path(__file__).resolve().parent.parent
ITEMS = frozenset({"product", "category", "brand"})
# Read from their form, but only the tagger can tell whether they bear on the request or stand in a story around it.
_BEARING = frozenset({"date", "quantity"})
# What was read from its form counts unless the tagger is rather sure that it is none.
_LEAST_CHANCE = 0.05
_REASON = frozenset({"reason"})
# Where the contract wants a reason.
_OF_REASONS = frozenset({"cancel_order", "request_return", "request_exchange", "subscribe_product", "delete_my_data"})
# Where goods are spoken of; a coffee in small talk is nobody's wish.
_OF_GOODS = frozenset({
    "ask_order_status", "list_orders", "cancel_order", "change_address", "request_return", "request_exchange",
    "ask_refund_status", "reorder", "ask_case_status", "search_product", "recommend_product", "similar_product",
    "ask_product_detail", "check_stock", "notify_restock", "add_to_wishlist", "view_cart", "add_to_cart", "checkout",
    "subscribe_product", "redeem_coupon", "complain", "give_feedback", "ask_faq", "nlu_fallback",
})  # fmt: skip
_Prepared = tuple[Sequence[Token], Sequence[Sequence[str]], Sequence[Span]]


def prepare(sentences: Iterable[Labelled], random: Random | None = None) -> Iterator[tuple[str, _Prepared]]:
    """Each sentence's intent, and what a tagger learns from. With `random` every other one without the lexicon of goods, so that
    a name which is not in it can be told by what stands around it."""
    for one in sentences:
        tokens = morphemes(one.text)
        lexicon = random is None or random.random() < 0.5
        read = find_entities(one.text, one.intent)
        features = token_features(one.text, tokens, one.intent, read, lexicon=lexicon)
        yield one.intent, (tokens, features, one.spans)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityTagger(GraphComponent, EntityExtractorMixin):
    """Rasa's component around two `Tagger`s."""

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Tokens."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """What Rasa checks to be installed before training, under names that are both a module's and a distribution's."""
        return ["sklearn_crfsuite"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`labelled`: the folder of labelled sentences, relative to the project."""
        return {"labelled": "data/entities"}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        taggers: tuple[Tagger, Tagger] | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self._taggers = taggers

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityTagger:
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
    ) -> EntityTagger:
        """The component as trained."""
        with model_storage.read_from(resource) as folder:
            items, reasons = (Tagger.of((folder / f"{name}.crfsuite").read_bytes()) for name in ("items", "reasons"))
        return cls(config, model_storage, resource, (items, reasons))

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the labelled sentences, those with goods once more with other goods. Rasa's own data carries no entities."""
        sentences = read_labelled(PROJECT_ROOT / self._config["labelled"])
        own = list(prepare(sentences))
        more = [learnt for _, learnt in prepare(with_other_goods(sentences, Random(0)), Random(0))]
        with TemporaryDirectory() as folder, self._storage.write_to(self._resource) as kept:
            items = train_tagger([*(learnt for _, learnt in own), *more], ITEMS | _BEARING, Path(folder) / "items")
            of_reasons = [learnt for intent, learnt in own if intent in _OF_REASONS]
            reasons = train_tagger(of_reasons, _REASON, Path(folder) / "reasons")
            (kept / "items.crfsuite").write_bytes(items.content)
            (kept / "reasons.crfsuite").write_bytes(reasons.content)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what the taggers find to each message's entities. Raises RuntimeError before training."""
        if self._taggers is None:
            raise RuntimeError("the entity tagger was not trained")
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            text, tokens = message.get(TEXT) or "", message.get(TOKENS_NAMES[TEXT]) or []
            kept, tagged = tag(self._taggers, text, tokens, intent, message.get(ENTITIES, []))
            together = [*kept, *self.add_extractor_name([dict(one) for one in tagged])]
            message.set(ENTITIES, sorted(together, key=lambda one: int(one["start"])), add_to_output=True)
        return messages


def tag(
    taggers: tuple[Tagger, Tagger], text: str, tokens: Sequence[Token], intent: str | None, read: Sequence[Found]
) -> tuple[list[Found], list[Found]]:
    """Of a message understood as `intent`: which of the entities `read` from its form count, and what the taggers find more."""
    if intent not in _OF_GOODS | _OF_REASONS or not text.strip():
        return list(read), []
    items, reasons = taggers
    features = token_features(text, tokens, intent, read)
    spans = items.find(text, tokens, features) if intent in _OF_GOODS else []
    kept = [
        one for one in read if one["entity"] not in _BEARING or intent not in _OF_GOODS or _bears(one, items, tokens)
    ]
    found_more = [span for span in spans if span.entity in ITEMS]
    if intent in _OF_REASONS:
        reason = _likeliest(reasons, reasons.find(text, tokens, features), tokens)
        kept = [one for one in kept if one["entity"] != "reason" or not reason]
        found_more += reason
    return kept, [found(text, span.entity, text[span.start : span.end], span.start, span.end) for span in found_more]


def _bears(one: Found, items: Tagger, tokens: Sequence[Token]) -> bool:
    return items.chance(one["entity"], one["start"], one["end"], tokens) >= _LEAST_CHANCE


def _likeliest(tagger: Tagger, spans: list[Span], tokens: Sequence[Token]) -> list[Span]:
    """A message has one reason: of several clauses the one that the tagger is surest of."""
    return sorted(spans, key=lambda span: tagger.doubt(span, tokens))[:1]
