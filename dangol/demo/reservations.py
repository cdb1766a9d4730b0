"""Who of the demonstration's people has been given to somebody: one row each, in a table that only demonstration stores have.

It is not part of the shop's own schema, so it has metadata of its own and no migration.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, MetaData, String, Table, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.errors import RuleViolationError
from crm_store.db import UtcDateTime

_TABLE = Table(
    "demo_reservations",
    MetaData(),
    Column("ref", String(200), primary_key=True),
    Column("reserved_at", UtcDateTime, nullable=False),
)


def create(session: Session) -> None:
    """Make this store a demonstration store."""
    _TABLE.create(session.connection(), checkfirst=True)


def is_demonstration(session: Session) -> bool:
    """Whether this store was seeded as one."""
    return inspect(session.connection()).has_table(_TABLE.name)


def require(session: Session) -> None:
    """RuleViolationError("not_a_demonstration") in a store that was not seeded: no invented people among a shop's own."""
    if not is_demonstration(session):
        raise RuleViolationError("not_a_demonstration")


def claim(session: Session, ref: str, now: datetime) -> bool:
    """Reserve this one. False when somebody has it already, also when they are just taking it."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = insert(_TABLE).values(ref=ref, reserved_at=now).on_conflict_do_nothing().returning(_TABLE.c.ref)
    return session.scalar(added) is not None


def claim_next(session: Session, prefix: str, now: datetime) -> int:
    """Reserve the next of those called <prefix>001, <prefix>002, ...; its number. Two callers never get the same."""
    number = session.scalar(select(func.count()).where(_TABLE.c.ref.startswith(prefix, autoescape=True))) or 0
    while True:
        number += 1
        if claim(session, f"{prefix}{number:03d}", now):
            return number
