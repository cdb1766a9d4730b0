"""Whatever dies in the middle of a turn, the message is kept and answered when it is back."""

from __future__ import annotations

import signal
import time
import uuid
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.e2e.chat import Chat, Stack

pytestmark = pytest.mark.stack
LIMIT = 90


def _process(stack: Stack, name: str) -> psutil.Process:
    """The stack's process whose command line names this module."""
    for process in psutil.process_iter():
        try:
            if name in process.cmdline() and process.environ().get("DANGOL_HOME") == str(stack.home):
                return process
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    raise LookupError(name)


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.2)  # other processes are being waited for
    raise AssertionError(f"not within {LIMIT} s: {what}")


def _ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.url}/readyz", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("module", ["actions", "rasa"])
def test_a_killed_process_costs_no_message(stack: Stack, module: str) -> None:
    """The process is stopped in its tracks, a message comes in and waits for it, then the process is killed."""
    chat = Chat(stack, "ko", stack.identity())
    victim = _process(stack, module)
    victim.send_signal(signal.SIGSTOP)
    message_id = str(uuid.uuid4())
    waiting = chat.post(text="생일 쿠폰 주세요", wait=2, message_id=message_id)
    assert waiting.status_code == 202
    assert waiting.json()["replies"] == []
    victim.kill()

    def answered() -> bool:
        return chat.post(text="생일 쿠폰 주세요", wait=5, message_id=message_id).status_code == 200

    _until(answered, f"an answer after {module} was killed")
    turn = chat.post(text="생일 쿠폰 주세요", message_id=message_id).json()
    assert turn["outcome"] == "acted"
    assert [effect["type"] for effect in turn["effects"]] == ["coupon_issued"]
    # A notice of the worker's (points about to expire) may come in between.
    assert [one["author"] for one in chat.history() if one["author"] != "system"] == ["customer", "bot"]
    # Others a newcomer may have had before.
    held = chat.say("내 쿠폰 보여줘")["replies"][0]["coupons"]
    assert len([coupon for coupon in held if "생일" in coupon["title"]]) == 1
    _until(lambda: _ready(stack), "readiness")


def test_a_killed_web_process_loses_nothing(stack: Stack) -> None:
    """The message was acknowledged, then its process died: another one answers it."""
    chat = Chat(stack, "en")
    actions = _process(stack, "actions")
    actions.send_signal(signal.SIGSTOP)
    try:
        message_id = str(uuid.uuid4())
        assert chat.post(text="how much is delivery?", wait=0, message_id=message_id).status_code == 202
        _process(stack, "dangol.web").kill()
    finally:
        actions.send_signal(signal.SIGCONT)
    _until(lambda: _ready(stack), "the web process is back")
    _until(
        lambda: chat.post(text="how much is delivery?", wait=5, message_id=message_id).status_code == 200, "an answer"
    )
    history = chat.history()
    assert [message["author"] for message in history] == ["customer", "bot"]
    assert history[1]["sources"][0]["topic"] == "shipping-fee"


def test_the_same_message_again_is_the_same_turn(stack: Stack) -> None:
    chat = Chat(stack, "ko", stack.identity())
    message_id = str(uuid.uuid4())
    first = chat.post(text="생일 쿠폰 주세요", message_id=message_id).json()
    again = [chat.post(text="생일 쿠폰 주세요", message_id=message_id) for _ in range(3)]
    assert [answer.json() for answer in again] == [first] * 3
    other = chat.post(text="다른 말", message_id=message_id)
    assert other.status_code == 409
    assert other.json()["code"] == "message_id_reused"
    assert len(chat.history()) == 2
