"""`dangol backup` and `restore`, on both databases: by restoring, also while others write, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.settings import Settings
from crm_store import db
from crm_store.articles.models import Article, ArticlePublication
from crm_store.articles.service import publish, save_draft
from crm_store.events.models import EventLogEntry
from crm_store.events.service import append
from crm_store.migrate import alembic_config, known_revisions, upgrade
from crm_store.points import service as points
from crm_store.points.models import LedgerEntry, PointsAccount
from dangol.backup import back_up, restore
from dangol.progress import CommandError
from tests.store.builders import NOW, make_customer, make_order, put_rules

SECRET = "x" * 40


@dataclass
class Place:
    """A store full of things, and how to get an empty one of the same kind."""

    settings: Settings
    fresh: Callable[[], Settings]


@pytest.fixture
def place(store: str, store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    def settings(name: str, url: str) -> Settings:
        home = tmp_path / name
        (home / "var").mkdir(parents=True)
        (home / ".env").write_text(f"DANGOL_SECRET_KEY={name}\n")
        return Settings(
            _env_file=None,
            home=home,
            database_url=url,
            identity_secret=SECRET,
            secret_key=SECRET,
            internal_token=SECRET,
        )

    def fresh() -> Settings:
        if store_kind == "sqlite":
            return settings("second", f"sqlite:///{tmp_path}/second/var/dangol.db")
        return settings("second", request.getfixturevalue("postgres_databases")())

    put_rules()
    fill()
    return Place(settings("first", store), fresh)


def fill() -> str:
    customer_id = make_customer()
    make_order(customer_id)
    with db.transaction() as session:
        entry = points.earn(
            session,
            customer_id=customer_id,
            amount=500,
            reason="test",
            idempotency_key=f"k:{customer_id}",
            actor="t",
            now=NOW,
        )
        points.reverse(
            session, entry_id=entry.id, reason="test", idempotency_key=f"r:{customer_id}", actor="t", now=NOW
        )
        save_draft(
            session, topic="return-fee", locale="ko", title="반품\t비용\\", body="한 줄\n두 줄", phrasings=["얼마?"],
            actor="t", now=NOW,
        )  # fmt: skip
        publish(session, topic="return-fee", locale="ko", actor="t", now=NOW)
    return customer_id


def rows() -> dict[str, list[Any]]:
    """Every row of the store that this process is configured for."""
    with db.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)))) for table in db.Base.metadata.tables.values()
        }


def test_a_store_comes_back_as_it_was_and_goes_on(place: Place, tmp_path: Path) -> None:
    picture = place.settings.var / "media" / "products" / "a.svg"
    picture.parent.mkdir(parents=True)
    picture.write_text("<svg/>")
    before = rows()
    assert before["ledger_entries"]
    archive = tmp_path / "backup.tar.gz"
    assert "1 pictures" in back_up(place.settings, archive)
    assert archive.stat().st_mode & 0o077 == 0
    second = place.fresh()
    assert "restored" in restore(second, archive, force=True)
    assert (second.var / "media" / "products" / "a.svg").read_text() == "<svg/>"
    assert (second.home / ".env").read_text() == "DANGOL_SECRET_KEY=second\n"
    db.configure(second.store_url)
    assert rows() == before
    fill()  # numbers go on where they stopped
    with pytest.raises(DBAPIError, match="append-only"), db.transaction() as session:
        session.execute(text("DELETE FROM ledger_entries"))
    with db.reading() as session:
        assert len(set(session.scalars(select(ArticlePublication.id)))) == 2


def test_numbers_of_rows_that_are_gone_are_not_given_again(place: Place, tmp_path: Path) -> None:
    with db.transaction() as session:
        append(session, "test", NOW)
        session.flush()
        last = max(session.scalars(select(EventLogEntry.id)))
        session.execute(text("DELETE FROM event_log"))
    back_up(place.settings, tmp_path / "b.tar.gz")
    second = place.fresh()
    restore(second, tmp_path / "b.tar.gz", force=True)
    db.configure(second.store_url)
    with db.transaction() as session:
        append(session, "test", NOW)
        session.flush()
        assert min(session.scalars(select(EventLogEntry.id))) > last


def test_a_backup_beside_writers_shows_one_moment(place: Place, tmp_path: Path) -> None:
    customer_id = make_customer()
    stopped, began = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            with db.transaction() as session:
                points.earn(
                    session,
                    customer_id=customer_id,
                    amount=1,
                    reason="w",
                    idempotency_key=f"w:{number}",
                    actor="t",
                    now=NOW,
                )
            began.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert began.wait(10)
        archives = [tmp_path / f"{number}.tar.gz" for number in range(3)]
        for archive in archives:
            back_up(place.settings, archive)
    finally:
        stopped.set()
        writer.join(10)
    second = place.fresh()
    for archive in archives:
        restore(second, archive, force=True)
        db.configure(second.store_url)
        with db.reading() as session:
            balance = session.scalars(
                select(PointsAccount.balance).where(PointsAccount.customer_id == customer_id)
            ).one()
            earned = session.scalars(select(LedgerEntry.amount).where(LedgerEntry.customer_id == customer_id)).all()
        assert balance == sum(earned) > 0
        db.current_engine().dispose()


def test_a_store_that_holds_rows_is_not_overwritten(place: Place, tmp_path: Path) -> None:
    back_up(place.settings, tmp_path / "b.tar.gz")
    before = rows()
    db.current_engine().dispose()
    with pytest.raises(CommandError, match="--force"):
        restore(place.settings, tmp_path / "b.tar.gz")
    assert rows() == before
    fill()
    db.current_engine().dispose()
    restore(place.settings, tmp_path / "b.tar.gz", force=True)
    assert rows() == before


def test_an_older_schema_is_brought_up(place: Place, tmp_path: Path) -> None:
    try:
        with db.current_engine().begin() as store:
            command.downgrade(alembic_config(store), known_revisions()[1])
        back_up(place.settings, tmp_path / "b.tar.gz")
    finally:
        upgrade(place.settings.store_url)  # other tests use it too
    second = place.fresh()
    restore(second, tmp_path / "b.tar.gz", force=True)
    db.configure(second.store_url)
    with db.reading() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == known_revisions()[0]
        assert session.scalars(select(Article.topic)).all() == ["return-fee"]


def test_secrets_only_when_asked_for(place: Place, tmp_path: Path) -> None:
    back_up(place.settings, tmp_path / "plain.tar.gz")
    back_up(place.settings, tmp_path / "full.tar.gz", with_secrets=True)
    second = place.fresh()
    with pytest.raises(CommandError, match="no secrets"):
        restore(second, tmp_path / "plain.tar.gz", with_secrets=True)
    restore(second, tmp_path / "full.tar.gz", with_secrets=True, force=True)
    assert (second.home / ".env").read_text() == "DANGOL_SECRET_KEY=first\n"
    assert (second.home / ".env.before").read_text() == "DANGOL_SECRET_KEY=second\n"


def changed(archive: Path, target: Path, name: str, data: bytes) -> Path:
    """The archive with one file replaced or added."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            if member.name != name:
                new.addfile(member, old.extractfile(member))
        added = tarfile.TarInfo(name)
        added.size = len(data)
        new.addfile(added, BytesIO(data))
    return target


