"""A store that is away: 503 and nothing acknowledged, and all is well again when it is back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from psycopg import sql
from pydantic import SecretStr

from core.settings import Settings
from dangol.web import create_app

KEY = SecretStr("a key that only these tests know of")
CHAT = "/api/v1/chat"


def _allow(address: str, allowed: bool) -> None:
    """Let the database take connections, or take none and end those it has."""
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    other = psycopg.conninfo.make_conninfo(address, dbname="postgres")
    with psycopg.connect(other, autocommit=True) as admin:
        switch = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
        admin.execute(sql.SQL(switch).format(sql.Identifier(str(name)), sql.Literal(allowed)))
        if not allowed:
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.mark.postgres
def test_a_store_that_is_away(postgres_databases: Callable[[], str], tmp_path: Path) -> None:
    address = postgres_databases()
    settings = Settings(home=tmp_path, database_url=address, identity_secret=KEY, secret_key=KEY, internal_token=KEY)
    with TestClient(create_app(settings), base_url="http://shop.test", raise_server_exceptions=False) as client:
        opened = client.post(f"{CHAT}/sessions").json()
        client.headers["Authorization"] = f"Bearer {opened['token']}"

        def ask() -> list[Response]:
            return [
                client.post(f"{CHAT}/messages", json={"client_message_id": "1", "text": "안녕하세요"}),
                client.get(f"{CHAT}/messages"),
                client.get(f"{CHAT}/events"),
                client.post(f"{CHAT}/sessions"),
                client.post("/api/v1/staff/login", json={"email": "a@dangol.example", "password": "x" * 12}),
            ]

        _allow(address, False)
        for _ in range(3):
            assert {answer.json()["code"] for answer in ask()} == {"store_unavailable"}
        assert client.get("/healthz").status_code == 200
        assert "store" in client.get("/readyz").json()["not_ready"]
        _allow(address, True)
        assert client.get(f"{CHAT}/messages").json()["messages"] == []
        assert client.post(f"{CHAT}/messages", json={"client_message_id": "1", "text": "안녕하세요"}).status_code == 202
