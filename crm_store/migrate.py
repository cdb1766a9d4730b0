"""Bring a store to the schema of this release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from crm_store.db import make_engine

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Any constant: replicas starting together take turns under this advisory lock.
_LOCK = 0x64616E67


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str) -> None:
    """Migrate the store at `url` to the newest schema, creating it where there is none. Safe to run twice, also at once."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(alembic_config(connection), "head")
    finally:
        engine.dispose()


def known_revisions() -> list[str]:
    """Every schema this release knows how to begin with, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
