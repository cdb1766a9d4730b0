"""What the chat API's routes share: the process's parts and the caller's conversation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from channels.tokens import read_chat_token
from channels.turns import TurnRunner
from core.errors import UnauthenticatedError
from core.settings import Settings
from crm_store.events.feed import Feed

_bearer = HTTPBearer(auto_error=False)


def settings_of(request: Request) -> Settings:
    """This process's settings."""
    settings: Settings = request.app.state.settings
    return settings


def runner_of(request: Request) -> TurnRunner:
    """This process's turn runner."""
    runner: TurnRunner = request.app.state.runner
    return runner


def feed_of(request: Request) -> Feed:
    """This process's reader of the event log."""
    feed: Feed = request.app.state.feed
    return feed


def address_of(request: Request) -> str:
    """Whom attempts are counted under: the caller's address, cut short as a proxy may pass on anything."""
    return request.client.host[:64] if request.client else "unknown"


def conversation_of(
    settings: Annotated[Settings, Depends(settings_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """The conversation the caller's token is bound to: no id from the request is ever looked at."""
    if credentials is None:
        raise UnauthenticatedError("token_missing")
    return read_chat_token(settings, credentials.credentials)


AppSettings = Annotated[Settings, Depends(settings_of)]
Runner = Annotated[TurnRunner, Depends(runner_of)]
EventFeed = Annotated[Feed, Depends(feed_of)]
ConversationId = Annotated[str, Depends(conversation_of)]
