"""What the chat API takes in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Of an id and a client's key. PostgreSQL cannot even be asked for a text with a null byte.
ID_PATTERN = r"^[A-Za-z0-9_.:-]+$"
MessageKey = Annotated[str, Field(min_length=1, max_length=64, pattern=ID_PATTERN)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class NewSession(_Strict):
    """Begin a conversation, signed in when the shop vouches for the visitor."""

    locale: Literal["ko", "en"] | None = None
    identity: Annotated[str, Field(max_length=4096)] | None = None


class SignIn(_Strict):
    """Sign in within the running conversation."""

    identity: Annotated[str, Field(max_length=4096)]


class NewMessage(_Strict):
    """A text, a shown button's payload, or an attachment (with or without a text)."""

    client_message_id: MessageKey
    # Longer texts are refused by the use case, with the limit in the problem.
    text: str | None = None
    payload: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    attachment_id: Annotated[str, Field(min_length=1, max_length=64, pattern=ID_PATTERN)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> NewMessage:
        if self.payload and (self.text or self.attachment_id):
            raise ValueError("a payload comes alone")
        if not self.payload and not self.attachment_id and not (self.text or "").strip():
            raise ValueError("text, payload or attachment_id is needed")
        return self


class Feedback(_Strict):
    """Whether a reply helped."""

    helpful: bool
    comment: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] | None = None
