"""Tokens of the chat: ours, bound to one conversation, and the shop's, by which it vouches for a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from core.errors import UnauthenticatedError
from core.settings import Settings

TOKEN_LIFE = timedelta(days=7)
_AUDIENCE = "dangol-chat"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the shop says its visitor is."""

    external_ref: str
    name: str | None
    email: str | None


def issue_chat_token(settings: Settings, conversation_id: str, now: datetime) -> tuple[str, datetime]:
    """A token for one conversation and when it expires."""
    expires_at = (now + TOKEN_LIFE).replace(microsecond=0)
    claims = {"sub": conversation_id, "aud": _AUDIENCE, "exp": expires_at}
    return jwt.encode(claims, settings.secret_key.get_secret_value(), algorithm="HS256"), expires_at


def read_chat_token(settings: Settings, token: str) -> str:
    """The conversation a token is bound to. UnauthenticatedError("token_invalid") when forged or expired."""
    try:
        claims = jwt.decode(
            token, settings.secret_key.get_secret_value(), algorithms=["HS256"], audience=_AUDIENCE,
            options={"require": ["exp", "sub"]},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise UnauthenticatedError("token_invalid") from error
    return str(claims["sub"])


def read_identity(settings: Settings, token: str) -> Identity:
    """Whom the shop vouches for. UnauthenticatedError("identity_invalid") when forged, expired or without `sub` or `exp`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, settings.identity_secret.get_secret_value(), algorithms=["HS256"],
            # A shop's clock may be a little ahead of ours: when it was issued decides nothing.
            options={"require": ["exp", "sub"], "verify_aud": False, "verify_iat": False},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise UnauthenticatedError("identity_invalid") from error
    external_ref = claims["sub"]
    if not isinstance(external_ref, str) or not 0 < len(external_ref.strip()) <= 200 or not _printable(external_ref):
        raise UnauthenticatedError("identity_invalid")
    return Identity(external_ref.strip(), _text(claims.get("name"), 200), _text(claims.get("email"), 320))


def _printable(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _text(value: object, limit: int) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > limit or not _printable(value):
        return None
    return value.strip()
