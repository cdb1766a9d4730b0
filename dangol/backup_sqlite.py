"""A SQLite store: copied page by page under one read lock, which keeps no writer waiting."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from crm_store.migrate import known_revisions, upgrade
from dangol.progress import CommandError

_FILE = "store.db"


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def dump(url: str, folder: Path) -> dict[str, Any]:
    """Write the store's file into the folder; the manifest's fields. CommandError where it is not sound."""
    if not _path(url).is_file():
        raise CommandError(f"{_path(url)}: no such store")
    with closing(sqlite3.connect(_path(url))) as source, closing(sqlite3.connect(folder / _FILE)) as target:
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target)
        return {"database": "sqlite", "revision": _revision(target), "tables": _count(target)}


def load(url: str, folder: Path, revision: str, tables: dict[str, int], _: dict[str, Any], force: bool) -> None:
    """Make the copy this release's and put it in the store's place. Nobody may have the store open."""
    path, copy = _path(url), folder / _FILE
    if revision not in known_revisions():
        raise CommandError(f"the backup is of a newer release (schema {revision})")
    with closing(sqlite3.connect(copy)) as store:
        _check(store)
        if _count(store) != tables:
            raise CommandError("the backup does not hold the rows it says")
    upgrade(f"sqlite:///{copy}")
    with closing(sqlite3.connect(copy)) as store:
        _check(store)
        store.execute("PRAGMA journal_mode=DELETE")
    if path.exists():
        _close(path, force)
    os.replace(copy, path)


def _close(path: Path, force: bool) -> None:
    """See that the store to be replaced is empty, or may be lost, and that it has no log beside it, which is not the new one's."""
    with closing(sqlite3.connect(path, timeout=5)) as store:
        if not force and any(_count(store).values()):
            raise CommandError("the store holds data already; --force replaces it")
        try:
            [mode] = store.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise CommandError(f"the store is in use: {error}") from error
    if mode != "delete":
        raise CommandError("the store is in use")


def _check(store: sqlite3.Connection) -> None:
    [verdict] = store.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok" or store.execute("PRAGMA foreign_key_check").fetchone():
        raise CommandError(f"the store is not sound: {verdict}")


def _revision(store: sqlite3.Connection) -> str:
    try:
        return str(store.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.OperationalError, TypeError):
        raise CommandError("the store is empty: nothing to back up") from None


def _count(store: sqlite3.Connection) -> dict[str, int]:
    """Rows of every table but the schema's own."""
    names = store.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
    )
    return {name: store.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names.fetchall()}
