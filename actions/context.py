"""What a handler knows of its turn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from actions.memory import Memory
from core.errors import DangolError
from core.language import Locale, as_locale
from crm_store.conversations.models import Conversation
from crm_store.customers.models import Customer
from knowledge.faq import Candidate


@dataclass(frozen=True, slots=True)
class Entity:
    """Part of an utterance: the customer's own words (`raw`), what they mean (`value`), and where they stand.

    A name that may mean several things of the catalogue has no value, and their `ids`.
    """

    entity: str
    raw: str
    value: Any
    start: int | None
    end: int | None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One of several requests in a message, understood by itself."""

    text: str
    intent: str
    confidence: float
    entities: tuple[Entity, ...]
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One run of an action, as Rasa asks for it. `key` is the same when the turn is tried again.

    `parts` are the requests of a message that holds several, in order; () otherwise. `refines`: it goes on from the search
    before it. `unsold` are goods, brands and categories named in it that the catalogue does not know.
    """

    action: str
    key: str
    message_id: str
    conversation_id: str
    locale: Locale
    text: str
    intent: str
    pressed: bool
    entities: tuple[Entity, ...]
    confidence: float = 1.0
    parts: tuple[Part, ...] = ()
    refines: bool = False
    unsold: tuple[Entity, ...] = ()

    @property
    def said(self) -> tuple[Entity, ...]:
        """All that the words name, known to the shop or not, in the order of the text."""
        return tuple(sorted((*self.entities, *self.unsold), key=lambda entity: entity.start or 0))


@dataclass(frozen=True, slots=True)
class TurnContext:
    """A call with what the store and the knowledge base know about it, inside the action's transaction."""

    call: ActionCall
    now: datetime
    conversation: Conversation
    customer: Customer | None
    candidates: tuple[Candidate, ...]
    memory: Memory
    currency: str = "KRW"
    timezone: str = "Asia/Seoul"

    @property
    def locale(self) -> Locale:
        """The language of the message, and so of the reply."""
        return self.call.locale

    def value(self, entity: str) -> Any:
        """The first value of an entity that could be made sense of, None without one."""
        return next(iter(self.values(entity)), None)

    def values(self, entity: str) -> list[Any]:
        """All values of an entity that the catalogue or a rule could make sense of."""
        return [found.value for found in self.call.entities if found.entity == entity and found.value is not None]


def _part(raw: dict[str, Any]) -> Part:
    text = str(raw["text"])
    entities = tuple(_entity(entity, text) for entity in raw.get("entities") or [])
    return Part(text, str(raw["intent"]), float(raw["confidence"]), entities)


def _entity(raw: dict[str, Any], text: str) -> Entity:
    start, end = raw.get("start"), raw.get("end")
    words = text[start:end] if start is not None and end is not None else str(raw.get("value"))
    return Entity(raw["entity"], words, raw.get("value"), start, end)


def _ordinal(action: str, events: list[dict[str, Any]]) -> int:
    """How often the action ran already in this turn."""
    ran: Counter[str] = Counter()
    for event in reversed(events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action":
            ran[str(event.get("name"))] += 1
    return ran[action]


def read_call(action: str, tracker: Tracker) -> ActionCall:
    """The call in Rasa's request. DangolError("turn_metadata_missing") when the message did not come through our channel."""
    message: dict[str, Any] = tracker.latest_message
    metadata = message.get("metadata") or {}
    try:
        message_id, conversation_id = str(metadata["message_id"]), str(metadata["conversation_id"])
    except KeyError:
        raise DangolError("turn_metadata_missing", action=action) from None
    pressed = bool(metadata.get("is_payload"))
    text = "" if pressed else str(message.get("text") or "")
    return ActionCall(
        action=action,
        key=f"{message_id}:{action}:{_ordinal(action, tracker.events)}",
        message_id=message_id,
        conversation_id=conversation_id,
        locale=as_locale(metadata.get("language")),
        text=text,
        intent=str((message.get("intent") or {}).get("name") or ""),
        confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
        parts=tuple(_part(raw) for raw in message.get("parts") or []),
        pressed=pressed,
        entities=tuple(_entity(raw, text) for raw in message.get("entities") or []),
    )


def with_entities(call: ActionCall, found: list[Entity]) -> ActionCall:
    """The call with more entities, those of the catalogue, in the order of the text."""
    together = [*call.entities, *found]
    return replace(call, entities=tuple(sorted(together, key=lambda entity: entity.start or 0)))
