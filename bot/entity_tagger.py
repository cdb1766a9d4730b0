"""The tagger as a Rasa component: what is asked for and why, and which of the forms that were read bear on the request.

Stands behind the intent classifier and the readers of forms, for both tell it something. Its networks are trained beforehand
(`python -m bot.tagging.train`) and shipped. The platform gives the names it finds their catalogue ids, and knows the catalogue's
own names besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.amounts import scan
from bot.entities.choices import keep_wanted
from bot.entities.words import Found
from bot.labelled import Span
from bot.makers import find_makers
from bot.patterns import find_entities
from bot.prices import bound_at
from bot.tagging.features import see
from bot.tagging.labels import LABELS, OF_REASONS, REASON_LABELS, best_path, spans_of
from bot.tagging.network import Chances, Network, read_networks, stacked, together
from bot.word_vectors import WordVectors

PROJECT_ROOT = Path(__file__).resolve().parent.parent
GOODS = frozenset({"product", "category", "brand"})
# Their form alone tells what they are; the rest is read with the sentence around it.
_SURE_BY_FORM = frozenset({"email", "phone", "order_number", "address"})
# What the readers know a part of, and the networks the rest: a building behind its street, a half behind its stars.
_WIDENED = frozenset({"address", "order_number", "rating", "coupon_code", "referral_code", "size", "colour"})
# Goods have numbers too (WH-1000): they are no order's.
_NO_ORDERS = frozenset({
    "search_product", "similar_product", "recommend_product", "ask_product_detail", "check_stock", "notify_restock", "add_to_cart",
    "add_to_wishlist",
})  # fmt: skip
# An entity must be so much likelier than none, as a logarithm: the development sets hold more that is only scenery than
# the labelled sentences do.
_MARGIN = 1.0
_NEVER = -1e6
_FEWEST_DIGITS = {"order_number": 3, "phone": 7}
# Prices that are no won: asked for, but the shop has no rate for them.
_OTHER_MONEY = re.compile(
    r"[$£€¥]|\b(?:bucks?|quid|dollars?|euros?|pounds?|usd|eur|gbp)\b|달러|유로|엔$", re.IGNORECASE
)
# What was read from its form counts unless the networks think that it is none.
_LEAST_CHANCE = 0.2
_SYLLABLE = re.compile(r"[가-힣]")
_BOUND_BEHIND = re.compile(r"\s(?:색|색상|컬러|사이즈|size|colou?r)$", re.IGNORECASE)
_FOR_BEHIND = re.compile(r"(?<=\d)\s[24]$")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,9}")
# A coffee in small talk is nobody's wish.
_SMALL_TALK = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "help", "bot_challenge", "chitchat", "abuse", "out_of_scope", "cancel_flow",
})  # fmt: skip


@dataclass(frozen=True)
class Tagger:
    """Trained networks, stacked, and the word vectors they see."""

    networks: Network
    vectors: WordVectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityTagger(GraphComponent, EntityExtractorMixin):
    """Rasa's component around a `Tagger`."""

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Tokens."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`networks`, `vectors`: files, relative to the project."""
        return {"networks": "bot/model/tagger.npz", "vectors": "knowledge/model/vectors.npz"}

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityTagger:
        """The component with its files read. Raises FileNotFoundError without them."""
        networks, _ = read_networks(PROJECT_ROOT / config["networks"])
        return cls(Tagger(stacked(networks), WordVectors.of_file(PROJECT_ROOT / config["vectors"])))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's entities: those read from their form that count, and what the networks find more."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            text, tokens = message.get(TEXT) or "", message.get(TOKENS_NAMES[TEXT]) or []
            kept, tagged = tag(self._tagger, text, tokens, intent, message.get(ENTITIES, []))
            together_ = [*kept, *self.add_extractor_name([dict(one) for one in tagged])]
            message.set(ENTITIES, sorted(together_, key=lambda one: int(one["start"])), add_to_output=True)
        return messages


def tag(
    tagger: Tagger,
    text: str,
    tokens: Sequence[Token],
    intent: str | None,
    read: Sequence[Found],
    now: datetime | None = None,
) -> tuple[list[Found], list[Found]]:
    """Of a message understood as `intent`: which of the entities `read` from their form count, and what is found more.

    What is found more has its words for a value; where the kind has values of its own, that which its reader gives the
    words alone (days counted from `now`), or None.
    """
    if intent in _SMALL_TALK or not text.strip():
        return list(read), []
    chances = together(tagger.networks, see(text, tokens, read, tagger.vectors), intent)
    reason = _reason(chances, text, tokens) if intent in OF_REASONS else None
    kept = [one for one in read if _counts(one, chances, tokens, reason is not None)]
    spans = spans_of(text, tokens, best_path(_with_makers(_wary(chances.labels), text, tokens), LABELS))
    kept = [_widened(one, spans, text) for one in kept]
    spans = [
        span for span in spans if span.entity in GOODS or (_is_plain(span, text, intent) and not _overlaps(span, kept))
    ]
    more = [_found(span, text, now) for span in [*spans, *([reason] if reason else [])]]
    wanted = keep_wanted(text, sorted([*kept, *more], key=lambda one: one["start"]))
    return [one for one in kept if one in wanted], [one for one in more if one in wanted]


