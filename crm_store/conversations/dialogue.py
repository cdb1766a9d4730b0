"""Keep what the actions remember of a conversation. What it holds is theirs; the store knows whose it is and how long."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm_store.conversations.models import Conversation, DialogueState


def load_dialogue(session: Session, conversation: Conversation) -> dict[str, Any]:
    """A copy of what was kept in this episode, {} where there is nothing yet."""
    state = session.get(DialogueState, conversation.id)
    return deepcopy(state.data) if state is not None and state.episode == conversation.episode else {}


def save_dialogue(session: Session, conversation: Conversation, data: dict[str, Any], now: datetime) -> None:
    """Replace what is kept."""
    state = session.get(DialogueState, conversation.id)
    if state is None:
        session.add(
            DialogueState(conversation_id=conversation.id, episode=conversation.episode, data=data, updated_at=now)
        )
    elif state.data != data or state.episode != conversation.episode:
        state.episode, state.data, state.updated_at = conversation.episode, data, now
    session.flush()
