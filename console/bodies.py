"""What the staff API takes in, and the checks that it shares with the pages' forms."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from core.errors import RuleViolationError

TEXT_LIMIT = 4000
MessageKey = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Version = Annotated[int, Field(ge=0, le=1_000_000)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9]+$")]
Topic = Annotated[str, Path(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
LocaleTag = Annotated[Literal["ko", "en"], Path()]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class Login(_Strict):
    """E-mail and password."""

    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class Words(_Strict):
    """A reply or a note. With `client_message_id` it is safe to send again."""

    text: str
    client_message_id: MessageKey | None = None


class Draft(_Strict):
    """An article as it shall read. With `based_on`, refused when another version was saved since."""

    title: str
    body: str
    phrasings: list[str] = []
    based_on: Version | None = None


class Publication(_Strict):
    """Which version the caller saw; another latest one is a conflict."""

    version: Version | None = None


class Rollback(_Strict):
    """The version to answer from again."""

    version: Version


def checked(text: str) -> str:
    """A text that a database can hold. RuleViolationError("null_byte") or ("text_invalid") for others."""
    if "\x00" in text:
        raise RuleViolationError("null_byte")
    # A lone surrogate, as JSON may escape it, has no UTF-8.
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RuleViolationError("text_invalid")
    return text


def checked_words(text: str) -> str:
    """The text of a reply or note, trimmed. RuleViolationError when empty or over the limit."""
    text = checked(text).strip()
    if not text:
        raise RuleViolationError("message_empty")
    if len(text) > TEXT_LIMIT:
        raise RuleViolationError("text_too_long", limit=TEXT_LIMIT)
    return text


def checked_draft(draft: Draft) -> Draft:
    """A draft without letters that no database holds; lengths are the use case's to judge."""
    for text in (draft.title, draft.body, *draft.phrasings):
        checked(text)
    return draft
