"""What happens in conversations, each step in its own transaction, and a look at what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm_store.conversations import ownership, queries, service, turns
from crm_store.conversations.models import Conversation, Turn
from crm_store.conversations.service import Accepted
from crm_store.conversations.turns import TurnWork, Understood
from crm_store.db import reading, transaction
from crm_store.staff.models import StaffMember
from tests.store.builders import NOW

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GREETED = Understood("greet", 0.9, ["action_greet"])


def accept(conversation_id: str, key: str, text: str | None = "안녕", now: datetime = NOW, **values: Any) -> Accepted:
    with transaction() as session:
        return service.accept_message(
            session, conversation_id=conversation_id, external_id=key, text=text, language="ko", now=now, **values
        )


def claim(conversation_id: str, owner: str = "w1", now: datetime = NOW) -> TurnWork | None:
    with transaction() as session:
        return turns.claim(session, conversation_id, owner, now)


def claimed(conversation_id: str, owner: str = "w1", now: datetime = NOW) -> TurnWork:
    work = claim(conversation_id, owner, now)
    assert work is not None
    return work


def complete(work: TurnWork, now: datetime = NOW, understood: Understood = GREETED) -> bool:
    with transaction() as session:
        return turns.complete(session, work, understood, now)


def take(conversation_id: str, staff: StaffMember) -> None:
    with transaction() as session:
        ownership.take(session, conversation_id, staff, NOW)


def give_back(conversation_id: str, staff: StaffMember, *, resolved: bool = False) -> None:
    with transaction() as session:
        ownership.give_back(session, conversation_id, staff, NOW, resolved=resolved)


def said(conversation_id: str, *, notes: bool = False) -> list[tuple[str, str]]:
    with reading() as session:
        return [(m.author, m.text) for m in queries.list_messages(session, conversation_id, notes=notes)]


def look(conversation_id: str, *fields: str) -> tuple[Any, ...]:
    with reading() as session:
        conversation = session.get_one(Conversation, conversation_id)
        return tuple(getattr(conversation, name) for name in fields)


def look_at_turn(turn_id: str, *fields: str) -> tuple[Any, ...]:
    with reading() as session:
        turn = session.get_one(Turn, turn_id)
        return tuple(getattr(turn, name) for name in fields)
