"""Rows gathered for one bulk insert a table: use cases would take minutes for what is written here in seconds.

What is written so keeps the use cases' rules; `tests/unit/test_demo_seed.py` holds it to them. Ids are made from moments
and a seeded generator: the same seeding gives the same ids.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from crm_store.db import Base

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
# PostgreSQL's driver holds a batch in memory.
_BATCH = 20_000
Row = dict[str, Any]


class Rows:
    """Rows by table, in the order added. What a row leaves out is its column's default or NULL."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self.of: dict[type[Base], list[Row]] = defaultdict(list)

    def add(self, model: type[Base], **values: Any) -> Row:
        """Add a row, which may still be changed until it is written."""
        self.of[model].append(values)
        return values

    def new_id(self, at: datetime) -> str:
        """An id as core.ids makes them, of a moment in the past."""
        return f"{int(at.timestamp() * 1000):012x}7{self._chance.getrandbits(76):019x}"

    def new_code(self, length: int = 10) -> str:
        """A code as core.ids makes them."""
        return "".join(self._chance.choices(_ALPHABET, k=length))

    def write(self, session: Session) -> None:
        """Insert everything, tables that others refer to first."""
        tables = {model.__table__: rows for model, rows in self.of.items()}
        for table in Base.metadata.sorted_tables:
            rows = tables.get(table, [])
            complete = _completed(table, rows)
            for begin in range(0, len(rows), _BATCH):
                session.execute(insert(table), complete[begin : begin + _BATCH])


def _completed(table: Table, rows: list[Row]) -> list[Row]:
    """Rows with the same columns each."""
    if not rows:
        return rows
    names = set().union(*rows)
    defaults = {column.name: _default(column) for column in table.columns if column.name in names}
    return [{name: row.get(name, default) for name, default in defaults.items()} for row in rows]


def _default(column: Column[Any]) -> Any:
    if isinstance(column.default, ScalarElementColumnDefault):
        return column.default.arg
    # SQLAlchemy wraps what makes a default (dict, list) to take a context, which these do not look at.
    return column.default.arg(cast(Any, None)) if isinstance(column.default, CallableColumnDefault) else None
