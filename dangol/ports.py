"""The ports the processes listen on: all free before anything starts, or the taken one is named."""

from __future__ import annotations

import socket
from typing import NamedTuple

from core.settings import Settings
from dangol.progress import CommandError

LOOPBACK = "127.0.0.1"


class Port(NamedTuple):
    """A port to listen on, who wants it, and the setting that changes it."""

    number: int
    purpose: str
    setting: str


def wanted_ports(settings: Settings) -> list[Port]:
    """Every port `dangol run` is about to use."""
    return [
        Port(settings.port, "the web application", "DANGOL_PORT"),
        Port(settings.rasa.port, "Rasa", "DANGOL_RASA__PORT"),
        Port(settings.actions.port, "the action server", "DANGOL_ACTIONS__PORT"),
    ]


def is_free(number: int) -> bool:
    """Whether nothing listens on that port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
        except OSError:
            return False
    return True


def answers(number: int) -> bool:
    """Whether something accepts connections on that port."""
    try:
        socket.create_connection((LOOPBACK, number), timeout=1).close()
    except OSError:
        return False
    return True


def check_ports(ports: list[Port]) -> None:
    """Raise CommandError, naming port and setting, where one is taken or wanted twice."""
    seen: dict[int, Port] = {}
    for port in ports:
        if port.number in seen:
            other = seen[port.number]
            raise CommandError(f"port {port.number} is set twice: {other.setting} and {port.setting} must differ")
        seen[port.number] = port
        if not is_free(port.number):
            raise CommandError(
                f"port {port.number}, wanted for {port.purpose}, is taken: free it or set {port.setting} to another"
            )
