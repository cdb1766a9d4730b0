"""Ids: UUID version 7 as 32 hex digits, so that they sort roughly by time and need no coordination."""

from __future__ import annotations

import secrets

import uuid_utils


def new_id() -> str:
    """A new id, 32 lower-case hex digits."""
    return str(uuid_utils.uuid7().hex)


def new_code(length: int = 10) -> str:
    """A random code people can read out: no 0/O, 1/I/L."""
    alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))
