"""Entities of a message as tests compare them, read on one fixed day."""

from __future__ import annotations

from datetime import datetime

from bot.entities.dates import KST
from bot.patterns import find_entities

# A Sunday.
NOW = datetime(2026, 11, 22, 10, tzinfo=KST)


def read(text: str, intent: str | None = None) -> list[tuple[str, str, int | str | None]]:
    """(entity, raw, value) of each, in the order of the text."""
    return [(one["entity"], one["raw"], one["value"]) for one in find_entities(text, intent, NOW)]


def read_one(entity: str, text: str, intent: str | None = None) -> list[tuple[str, int | str | None]]:
    """(raw, value) of those of one entity."""
    return [(raw, value) for name, raw, value in read(text, intent) if name == entity]
