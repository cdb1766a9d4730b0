"""A real Rasa server and a stand-in for the action server, for the tests of this folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from core.settings import PROJECT_ROOT
from dangol.rasa_files import TRACKER_STORE
from dangol.training import BOT_PYTHON, MODEL, quiet_rasa, train_if_changed

TOKEN = "a-token-for-tests-of-the-bot-channel-only"


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ActionStandIn:
    """Answers Rasa's action calls. `failing` makes actions raise (500); `calls` are the bodies that came, oldest first."""

    port: int
    failing: bool = False
    calls: list[dict[str, Any]] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen; returns when connections are accepted."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stand_in.calls.append(call)
                answer: dict[str, Any] = {"events": [], "responses": [{"custom": {"run": "key"}}]}
                if stand_in.failing:
                    answer = {"error": "boom", "action_name": call["next_action"]}
                body = json.dumps(answer).encode()
                self.send_response(500 if stand_in.failing else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@dataclass(frozen=True)
class Answer:
    """Status and JSON body of the channel's answer."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class RasaProcess:
    """A running Rasa with the project's model, the action server it calls and the file it keeps its trackers in."""

    url: str
    actions: ActionStandIn
    database: Path

    def post(self, body: object, *, token: str | None = TOKEN) -> Answer:
        """POST to the channel; `body` is sent as it is when it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/webhooks/dangol/turn", data, {"Content-Type": "application/json"})
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, json.load(response))
        except urllib.error.HTTPError as error:
            return Answer(error.code, json.load(error))

    def say(self, text: str, *, sender: str, message: str = "m1", **more: Any) -> Answer:
        """One customer message of text."""
        return self.post({"sender_id": sender, "message_id": message, "text": text, **more})

    def press(self, payload: str, *, sender: str, message: str = "m1") -> Answer:
        """One pressed button."""
        return self.post({"sender_id": sender, "message_id": message, "payload": payload})


def _wait_until_up(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Rasa ended with {process.returncode}:\n{log.read_text(errors='replace')[-3000:]}")
        try:
            with urllib.request.urlopen(f"{url}/webhooks/dangol/", timeout=1):
                return
        except OSError:
            # Nothing announces that a server of another process listens: ask again shortly.
            threading.Event().wait(0.2)
    raise RuntimeError(f"Rasa did not come up:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def running_rasa(folder: Path) -> Iterator[RasaProcess]:
    """The project's model (trained when its inputs changed), served from a database in `folder`."""
    train_if_changed(folder / "train.log")
    actions = ActionStandIn(free_port())
    actions.start()
    endpoints = {
        "action_endpoint": {"url": f"http://127.0.0.1:{actions.port}/webhook"},
        "tracker_store": {"type": TRACKER_STORE, "dialect": "sqlite", "db": str(folder / "rasa.db")},
    }
    (folder / "endpoints.yml").write_text(json.dumps(endpoints))
    (folder / "credentials.yml").write_text(json.dumps({"bot.channel.DangolInput": {}}))
    port = free_port()
    command = [str(BOT_PYTHON), "-m", "rasa", "run", "--model", str(MODEL), "--interface", "127.0.0.1"]
    command += ["--port", str(port), "--endpoints", str(folder / "endpoints.yml")]
    command += ["--credentials", str(folder / "credentials.yml")]
    log = folder / "rasa.log"
    environment = {**quiet_rasa(), "DANGOL_INTERNAL_TOKEN": TOKEN, "PATH": os.environ.get("PATH", "")}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_up(process, url, log)
        yield RasaProcess(url, actions, folder / "rasa.db")
    finally:
        process.terminate()
        process.wait(20)
        actions.stop()
