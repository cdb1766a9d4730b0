"""Idempotency keys: the same key with the same request gives the first result, with another request a conflict."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from core.errors import ConflictError


def fingerprint(operation: str, **arguments: str | int | datetime | None) -> str:
    """SHA-256 of an operation and what it was asked to do, as 64 hex digits.

    Leave out `now` and `actor`: they differ when a request is tried again.
    """
    written = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in arguments.items()}
    document = json.dumps([operation, written], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()


def check_same(stored: str, asked: str, key: str) -> None:
    """Raise ConflictError("idempotency_conflict") when a key was used for another request before."""
    if stored != asked:
        raise ConflictError("idempotency_conflict", idempotency_key=key)
