"""Talk to the actions without Rasa: a message is said with the intent and entities it would have been understood with."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from actions.context import ActionCall, Entity, Part
from actions.dialogue import Dialogue
from actions.handlers import HANDLERS, KINDS
from actions.run import Handler, Tools, execute
from core.ids import new_id
from core.language import Locale
from core.settings import Settings
from crm_store.conversations.models import Conversation
from crm_store.db import transaction
from knowledge.live import LiveKnowledge
from tests.store.builders import NOW, make_conversation
from tests.store.talk import accept

SETTINGS = Settings(
    home=Path(tempfile.gettempdir()), identity_secret=SecretStr("i" * 32), secret_key=SecretStr("k" * 32),
    internal_token=SecretStr("t" * 32),
)  # fmt: skip


class NoKnowledge(LiveKnowledge):
    """A knowledge base that knows nothing: no articles, no names of the catalogue."""

    def __init__(self) -> None:
        """Nothing is loaded."""

    def rank_articles(self, *_: Any, **__: Any) -> list[Any]:
        """No article."""
        return []

    def find_terms(self, *_: Any, **__: Any) -> list[Any]:
        """No name."""
        return []

    @property
    def answer_threshold(self) -> float:
        """Nothing reaches it."""
        return 1.0

    @property
    def ask_threshold(self) -> float:
        """Nothing reaches it."""
        return 1.0


@dataclass
class Chat:
    """A conversation with the actions; `customer_id` is signed in when given. Every `say` and `press` is one turn."""

    customer_id: str | None = None
    locale: Locale = "ko"
    now: datetime = NOW
    tools: Tools = field(default_factory=lambda: Tools(NoKnowledge(), SETTINGS))
    converse: Handler = field(default_factory=lambda: Dialogue(HANDLERS, KINDS).converse)
    last: dict[str, Any] = field(default_factory=dict)
    conversation_id: str = ""

    def __post_init__(self) -> None:
        self.conversation_id = make_conversation()
        if self.customer_id is not None:
            with transaction() as session:
                session.get_one(Conversation, self.conversation_id).customer_id = self.customer_id

    def say(
        self, intent: str, text: str = "…", *, confidence: float = 0.95, parts: tuple[Part, ...] = (),
        tagged: tuple[tuple[str, str], ...] = (), **entities: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """What the actions make of a text understood as `intent` with these entities (name=value).

        `tagged` are (entity, raw) that the bot's tagger found in the text.
        """
        found = tuple(Entity(name, str(value), value, None, None) for name, value in entities.items())
        spans = ((name, raw, text.index(raw)) for name, raw in tagged)
        found += tuple(Entity(name, raw, raw, start, start + len(raw)) for name, raw, start in spans)
        return self._turn(intent, text, found, pressed=False, confidence=confidence, parts=parts)

    def press(self, payload: str) -> dict[str, Any]:
        """Press a button by its payload."""
        intent, _, values = payload.removeprefix("/").partition("{")
        entities = json.loads("{" + values) if values else {}
        found = tuple(Entity(name, str(value), value, None, None) for name, value in entities.items())
        return self._turn(intent, "", found, pressed=True)

    def press_titled(self, title: str) -> dict[str, Any]:
        """Press a button of the last turn by (part of) its title."""
        [payload] = {button["payload"] for button in self.buttons if title in button["title"]}
        return self.press(payload)

    @property
    def buttons(self) -> list[dict[str, str]]:
        """Buttons of the last turn."""
        return [button for reply in self.last["replies"] for button in reply["buttons"]]

    @property
    def text(self) -> str:
        """Everything said in the last turn."""
        return "\n".join(reply["text"] for reply in self.last["replies"])

    @property
    def effects(self) -> list[str]:
        """Types of the last turn's effects."""
        return [effect["type"] for effect in self.last["effects"]]

    def _turn(
        self, intent: str, text: str, entities: tuple[Entity, ...], *, pressed: bool, confidence: float = 1.0,
        parts: tuple[Part, ...] = (),
    ) -> dict[str, Any]:  # fmt: skip
        message_id = accept(self.conversation_id, new_id()).message.id
        key = f"{message_id}:action_{intent}:0"
        call = ActionCall(
            f"action_{intent}", key, message_id, self.conversation_id, self.locale, text, intent, pressed, entities,
            confidence, parts,
        )  # fmt: skip
        self.last = execute(call, self.converse, self.tools)
        return self.last
