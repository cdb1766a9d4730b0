"""The whole stack, started as a shop would start it: `dangol run` with its own home, ports and database."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.chat import DANGOL, ROOT, Stack

START_LIMIT = 420
# What a conversation says does not hang on the database; each is held on SQLite, and one in so many on PostgreSQL as well.
# DANGOL_ALL_CONVERSATIONS=1 holds all of them on both (seven minutes more).
ON_POSTGRES = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out two thirds of the conversations on PostgreSQL."""
    if os.environ.get("DANGOL_ALL_CONVERSATIONS"):
        return
    held = [item for item in items if item.name.startswith("test_conversation[postgres-")]
    left_out = {item for at, item in enumerate(held) if at % ON_POSTGRES}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"dangol run ended with {process.returncode}:\n{log.read_text()[-4000:]}")
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)  # another process is being waited for; there is nothing to be notified by
    raise RuntimeError(f"not ready after {START_LIMIT} s:\n{log.read_text()[-4000:]}")


def run_stack(home: Path, database: str, database_url: str = "", **more: str) -> Iterator[Stack]:
    """A running stack; stopped, and nothing left of it, afterwards."""
    web, rasa, actions = _free_ports(3)
    environment = {
        "DANGOL_HOME": str(home),
        "DANGOL_PORT": str(web),
        "DANGOL_RASA__PORT": str(rasa),
        "DANGOL_ACTIONS__PORT": str(actions),
        "DANGOL_RATE_LIMITS__ENABLED": "false",
        "DANGOL_IDENTITY_SECRET": secrets.token_urlsafe(36),
        **({"DANGOL_DATABASE_URL": database_url} if database_url else {}),
        **more,
    }
    log = home / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(DANGOL), "run"], cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        stack = Stack(f"http://127.0.0.1:{web}", environment, home, database)
        try:
            _wait_until_ready(stack.url, process, log)
            yield stack
        finally:
            process.terminate()
            process.wait(timeout=60)


def running_stack() -> Stack | None:
    """The stack that DANGOL_E2E_URL names, with its DANGOL_HOME, where one that runs is to be talked to."""
    url, home = os.environ.get("DANGOL_E2E_URL"), os.environ.get("DANGOL_HOME")
    if not url or not home:
        return None
    environment = {"DANGOL_HOME": home, "DANGOL_PORT": str(httpx.URL(url).port or 80)}
    return Stack(url, environment, Path(home), "sqlite")


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running stack, once on SQLite and once on PostgreSQL; the one of DANGOL_E2E_URL instead of both."""
    if (running := running_stack()) is not None:
        yield running
        return
    home = tmp_path_factory.mktemp(f"home-{request.param}")
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_databases")()
    yield from run_stack(home, request.param, url)
