"""Engine, transactions and column types. Nothing else commits.

SQLite (WAL) is the embedded default; PostgreSQL READ COMMITTED is the reference. A writing transaction on SQLite begins
IMMEDIATE, so that it waits for the lock at its start and never fails by upgrading a read; reading ones begin plain, or
readers would queue behind writers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from core.errors import DangolError

_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, UTC in and out, on both databases. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the store")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite only numbers rows by itself for INTEGER keys; PostgreSQL wants eight bytes for logs that grow.
BigId = BigInteger().with_variant(Integer(), "sqlite")
JsonDoc = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of all models. `lazy="raise"` on relationships: a query says what it loads."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JsonDoc, list[Any]: JsonDoc}


class StoreSession(Session):
    """Our session class, so that commit hooks attach to it alone."""


_writer: sessionmaker[StoreSession] | None = None
_reader: sessionmaker[StoreSession] | None = None
_engine: Engine | None = None
# Writers of one process wait here, not in SQLite's busy handler, which sleeps in growing steps.
_sqlite_write = threading.Lock()


# Without recursive triggers REPLACE would get around the append-only ones.
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000", "recursive_triggers=ON")


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("dangol_writing", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _hide_details(engine: Engine) -> None:
    @event.listens_for(engine, "handle_error")
    def cut(context: ExceptionContext) -> None:
        # PostgreSQL's DETAIL quotes values, of a violated CHECK the whole row: customers' words and data.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args and isinstance(error.args[0], str):
                error.args = (error.args[0].partition("\nDETAIL:")[0], *error.args[1:])


def make_engine(url: str, pool_size: int = 8) -> Engine:
    """An engine for a store's address; `postgresql://` means psycopg 3. Parameters are hidden from logs and errors."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, hide_parameters=True, pool_size=pool_size, max_overflow=32)
        _prepare_sqlite(engine)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, hide_parameters=True, pool_size=pool_size, max_overflow=8, pool_pre_ping=True)
    _hide_details(engine)
    return engine


def configure(url: str, pool_size: int = 8) -> Engine:
    """Point this process at a store. Called once by whoever starts the process (again only in tests)."""
    global _engine, _writer, _reader
    import_module("crm_store.models")  # foreign keys cross nouns: all tables must be known before the first flush
    if _engine is not None:
        _engine.dispose()
    _engine = make_engine(url, pool_size)
    _writer = sessionmaker(_engine, class_=StoreSession, expire_on_commit=False)
    options: dict[str, Any] = {"dangol_writing": False}
    if _engine.dialect.name == "postgresql":
        # Under READ COMMITTED each statement sees another moment: a turn that is over beside a state from before it.
        options["isolation_level"] = "REPEATABLE READ"
    _reader = sessionmaker(
        _engine.execution_options(**options), class_=StoreSession, expire_on_commit=False, autoflush=False
    )
    return _engine


def current_engine() -> Engine:
    """The engine of this process. Raises DangolError("store_not_configured") before configure()."""
    if _engine is None:
        raise DangolError("store_not_configured")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction: commits at the end, rolls back on any exception."""
    if _writer is None:
        raise DangolError("store_not_configured")
    if current_engine().dialect.name != "sqlite":
        with _writer.begin() as session:
            yield session
        return
    with _sqlite_write, _writer.begin() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One reading transaction: a consistent view, never commits."""
    if _reader is None:
        raise DangolError("store_not_configured")
    # Closing gives the connection back; a rollback here would empty the rows that the caller goes on using.
    with _reader() as session:
        yield session


def insert_once(session: Session, model: type[Base], values: dict[str, Any], unique: list[str]) -> bool:
    """Insert a row unless one with the same `unique` columns is there, also when another transaction adds it just now.

    Waits for that other transaction to end. True when this call inserted the row.
    """
    table = model.__table__
    assert isinstance(table, Table)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=unique)
    return session.execute(statement.returning(*table.primary_key.columns)).first() is not None
