"""What the command line tells the person who waits."""

from __future__ import annotations

import time

_STARTED = time.monotonic()


class CommandError(Exception):
    """A command cannot go on; the message is the one line to show."""


def elapsed() -> float:
    """Seconds since the command began."""
    return time.monotonic() - _STARTED


def say(message: str) -> None:
    """One progress line on stdout, with the seconds since the command began."""
    print(f"[{elapsed():5.0f} s] {message}", flush=True)
