"""`dangol run` with a real supervisord and small processes in place of the real ones."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.settings import Settings, load_settings
from dangol import processes, supervise
from dangol.progress import CommandError

# Answers every request with 200, and has a child of its own that must not outlive it.
ANSWERING = """
import http.server, subprocess, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_): pass
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


Answering = Callable[[int, str], processes.Program]


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    for name in ("DANGOL_PORT", "DANGOL_RASA__PORT", "DANGOL_ACTIONS__PORT"):
        monkeypatch.setenv(name, str(free_port()))
    monkeypatch.setattr(supervise, "prepare", lambda settings: None)
    return load_settings()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*found: processes.Program) -> None:
        for module in (processes, supervise):
            monkeypatch.setattr(module, "programs", lambda settings: list(found))

    return use


@pytest.fixture
def answering(tmp_path: Path) -> Answering:
    script = tmp_path / "answering.py"
    script.write_text(ANSWERING)
    return lambda port, name: processes.Program(name, [sys.executable, str(script), str(port)], starts_in=0)


def is_alive(process: psutil.Process) -> bool:
    # A container's first process may be slow to take note of those that ended.
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def offspring() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    before = set(offspring())
    yield
    assert not set(offspring()) - before


def test_runs_until_interrupted_and_leaves_no_process(
    settings: Settings, only: Callable[..., None], answering: Answering
) -> None:
    wanted = {"web": settings.port, "rasa": settings.rasa.port, "actions": settings.actions.port}
    only(*(answering(port, name) for name, port in wanted.items()))
    running: list[psutil.Process] = []

    others = set(offspring())  # of this test process: a stack that other tests use

    def announce() -> None:
        # A busy machine may list one a moment later.
        while len(found := set(offspring()) - others) < 7:
            pass
        running.extend(found)
        os.kill(os.getpid(), signal.SIGTERM)

    supervise.run(settings, announce)
    # supervisord, three processes and a child of each
    assert len(running) == 7
    assert not [process for process in running if is_alive(process)]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_killed_process_comes_back(settings: Settings, only: Callable[..., None], answering: Answering) -> None:
    only(answering(settings.port, "web"))

    def info() -> tuple[int, str]:
        with supervise.control(settings) as supervisor:
            found = supervisor.getProcessInfo("web")
        return found["pid"], found["statename"]

    def announce() -> None:
        first, _ = info()
        process = psutil.Process(first)
        process.kill()
        while info()[0] == first or info()[1] != "RUNNING":
            pass
        raise KeyboardInterrupt

    supervise.run(settings, announce)


def test_a_process_that_cannot_start_is_named_with_its_log(
    settings: Settings, only: Callable[..., None], answering: Answering
) -> None:
    broken = [sys.executable, "-c", "print('the index is missing'); raise SystemExit(3)"]
    only(answering(settings.actions.port, "actions"), processes.Program("web", broken, retries=0))
    with pytest.raises(CommandError, match=r"web cannot start; the end of .*web\.log:\nthe index is missing"):
        supervise.run(settings, lambda: None)


def test_a_second_run_from_the_same_folder_is_refused(settings: Settings) -> None:
    with supervise.only_one(settings), pytest.raises(CommandError, match="already runs from"):
        supervise.run(settings, lambda: None)
    assert not supervise.stop(settings)