def test_what_is_damaged_foreign_or_newer_changes_nothing(place: Place, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    back_up(place.settings, archive)
    with tarfile.open(archive) as file:
        names = file.getnames()
        manifest = json.loads(file.extractfile("manifest.json").read())  # type: ignore[union-attr]
    bad = tmp_path / "bad.tar.gz"
    second = place.fresh()
    for name, data in (
        (next(name for name in names if name.startswith("store/")), b"x"),
        ("../evil", b"x"),
        ("manifest.json", json.dumps({**manifest, "revision": "9999"}).encode()),
        ("manifest.json", json.dumps({**manifest, "format": 2}).encode()),
        ("manifest.json", json.dumps({**manifest, "database": "oracle"}).encode()),
        ("manifest.json", json.dumps({**manifest, "tables": {**manifest["tables"], "orders": 99}}).encode()),
    ):
        with pytest.raises(CommandError):
            restore(second, changed(archive, bad, name, data), force=True)
    bad.write_bytes(archive.read_bytes()[:-300])
    with pytest.raises(CommandError):
        restore(second, bad, force=True)
    assert not (tmp_path / "evil").exists()
    if second.store_url.startswith("sqlite"):
        assert not (second.var / "dangol.db").exists()


def test_a_store_in_use_is_not_replaced(sqlite_store: str, tmp_path: Path) -> None:
    put_rules()
    home = tmp_path / "home"
    (home / "var").mkdir(parents=True)
    settings = Settings(
        _env_file=None,
        home=home,
        database_url=sqlite_store,
        identity_secret=SECRET,
        secret_key=SECRET,
        internal_token=SECRET,
    )
    back_up(settings, tmp_path / "b.tar.gz")
    db.current_engine().dispose()
    with sqlite3.connect(sqlite_store.removeprefix("sqlite:///")) as other:
        other.execute("SELECT count(*) FROM rule_sets").fetchone()
        with pytest.raises(CommandError, match="in use"):
            restore(settings, tmp_path / "b.tar.gz", force=True)
    other.close()
    restore(settings, tmp_path / "b.tar.gz", force=True)
