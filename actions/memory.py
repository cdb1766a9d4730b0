"""What a conversation is in the middle of: kept in the store, in the action's own transaction, and gone with its episode."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm_store.conversations.dialogue import load_dialogue, save_dialogue
from crm_store.conversations.models import Conversation


@dataclass(slots=True)
class OpenTask:
    """A task of several turns: its kind, what was answered so far by step, and how often an answer was of no use."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    step: str | None = None
    misses: int = 0


@dataclass(slots=True)
class Said:
    """The last request that was served: what a follow-up without a noun hangs on."""

    intent: str = ""
    text: str = ""
    topic: str | None = None
    filters: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Memory:
    """`products` and `orders` are ids shown last, in the order shown; `product` and `order` the one last spoken of.

    `waiting` holds requests of the same message that come after an open task: {intent, text, entities}; `offer` one that a
    plain yes in the next turn accepts, `offered` the last turn's. `after_sign_in` holds requests as `waiting` does, with the
    `message_id` they came in: they are served once it is known whose they are. `added` is the variant put in the cart last.
    """

    task: OpenTask | None = None
    products: list[str] = field(default_factory=list)
    product: str | None = None
    orders: list[str] = field(default_factory=list)
    order: str | None = None
    said: Said = field(default_factory=Said)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    after_sign_in: list[dict[str, Any]] = field(default_factory=list)
    offer: dict[str, Any] | None = None
    offered: dict[str, Any] | None = None
    added: str | None = None
    abuse: int = 0

    def next_turn(self) -> None:
        """What was offered in the last turn may be accepted in this one, and no later."""
        self.offered, self.offer = self.offer, None

    def show_products(self, ids: list[str]) -> None:
        """Remember products as shown just now."""
        self.products = ids
        self.product = ids[0] if len(ids) == 1 else None

    def show_orders(self, ids: list[str]) -> None:
        """Remember orders as shown just now; one of those shown before is spoken of and leaves their list as it was."""
        if len(ids) != 1 or ids[0] not in self.orders:
            self.orders = ids
        self.order = ids[0] if len(ids) == 1 else None


def load(session: Session, conversation: Conversation) -> Memory:
    """The conversation's memory; an empty one at the start of an episode."""
    data = load_dialogue(session, conversation)
    task, said = data.pop("task", None), data.pop("said", None)
    return Memory(task=OpenTask(**task) if task else None, said=Said(**said) if said else Said(), **data)


def save(session: Session, conversation: Conversation, memory: Memory, now: datetime) -> None:
    """Keep the memory for the next turn."""
    save_dialogue(session, conversation, asdict(memory), now)
