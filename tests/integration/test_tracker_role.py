"""On PostgreSQL, Rasa's own role: it has its schema, and nothing of the shop's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from core.settings import Settings, load_settings
from dangol.rasa_files import prepare_tracker, tracker_url

pytestmark = pytest.mark.postgres


@pytest.fixture
def settings(postgres_databases: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    monkeypatch.setenv("DANGOL_DATABASE_URL", postgres_databases())
    return load_settings()


def connect(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    url = tracker_url(settings)
    assert url is not None
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


def test_rasa_may_write_in_its_schema_and_read_nothing_else(settings: Settings) -> None:
    prepare_tracker(settings)
    with connect(settings) as connection:
        connection.execute("CREATE TABLE events (id int)")
        found = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'events'").fetchall()
        assert ("rasa",) in found
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM public.customers")


def test_preparing_again_keeps_what_rasa_wrote(settings: Settings) -> None:
    prepare_tracker(settings)
    with connect(settings) as connection:
        connection.execute("CREATE TABLE events (id int)")
    prepare_tracker(settings)
    with connect(settings) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
