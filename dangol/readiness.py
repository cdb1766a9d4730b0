"""Waiting until everything answers, and saying on what one waits."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable

from core.settings import Settings
from dangol.ports import LOOPBACK, answers
from dangol.progress import CommandError, say

LONGEST_WAIT = 300.0
PAUSE = 0.25
HEARTBEAT = 10.0

# A proxy set in the environment is not for loopback.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_ready(settings: Settings) -> bool:
    """Whether the web application says that it, Rasa and the action server answer."""
    try:
        with _opener.open(f"http://{LOOPBACK}:{settings.port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def wait_until_ready(settings: Settings, check: Callable[[], None], longest: float = LONGEST_WAIT) -> None:
    """Return when all is ready to answer. `check` is called every now and then and raises where waiting is in vain.

    Raises CommandError after `longest` seconds.
    """
    waiting = {"actions": settings.actions.port, "web": settings.port, "rasa": settings.rasa.port}
    started = spoken = time.monotonic()
    while not is_ready(settings):
        check()
        for name in [name for name, port in waiting.items() if answers(port)]:
            del waiting[name]
            say(f"{name} is up")
            spoken = time.monotonic()
        now = time.monotonic()
        if now - started > longest:
            raise CommandError(f"not ready after {longest:.0f} s; the logs are in {settings.var / 'log'}")
        if now - spoken > HEARTBEAT:
            say(f"waiting for {', '.join(waiting) or 'the last answer'}")
            spoken = now
        time.sleep(PAUSE)