def _wary(labels: NDArray[np.float32]) -> NDArray[np.float32]:
    margin = np.zeros(labels.shape[1], np.float32)
    margin[LABELS.index("O")] = _MARGIN
    return labels + margin


def _widened(one: Found, spans: Iterable[Span], text: str) -> Found:
    """What was read, as far as the networks see it reach."""
    if one["entity"] in _WIDENED:
        for span in spans:
            if span.entity == one["entity"] and span.start <= one["start"] and one["end"] <= span.end:
                start, end = span.start, span.end
                if span.entity in ("coupon_code", "referral_code"):
                    start, end = _whole_code(text, start, end)
                behind = _BOUND_BEHIND.search(text, start, end)
                end = behind.start() if behind else end
                raw = text[start:end]
                value = raw if span.entity == "address" else one["value"]
                return {**one, "raw": raw, "value": value, "start": start, "end": end}
    return one


def _is_plain(span: Span, text: str, intent: str | None) -> bool:
    """Whether the words alone can be it. Shops number orders in more ways than rules foresee, all with digits."""
    raw = text[span.start : span.end]
    if span.entity == "order_number" and intent in _NO_ORDERS:
        return False
    if span.entity in _FEWEST_DIGITS:
        return sum(sign.isdigit() for sign in raw) >= _FEWEST_DIGITS[span.entity]
    if span.entity in ("price_min", "price_max"):
        return _price(raw) is not None or _OTHER_MONEY.search(raw) is not None
    return span.entity != "email"


def _with_makers(labels: NDArray[np.float32], text: str, tokens: Sequence[Token]) -> NDArray[np.float32]:
    """What is a maker's name is its brand, and what stands behind is not."""
    begins, inside = LABELS.index("B-brand"), LABELS.index("I-brand")
    for start, end in find_makers(text):
        of_name = [at for at, token in enumerate(tokens) if start <= token.start < end and token.end > token.start]
        if not of_name or tokens[of_name[0]].start != start:
            continue
        labels[of_name] = _NEVER
        labels[of_name, inside] = 0
        labels[of_name[0]] = _NEVER
        labels[of_name[0], begins] = 0
        behind = of_name[-1] + 1
        labels[behind : behind + 1, inside] = _NEVER
    return labels


def _counts(one: Found, chances: Chances, tokens: Sequence[Token], better_reason: bool) -> bool:
    if one["entity"] == "reason":
        return not better_reason
    if one["entity"] in _SURE_BY_FORM:
        return True
    columns = [LABELS.index(f"{place}-{one['entity']}") for place in "BI"]
    inside = [at for at, token in enumerate(tokens) if token.start < one["end"] and one["start"] < token.end]
    likeliest = float(np.exp(chances.labels[inside][:, columns]).sum(axis=1).max(initial=0.0))
    return likeliest >= _LEAST_CHANCE


def _reason(chances: Chances, text: str, tokens: Sequence[Token]) -> Span | None:
    """A message has one reason: of several clauses the one whose first word is surest to begin one."""
    spans = spans_of(text, tokens, best_path(chances.reasons, REASON_LABELS))
    begins = chances.reasons[:, REASON_LABELS.index("B-reason")]

    def sure(span: Span) -> float:
        return float(begins[next(at for at, token in enumerate(tokens) if token.end > span.start)])

    return max(spans, key=sure, default=None)


def _overlaps(span: Span, kept: Iterable[Found]) -> bool:
    return any(span.start < one["end"] and one["start"] < span.end for one in kept if one["entity"] != "reason")


def _found(span: Span, text: str, now: datetime | None) -> Found:
    entity, start, end = span.entity, span.start, span.end
    if entity in ("price_min", "price_max"):
        entity = bound_at(text, start, end) or entity
    if entity in ("coupon_code", "referral_code"):
        start, end = _whole_code(text, start, end)
    raw = text[start:end]
    value = raw if entity in GOODS or entity == "reason" else _value(entity, raw, now)
    return {"entity": entity, "raw": raw, "value": value, "start": start, "end": end}


def _whole_code(text: str, start: int, end: int) -> tuple[int, int]:
    """A Korean word in it as a whole; "4" behind a code with digits is for."""
    while start and _SYLLABLE.match(text[start]) and _SYLLABLE.match(text[start - 1]):
        start -= 1
    behind = _FOR_BEHIND.search(text, start, end)
    return start, behind.start() if behind else end


def _price(raw: str) -> int | None:
    """Won, of an amount alone; None for other money."""
    amounts = [] if _OTHER_MONEY.search(raw) else [amount.value for amount in scan(raw) if amount.marked]
    return amounts[0] if len(amounts) == 1 else None


def _value(entity: str, raw: str, now: datetime | None) -> int | str | None:
    if entity in ("price_min", "price_max"):
        return _price(raw)
    for one in find_entities(raw, now=now):
        if one["entity"] == entity:
            return one["value"]
    if entity in ("coupon_code", "referral_code", "order_number"):
        return raw.upper().lstrip("# ")
    if entity == "address":
        return raw
    number = _NUMBER.match(raw) if entity == "quantity" else None
    return int(number.group().replace(",", "")) if number else None
