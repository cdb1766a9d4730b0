"""The life of a turn in the store: claimed by one worker at a time, completed only while the bot still owns the chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import DangolError
from crm_store.conversations.models import Conversation, Message, Turn
from crm_store.conversations.ownership import queue_for_staff
from crm_store.conversations.queries import get_conversation, list_runs
from crm_store.conversations.service import add_message, start_episode
from crm_store.events import service as events

LEASE = timedelta(seconds=45)
# A fresh context after this much silence, or this many turns: Rasa posts the whole tracker with each action.
EPISODE_PAUSE = timedelta(hours=1)
EPISODE_TURNS = 40
MAX_FAILURES = 3
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TurnWork:
    """A claimed turn: all that is needed to have it answered, and the versions its answer is bound to."""

    turn_id: str
    conversation_id: str
    message_id: str
    sender_id: str
    text: str
    payload: str | None
    attachment: bool
    language: str
    owner: str
    owner_version: int
    created_at: datetime
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Understood:
    """What Rasa made of the message."""

    intent: str | None
    confidence: float | None
    actions: list[str] = field(default_factory=list)


def _head(session: Session, conversation_id: str) -> tuple[Turn, Message] | None:
    query = (
        select(Turn, Message)
        .join(Message, Message.id == Turn.message_id)
        .where(Turn.conversation_id == conversation_id, Turn.state.in_(("pending", "running")))
        .order_by(Message.seq)
        .limit(1)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def claim(session: Session, conversation_id: str, owner: str, now: datetime) -> TurnWork | None:
    """Take the conversation's oldest open turn for this worker; None when another works on it or nothing is due."""
    conversation = get_conversation(session, conversation_id, lock=True)
    if conversation.lease_until is not None and conversation.lease_until >= now:
        return None
    head = _head(session, conversation_id)
    if head is None or head[0].due_at > now or conversation.state == "staff":
        return None
    turn, message = head
    if turn.attempts == 0:
        _keep_context_short(session, conversation, message, now)
        conversation.episode_turns += 1
    conversation.lease_owner, conversation.lease_until = owner, now + LEASE
    turn.state, turn.attempts = "running", turn.attempts + 1
    events.append(session, "typing", now, conversation_id=conversation_id)
    session.flush()
    return TurnWork(
        turn_id=turn.id, conversation_id=conversation_id, message_id=message.id,
        sender_id=f"{conversation_id}.{conversation.episode}", text=message.text, payload=message.payload,
        attachment=message.attachment_id is not None, language=message.language or conversation.locale, owner=owner,
        owner_version=conversation.owner_version, created_at=turn.created_at, attempts=turn.attempts, failures=turn.failures,
    )  # fmt: skip


