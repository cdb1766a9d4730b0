"""A PostgreSQL store: every table of one snapshot by COPY, without PostgreSQL's own programs.

Restoring makes the tables anew as they were when the backup was taken, so that the triggers which refuse changes of the
ledger have nothing to refuse: rows are only added. All in one transaction.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm_store.db import make_engine
from crm_store.migrate import alembic_config, known_revisions
from crm_store.models import Base
from dangol.demo import reservations
from dangol.progress import CommandError

_SCHEMA_TABLE, _DEMONSTRATION = "alembic_version", "demo_reservations"
_OURS = frozenset({*(table.name for table in Base.metadata.tables.values()), _SCHEMA_TABLE, _DEMONSTRATION})
_CHUNK = 1 << 20


def dump(url: str, folder: Path) -> dict[str, Any]:
    """Write every table into the folder as one snapshot shows them; the manifest's fields."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as store:
            store.execute(text("SET TRANSACTION READ ONLY"))
            names = _tables(store)
            if _SCHEMA_TABLE not in names:
                raise CommandError("the store is empty: nothing to back up")
            revision = str(store.scalar(text(f"SELECT version_num FROM {_SCHEMA_TABLE}")))
            columns = {name: _columns(store, name) for name in sorted(names - {_SCHEMA_TABLE})}
            rows = {name: _copy_out(store, name, columns[name], folder / f"{name}.copy") for name in columns}
            # After the rows: numbers are handed out outside of snapshots, and none may be handed out twice.
            sequences = {name: last for name, last in _sequences(store) if last is not None}
            detail = {"columns": columns, "sequences": sequences}
            return {"database": "postgresql", "revision": revision, "tables": rows, "detail": detail}
    finally:
        engine.dispose()


def load(url: str, folder: Path, revision: str, tables: dict[str, int], detail: dict[str, Any], force: bool) -> None:
    """Make the tables anew, fill them and bring them to this release's schema, all or nothing."""
    if revision not in known_revisions():
        raise CommandError(f"the backup is of a newer release (schema {revision})")
    engine = make_engine(url, pool_size=1)
    try:
        with engine.begin() as store:
            store.execute(text("SET LOCAL lock_timeout = '10s'"))
            _clear(store, force)
            command.upgrade(alembic_config(store), revision)
            if _DEMONSTRATION in tables:
                reservations.create(Session(store))
            keys = _take_off_foreign_keys(store)
            for name, columns in detail["columns"].items():
                _copy_in(store, name, columns, folder / f"{name}.copy")
            for table, name, definition in keys:
                store.execute(text(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'))
            for name, last in detail["sequences"].items():
                store.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})
            for name, rows in tables.items():
                if store.scalar(text(f'SELECT count(*) FROM "{name}"')) != rows:
                    raise CommandError(f"the backup does not hold the rows it says: {name}")
            command.upgrade(alembic_config(store), "head")
    except DBAPIError as error:
        raise CommandError(f"nothing was restored: {str(error.orig).splitlines()[0]}") from error
    finally:
        engine.dispose()


def _tables(store: Connection) -> set[str]:
    """Our tables that are there; another program's in the same schema are none of our business."""
    found = store.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
    return set(found) & _OURS


def _columns(store: Connection, table: str) -> list[str]:
    query = text(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' ORDER BY attnum"
    )
    return [str(name) for name in store.scalars(query, {"name": f'"{table}"'})]


def _sequences(store: Connection) -> list[tuple[str, int | None]]:
    """Sequences of our tables, with the last number each gave."""
    query = text(
        "SELECT s.sequencename, s.last_value, t.relname FROM pg_sequences s JOIN pg_class c ON c.relname = s.sequencename "
        "AND c.relnamespace = current_schema()::regnamespace JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i') "
        "JOIN pg_class t ON t.oid = d.refobjid WHERE s.schemaname = current_schema() AND c.relkind = 'S'"
    )
    return [(name, last) for name, last, table in store.execute(query) if table in _OURS]


def _statement(form: str, table: str, columns: list[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(form).format(sql.Identifier(table), names)


def _copy_out(store: Connection, table: str, columns: list[str], path: Path) -> int:
    driver: Any = store.connection.driver_connection
    with path.open("wb") as file, driver.cursor() as cursor:
        with cursor.copy(_statement("COPY {} ({}) TO STDOUT", table, columns)) as copy:
            for data in copy:
                file.write(data)
        return int(cursor.rowcount)


def _copy_in(store: Connection, table: str, columns: list[str], path: Path) -> None:
    driver: Any = store.connection.driver_connection
    statement = _statement("COPY {} ({}) FROM STDIN", table, columns)
    with path.open("rb") as file, driver.cursor() as cursor, cursor.copy(statement) as copy:
        while data := file.read(_CHUNK):
            copy.write(data)


def _clear(store: Connection, force: bool) -> None:
    names = sorted(_tables(store))
    filled = [name for name in names if name != _SCHEMA_TABLE and store.scalar(text(f'SELECT 1 FROM "{name}" LIMIT 1'))]
    if filled and not force:
        raise CommandError("the store holds data already; --force replaces it")
    if names:
        store.execute(text("DROP TABLE {} CASCADE".format(", ".join(f'"{name}"' for name in names))))


def _take_off_foreign_keys(store: Connection) -> list[tuple[str, str, str]]:
    """Drop them: table, name and definition of each. They are put back, and so checked, when all rows are there."""
    query = text(
        "SELECT t.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
        "WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )
    found = [(table, name, definition) for table, name, definition in store.execute(query) if table in _OURS]
    for table, name, _ in found:
        store.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'))
    return found
