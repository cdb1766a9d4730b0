"""`dangol run`: prepare the store and the model, start every process under supervisord, stop them all in the end."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from core.settings import Settings
from dangol.ports import check_ports, wanted_ports
from dangol.processes import log_path, programs, socket_path, write_supervisord_conf
from dangol.progress import CommandError, say
from dangol.rasa_files import prepare_tracker, rasa_secrets, write_rasa_files
from dangol.readiness import wait_until_ready
from dangol.training import quiet_rasa, train_if_changed

LAST_LINES = 15
LONGEST_STOP = 25.0
_PR_SET_PDEATHSIG = 1


def run(settings: Settings, announce: Callable[[], None]) -> None:
    """Run Dangol until it is told to stop (Ctrl-C, SIGTERM). `announce` is called once all is ready to answer.

    Raises CommandError where it cannot start, after everything that had started was stopped.
    """
    with (
        only_one(settings),
        contextlib.suppress(KeyboardInterrupt),
        handling(_interrupt, signal.SIGTERM, signal.SIGHUP),
    ):
        check_ports(wanted_ports(settings))
        prepare(settings)
        with supervisord(settings) as process:
            wait_until_ready(settings, lambda: raise_if_failed(settings, process))
            announce()
            watch(settings, process)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def handling(handler: Callable[[int, object], None] | signal.Handlers, *numbers: signal.Signals) -> Iterator[None]:
    """Handle these signals so, and as before afterwards."""
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, former in zip(numbers, before, strict=True):
            signal.signal(number, former)


def _pid_file(settings: Settings) -> Path:
    return settings.var / "dangol.pid"


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the home folder; CommandError where another `dangol run` holds it."""
    with _pid_file(settings).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"Dangol already runs from {settings.home}: `dangol stop` stops it") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def stop(settings: Settings) -> bool:
    """Stop the Dangol that runs from this home folder and wait until it has; False where none runs."""
    try:
        with only_one(settings):
            return False
    except CommandError:
        pid = int(_pid_file(settings).read_text())
    os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(LONGEST_STOP * 2)
    return True


def prepare(settings: Settings) -> None:
    """Everything that must be there before a process starts: schema, demonstration shop, model, Rasa's files."""
    # Imported here: the store's libraries cost a second that a taken port need not wait for.
    from crm_store.migrate import upgrade
    from dangol.demo.seed import seed_if_empty
    from dangol.init import is_own_shop

    say("bringing the store up to date")
    upgrade(settings.store_url)
    if not is_own_shop(settings) and seed_if_empty(settings):
        say("the store was empty: the demonstration shop is in it now")
    train_if_changed(log_path(settings, "train"))
    prepare_tracker(settings)
    write_rasa_files(settings)


def _end_with_parent() -> None:
    # Linux: supervisord gets SIGTERM also when this process is killed without a chance to say so.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def supervisord(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """supervisord with every process, and none of them left afterwards."""
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(write_supervisord_conf(settings))]
    say(f"starting {', '.join(program.name for program in programs(settings))}; logs in {settings.var / 'log'}")
    process = subprocess.Popen(
        command,
        env={**quiet_rasa(), **rasa_secrets(settings)},
        stdin=subprocess.DEVNULL,
        # A session of its own: Ctrl-C reaches this process alone, which then stops the others in order.
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no thread runs yet
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Whoever presses Ctrl-C twice must not leave half of it behind.
    with handling(signal.SIG_IGN, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        say("stopping")
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(LONGEST_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
        for left in psutil.wait_procs(family, timeout=1)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait(5)
        say("stopped")


@contextlib.contextmanager
def control(settings: Settings) -> Iterator[Any]:
    """supervisord's XML-RPC namespace (getAllProcessInfo, stopProcess, startProcess, ...) of a running Dangol.

    Raises OSError where none runs, xmlrpc.client.Fault where supervisord refuses.
    """
    transport = SupervisorTransport(None, None, f"unix://{socket_path(settings)}")
    try:
        yield ServerProxy("http://127.0.0.1", transport=transport).supervisor
    finally:
        transport.close()


def failed_programs(settings: Settings) -> list[str]:
    """Names of the processes that supervisord has given up on; empty while it does not answer yet."""
    try:
        with control(settings) as supervisor:
            found = supervisor.getAllProcessInfo()
    except (OSError, Fault, HTTPException):
        return []
    return [str(info["name"]) for info in found if info["statename"] == "FATAL"]


def last_lines(path: Path) -> str:
    """The end of a log file, as it is shown where a process fails."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-LAST_LINES:])
    except OSError:
        return "(no log)"


def raise_if_failed(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """CommandError, with the end of its log, where a process cannot start or supervisord itself has ended."""
    if process.poll() is not None:
        path = log_path(settings, "supervisord")
        raise CommandError(f"supervisord ended (exit {process.returncode}); the end of {path}:\n{last_lines(path)}")
    for name in failed_programs(settings):
        path = log_path(settings, name)
        raise CommandError(f"{name} cannot start; the end of {path}:\n{last_lines(path)}")


def watch(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    """Until supervisord ends. A process given up on later is named, once; the others go on serving."""
    named: set[str] = set()
    while process.poll() is None:
        for name in set(failed_programs(settings)) - named:
            named.add(name)
            say(f"{name} keeps failing and was given up; the end of its log:\n{last_lines(log_path(settings, name))}")
        time.sleep(1)
    raise_if_failed(settings, process)
