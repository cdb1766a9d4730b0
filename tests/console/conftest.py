"""The web application over a fresh store, with three members of staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from core.settings import RateLimitSettings, Settings
from crm_store.staff import service as staff
from dangol.web import create_app
from tests.console.room import KEY, Room, add_people


@pytest.fixture
def settings(sqlite_store: str, tmp_path: Path) -> Settings:
    """Settings of a test's own home folder."""
    return Settings(
        home=tmp_path, database_url=sqlite_store, identity_secret=KEY, secret_key=KEY, internal_token=KEY,
        rate_limits=RateLimitSettings(enabled=True),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed for speed here, not for safety."""
    monkeypatch.setattr(staff, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def room(settings: Settings) -> Iterator[Room]:
    """The application being served, and people to call it as."""
    with TestClient(create_app(settings), base_url="http://shop.test", follow_redirects=False) as client:
        yield Room(client, add_people())
