"""The platform's part of understanding: the catalogue's entities, the articles, and what the actions would make of it.

The same functions as in the action server, over the configured store where it holds a shop, else over the demonstration
catalogue and articles in memory. Nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.engine import make_url

from actions.changing import ACTING, may_change_store
from actions.context import ActionCall, Entity
from actions.doubt import acting_from
from actions.handlers import KINDS
from actions.handlers.faq import SURE
from actions.run import Tools, with_catalogue
from core.settings import Settings
from crm_store import db
from crm_store.shop.models import RuleSet
from dangol.demo import catalogue
from dangol.demo.seed import read_rules
from dangol.evaluation.heard import Articles, Heard, Outcome
from dangol.evaluation.labelled import Line
from dangol.evaluation.understanding import Parse
from knowledge.articles import read_articles
from knowledge.catalogue_terms import Gazetteer, Term
from knowledge.faq import FaqIndex
from knowledge.live import LiveKnowledge

KEPT_TOPICS = 3
_OF_TASKS = frozenset(intent for kind in KINDS.values() for intent in kind.intents)
_SAID: dict[str, Outcome] = {
    "greet": "chatted", "goodbye": "chatted", "thank": "chatted", "affirm": "chatted", "deny": "chatted",
    "cancel_flow": "chatted", "chitchat": "chatted", "abuse": "chatted", "out_of_scope": "declined", "choose": "declined",
}  # fmt: skip


@dataclass(slots=True)
class _Named:
    id: str
    kind: str
    kind_names: dict[str, Any]
    brand: str
    brand_name: dict[str, str]
    name: dict[str, str]


class DemonstrationKnowledge(LiveKnowledge):
    """The demonstration shop's articles and names, from the files that come with Dangol; no store is asked."""

    @cached_property
    def _index(self) -> FaqIndex:
        return FaqIndex(read_articles(), self.encoder, self.calibration)

    @cached_property
    def _names(self) -> Gazetteer:
        said = (text for article in read_articles() for text in (article.body, *article.phrasings))
        return Gazetteer(_demonstration_products(), read_rules()["catalogue"], said)

    def articles(self) -> FaqIndex:
        """The index of the shipped articles."""
        return self._index

    def find_terms(self, text: str) -> list[Term]:
        """Categories, brands and products of the demonstration catalogue named in a text."""
        return self._names.find(text)


def _demonstration_products() -> Iterable[_Named]:
    loaded = catalogue.load()
    for product in loaded.products:
        kinds = loaded.categories[product.category].kinds[product.kind].model_dump(mode="json")
        brand = loaded.brands[product.brand]
        names = {"ko": brand.ko, "en": brand.en}
        yield _Named(product.id, product.kind, kinds, product.brand, names, product.name.model_dump())


def open_knowledge(settings: Settings, *, demonstration: bool) -> tuple[LiveKnowledge, str]:
    """What the shop knows, and where that is from: "store", or "demonstration" where the store holds no shop yet."""
    if demonstration or not _store_holds_shop(settings):
        return DemonstrationKnowledge(settings), "demonstration"
    return LiveKnowledge(settings), "store"


def _store_holds_shop(settings: Settings) -> bool:
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    engine = db.configure(settings.store_url)
    if not inspect(engine).has_table(RuleSet.__tablename__):
        return False
    with db.reading() as session:
        return session.scalar(select(RuleSet.version).limit(1)) is not None


def complete(line: Line, parse: Parse, articles: Articles, tools: Tools) -> Heard:
    """The line with everything that the platform adds to the bot's parse; `articles` are those nearest to it."""
    entities = tuple((entity.entity, entity.raw) for entity in _call(line, parse, tools).said)
    return Heard(
        line, parse.intent, parse.confidence, parse.fallback, entities, parse.milliseconds, articles,
        _outcome(parse, line.text, articles), _changes(parse, line.text),
    )  # fmt: skip


def nearest_articles(line: Line, knowledge: LiveKnowledge) -> Articles:
    """What the knowledge base finds for a text, timed."""
    index = knowledge.articles()
    began = time.perf_counter()
    candidates = knowledge.rank_articles(line.text, line.language, KEPT_TOPICS)
    milliseconds = (time.perf_counter() - began) * 1000
    ranked = tuple((candidate.topic, candidate.score) for candidate in candidates)
    return Articles(ranked, index.verdict(candidates), milliseconds)


def _call(line: Line, parse: Parse, tools: Tools) -> ActionCall:
    """The action's call for this message, with the catalogue's entities in it."""
    entities = tuple(
        Entity(raw["entity"], line.text[raw["start"] : raw["end"]], raw.get("value"), raw["start"], raw["end"])
        for raw in parse.entities
    )
    call = ActionCall(
        f"action_{parse.nlu_intent}", "", "", "", line.language, line.text, parse.nlu_intent, False, entities,
        parse.confidence,
    )  # fmt: skip
    return with_catalogue(call, tools)


def _requests(parse: Parse) -> tuple[tuple[str, float], ...]:
    """What is served, each with its confidence: the parts of a message that holds several requests, else the whole."""
    return parse.parts if len(parse.parts) > 1 else ((parse.nlu_intent, parse.confidence),)


def _changes(parse: Parse, text: str) -> tuple[str, ...]:
    return tuple(intent for intent, confidence in _requests(parse) if may_change_store(intent, confidence, text))


def _outcome(parse: Parse, text: str, articles: Articles) -> Outcome:
    """What the first message of a conversation would end in, for a customer who is known.

    An upper bound for "acted": whoever lacks the product, coupon or points for it is asked or declined.
    """
    if _changes(parse, text):
        return "acted"
    if any(confidence < acting_from(intent, text) for intent, confidence in _requests(parse)):
        return "asked"
    intents = [intent for intent, _ in _requests(parse)]
    if _OF_TASKS.intersection(intents) or ACTING.intersection(intents):
        return "asked"
    if intents[0] in ("ask_faq", "nlu_fallback"):
        return _from_articles(intents[0], articles)
    return _SAID.get(intents[0], "answered")


def _from_articles(intent: str, articles: Articles) -> Outcome:
    best = articles.ranked[0][1] if articles.ranked else 0.0
    sure = articles.verdict == "answer" and (intent == "ask_faq" or best >= SURE)
    return "answered" if sure else "asked"
