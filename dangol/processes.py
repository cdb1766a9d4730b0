"""Which processes make up Dangol, and supervisord's configuration for them."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import PROJECT_ROOT, Settings
from dangol.training import BOT_PYTHON, MODEL

# A socket's path may have 104 characters on macOS, 108 on Linux.
_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True)
class Program:
    """One process: its command, how long it must stay up to count as started and may take to stop (seconds), how
    often a start is tried again before it is given up."""

    name: str
    command: list[str]
    starts_in: int = 15
    stops_in: int = 10
    retries: int = 4
    environment: Mapping[str, str] = field(default_factory=dict)


def programs(settings: Settings) -> list[Program]:
    """Every process of this home folder, in the order of their start."""
    rasa = [str(BOT_PYTHON), "-m", "rasa", "run", "--model", str(MODEL), "--interface", "127.0.0.1"]
    rasa += ["--port", str(settings.rasa.port)]
    for kind in ("endpoints", "credentials"):
        rasa += [f"--{kind}", str(settings.var / "rasa" / f"{kind}.yml")]
    python = sys.executable
    found = [
        # Small pools: embedded PostgreSQL takes 100 connections for everybody.
        Program("rasa", rasa, environment={"POSTGRESQL_POOL_SIZE": "5", "POSTGRESQL_MAX_OVERFLOW": "5"}),
        Program("actions", [python, "-m", "actions"]),
        Program("web", [python, "-m", "dangol.web"]),
        Program("worker", [python, "-m", "dangol.worker"]),
    ]
    if settings.telegram.token is not None and settings.telegram.token.get_secret_value():
        found.append(Program("telegram", [python, "-m", "channels.telegram"]))
    return found


def log_path(settings: Settings, name: str) -> Path:
    """Where a process's output goes."""
    return settings.var / "log" / f"{name}.log"


def socket_path(settings: Settings) -> Path:
    """supervisord's own socket: in var/, or in the temporary folder where that path would be too long for a socket."""
    path = settings.var / "supervisor.sock"
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"dangol-{name}.sock"


def _escape(value: object) -> str:
    # supervisord expands %(name)s in every value.
    return str(value).replace("%", "%%")


def _section(name: str, values: Mapping[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{key}={_escape(value)}" for key, value in values.items())]) + "\n"


def _program_section(settings: Settings, program: Program, priority: int) -> str:
    # One thread each for numpy and FAISS: their vectors are small, and idle OpenMP threads spin on the other processes' cores.
    environment = {
        "DANGOL_HOME": str(settings.home),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        **program.environment,
    }
    values: dict[str, object] = {
        "command": shlex.join(program.command),
        "directory": PROJECT_ROOT,
        "environment": ",".join(f'{key}="{value}"' for key, value in environment.items()),
        "priority": priority,
        "autorestart": "true",
        "startsecs": program.starts_in,
        "startretries": program.retries,
        "stopwaitsecs": program.stops_in,
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": log_path(settings, program.name),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 5,
    }
    return _section(f"program:{program.name}", values)


def supervisord_conf(settings: Settings) -> str:
    """The text of supervisord.conf. It holds no secret: those are in supervisord's environment and in .env."""
    socket = socket_path(settings)
    general: dict[str, object] = {
        "nodaemon": "true",
        "silent": "true",
        "logfile": log_path(settings, "supervisord"),
        "logfile_maxbytes": "10MB",
        "logfile_backups": 5,
        "pidfile": settings.var / "supervisord.pid",
        "childlogdir": settings.var / "log",
    }
    if os.geteuid() == 0:
        general["user"] = "root"  # said aloud, or supervisord warns at each start
    factory = {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}
    sections = [
        _section("unix_http_server", {"file": socket, "chmod": "0700"}),
        _section("supervisord", general),
        _section("rpcinterface:supervisor", factory),
        _section("supervisorctl", {"serverurl": f"unix://{socket}"}),
    ]
    sections += [_program_section(settings, program, 10 * (at + 1)) for at, program in enumerate(programs(settings))]
    return "\n".join(sections)


def write_supervisord_conf(settings: Settings) -> Path:
    """Write var/supervisord.conf, readable by its owner alone, and make the log folder."""
    (settings.var / "log").mkdir(parents=True, exist_ok=True)
    path = settings.var / "supervisord.conf"
    path.write_text(supervisord_conf(settings))
    path.chmod(0o600)
    return path