def _keep_context_short(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    last = session.scalar(
        select(Message.created_at)
        .where(Message.conversation_id == conversation.id, Message.seq < message.seq)
        .order_by(Message.seq.desc())
        .limit(1)
    )
    if conversation.episode_turns >= EPISODE_TURNS or (last is not None and now - last > EPISODE_PAUSE):
        start_episode(conversation)


def _hold(session: Session, work: TurnWork) -> Conversation | None:
    """The locked conversation if this worker still has its lease and the bot still owns it, else None."""
    conversation = get_conversation(session, work.conversation_id, lock=True)
    held = conversation.lease_owner == work.owner and conversation.owner_version == work.owner_version
    return conversation if held else None


def _release(conversation: Conversation) -> None:
    conversation.lease_owner = conversation.lease_until = None


def _get_turn(session: Session, work: TurnWork) -> Turn:
    return session.get_one(Turn, work.turn_id)


def _effects(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [effect for result in results for effect in result.get("effects", [])]


def _remember(session: Session, turn: Turn, understood: Understood) -> list[dict[str, Any]]:
    """Write into the turn what was understood and done; the runs' results."""
    results = [run.result for run in list_runs(session, turn.message_id)]
    turn.intent, turn.confidence, turn.actions = understood.intent, understood.confidence, understood.actions
    turn.entities = next((result["entities"] for result in results if result.get("entities")), [])
    if any(result.get("answers") for result in results):
        turn.intent = None
    turn.candidates = next((result["candidates"] for result in results if result.get("candidates")), [])
    turn.effects = _effects(results)
    return results


def complete(session: Session, work: TurnWork, understood: Understood, now: datetime) -> bool:
    """Store the replies of the turn's action runs; False when a person took the chat, or this worker lost its lease.

    What actions did is recorded either way; what they wanted said is dropped when the bot no longer owns the chat.
    DangolError("no_action_run") when none of ours ran: silence is no answer.
    """
    conversation = _hold(session, work)
    turn = _get_turn(session, work)
    results = _remember(session, turn, understood)
    if conversation is None:
        return False
    if not results:
        raise DangolError("no_action_run", turn_id=turn.id)
    outcome = "answered"
    for result in results:
        outcome = result.get("outcome", outcome)
        for reply in result.get("replies", []):
            content = {key: value for key, value in reply.items() if key != "text"}
            add_message(
                session, conversation, author="bot", text=reply["text"], now=now, language=work.language,
                content=content, turn_id=turn.id,
            )  # fmt: skip
    unclear = any(result.get("unclear") for result in results)
    conversation.unclear_streak = conversation.unclear_streak + 1 if unclear else 0
    turn.outcome, turn.state, turn.finished_at, turn.error = outcome, "done", now, None
    _release(conversation)
    session.flush()
    return True


def answer_plainly(session: Session, work: TurnWork, text: str, now: datetime) -> None:
    """Answer with a text that needs no understanding (a picture without words)."""
    conversation = _hold(session, work)
    if conversation is None:
        return
    turn = _get_turn(session, work)
    add_message(session, conversation, author="bot", text=text, now=now, language=work.language, turn_id=turn.id)
    turn.outcome, turn.state, turn.finished_at = "asked", "done", now
    _release(conversation)
    session.flush()


def postpone(session: Session, work: TurnWork, *, error: str, retry_after: timedelta, now: datetime) -> bool:
    """Nobody could answer just now: try again later. False when patience is over and the caller must give the turn up."""
    conversation = _hold(session, work)
    if conversation is None:
        return True
    if now - work.created_at > PATIENCE:
        return False
    turn = _get_turn(session, work)
    turn.state, turn.due_at, turn.error = "pending", now + retry_after, error[:60]
    _release(conversation)
    return True


def note_failure(session: Session, work: TurnWork, *, error: str, retry_after: timedelta, now: datetime) -> bool:
    """The turn itself failed: try again shortly. False when it failed too often and the caller must give it up."""
    conversation = _hold(session, work)
    if conversation is None:
        return True
    turn = _get_turn(session, work)
    turn.failures += 1
    turn.error = error[:60]
    if turn.failures >= MAX_FAILURES:
        return False
    turn.state, turn.due_at = "pending", now + retry_after
    _release(conversation)
    return True


def give_up(session: Session, work: TurnWork, *, apology: str, now: datetime) -> None:
    """Answer with an apology and put the conversation into the support queue: never silence."""
    conversation = _hold(session, work)
    if conversation is None:
        return
    turn = _get_turn(session, work)
    add_message(session, conversation, author="bot", text=apology, now=now, language=work.language, turn_id=turn.id)
    session.flush()
    # Actions that ran before it failed changed the store: staff must see what.
    turn.effects = _effects([run.result for run in list_runs(session, turn.message_id)])
    if queue_for_staff(session, conversation.id, now):
        turn.effects = [*turn.effects, {"type": "handover_queued", "id": conversation.id}]
    turn.outcome, turn.state, turn.finished_at = "handed_over", "failed", now
    session.refresh(conversation)
    _release(conversation)
    session.flush()
