"""Alembic's environment. Rasa's own tables (its tracker's `events`) are none of ours and left alone."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from crm_store.models import Base


def _ours(name: str | None, kind: str, _: object) -> bool:
    return kind != "table" or name in Base.metadata.tables


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=_ours,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
