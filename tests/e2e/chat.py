"""A customer's side of the chat API, and the running stack's commands, for end-to-end tests."""

from __future__ import annotations

import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt

ROOT = Path(__file__).resolve().parents[2]
DANGOL = ROOT / ".venv" / "bin" / "dangol"
WAIT = 25
MAIL_LIMIT = 30


@dataclass
class Stack:
    """A running Dangol: where it answers, and the environment its commands need."""

    url: str
    environment: dict[str, str]
    home: Path
    database: str

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `dangol ...` against this stack."""
        return subprocess.run(
            [str(DANGOL), *arguments], env={**os.environ, **self.environment}, capture_output=True, text=True,
            check=check, timeout=120,
        )  # fmt: skip

    def identity(self, *options: str) -> str:
        """A signed identity of a demonstration customer."""
        return self.command("demo", "identity", *options).stdout.strip()

    @contextmanager
    def staff(self, role: str = "support") -> Iterator[httpx.Client]:
        """A client logged in as a member of staff."""
        email, password = self.command("demo", "staff", role).stdout.split()
        with httpx.Client(base_url=f"{self.url}/api/v1/staff", timeout=30, trust_env=False) as client:
            login = client.post("/login", json={"email": email, "password": password})
            assert login.status_code == 200, login.text
            client.headers["Authorization"] = f"Bearer {login.json()['token']}"
            yield client


@dataclass
class Chat:
    """One customer's conversation."""

    stack: Stack
    locale: str | None = None
    identity: str | None = None
    http: httpx.Client = field(init=False)
    session: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=f"{self.stack.url}/api/v1/chat", timeout=WAIT + 15, trust_env=False)
        body = {key: value for key, value in (("locale", self.locale), ("identity", self.identity)) if value}
        answer = self.http.post("/sessions", json=body)
        assert answer.status_code == 201, answer.text
        self.session = answer.json()
        self.http.headers["Authorization"] = f"Bearer {self.session['token']}"

    @property
    def id(self) -> str:
        """The conversation's id."""
        return str(self.session["conversation_id"])

    def post(self, *, wait: int = WAIT, message_id: str | None = None, **body: Any) -> httpx.Response:
        """One message, as the API takes it."""
        body["client_message_id"] = message_id or str(uuid.uuid4())
        return self.http.post("/messages", params={"wait": wait}, json=body)

    def say(self, text: str) -> dict[str, Any]:
        """Write a text and wait for its turn."""
        answer = self.post(text=text)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def press(self, payload: str) -> dict[str, Any]:
        """Press a shown button and wait for its turn."""
        answer = self.post(payload=payload)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def sign_in(self, identity: str) -> None:
        """Sign in within the conversation."""
        answer = self.http.post("/identity", json={"identity": identity})
        assert answer.status_code == 200, answer.text

    def history(self) -> list[dict[str, Any]]:
        """All messages so far."""
        return list(self.http.get("/messages", params={"limit": 200}).json()["messages"])


def email_of(stack: Stack, account: str) -> str:
    """The address of another demonstration customer ("near", "far"), or one that nobody has ("new")."""
    if account == "new":
        return f"e2e-{uuid.uuid4().hex[:12]}@example.com"
    claims = jwt.decode(stack.identity("--birthday", account), options={"verify_signature": False})
    return str(claims["email"])


def mailed_code(stack: Stack, email: str) -> str:
    """The code in the latest mail that the demonstration caught for an address; the worker brings it within seconds."""
    deadline = time.monotonic() + MAIL_LIMIT
    while time.monotonic() < deadline:
        page = httpx.get(f"{stack.url}/demo/mail", params={"to": email}, timeout=10, trust_env=False)
        if found := re.search(r"<article>.*?(?<!\d)(\d{6})(?!\d)", page.text, re.DOTALL):
            return found[1]
        time.sleep(0.3)  # another process is being waited for; there is nothing to be notified by
    raise AssertionError(f"no mail to {email} within {MAIL_LIMIT} s")


def text_of(turn: dict[str, Any]) -> str:
    """All that was said in a turn."""
    return "\n".join(reply["text"] for reply in turn["replies"])
