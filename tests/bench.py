"""`make bench`: a whole turn of Dangol beside a stock `rasa init` bot's reply, in one run on one machine.

Ours: POST /api/v1/chat/messages with wait, so the API, the store, Rasa, the action server, the store again, the reply.
Theirs: POST /webhooks/rest/webhook of a freshly initialised project (DIET, ResponseSelector, TED; in-memory tracker, no store,
no actions). Measured: median latency of one client, then messages a second of eight clients. The two are measured in turns,
so that the machine's other load falls on both. Writes docs/benchmark.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import socket
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from tests.e2e.chat import ROOT, Stack
from tests.e2e.conftest import run_stack

STOCK_TEXTS = ["hello", "i am sad today", "great", "are you a bot?", "bye", "not good", "good evening", "yes"]
OUR_TEXTS = [
    "안녕하세요", "배송비가 얼마예요?", "3만원 이하로 크림 찾아줘요", "내 포인트 얼마나 남았어?",
    "how many days do I have to return something?", "where is my order?", "thanks a lot", "which coupons do I have?",
]  # fmt: skip
CLIENTS = 8
Speak = Callable[[httpx.AsyncClient, str], Awaitable[None]]


@contextmanager
def stock_bot() -> Iterator[str]:
    """A trained `rasa init` project, serving its REST channel; its address."""
    rasa = [str(ROOT / ".venv-bot" / "bin" / "python"), "-m", "rasa"]
    quiet = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "rasa.log"
        with log.open("wb") as output:
            subprocess.run(
                [*rasa, "init", "--no-prompt", "--init-dir", folder],
                env=quiet,
                stdout=output,
                stderr=output,
                check=True,
            )
            server = subprocess.Popen(
                [*rasa, "run", "--port", str(port), "--interface", "127.0.0.1"],
                cwd=folder,
                env=quiet,
                stdout=output,
                stderr=output,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                _wait(url, server)
                print(f"stock bot: {psutil.Process(server.pid).memory_info().rss / 1e9:.2f} GB resident", flush=True)
                yield url
            finally:
                server.terminate()
                server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            if httpx.post(f"{url}/webhooks/rest/webhook", json={"sender": "w", "message": "hi"}, timeout=30).json():
                return
        except (httpx.HTTPError, ValueError):
            time.sleep(0.5)  # another process is being waited for
    raise RuntimeError("the stock bot ended")


async def _stock_client(url: str) -> tuple[httpx.AsyncClient, Speak]:
    said, sender = 0, ""

    async def speak(http: httpx.AsyncClient, text: str) -> None:
        nonlocal said, sender
        if said % len(STOCK_TEXTS) == 0:  # short conversations: its replies get slower with every message of a long one
            sender = uuid.uuid4().hex
        said += 1
        answer = await http.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
        assert answer.status_code == 200

    return httpx.AsyncClient(base_url=url, timeout=60, trust_env=False), speak


async def _our_client(stack: Stack) -> tuple[httpx.AsyncClient, Speak]:
    http = httpx.AsyncClient(base_url=f"{stack.url}/api/v1/chat", timeout=60, trust_env=False)
    identity = await asyncio.to_thread(stack.identity)
    session = (await http.post("/sessions", json={"identity": identity})).json()
    http.headers["Authorization"] = f"Bearer {session['token']}"

    async def speak(http: httpx.AsyncClient, text: str) -> None:
        body = {"client_message_id": uuid.uuid4().hex, "text": text}
        answer = await http.post("/messages?wait=25", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["replies"]

    return http, speak


async def _latencies(http: httpx.AsyncClient, speak: Speak, texts: list[str], count: int) -> list[float]:
    found = []
    for number in range(count):
        begin = time.perf_counter()
        await speak(http, texts[number % len(texts)])
        found.append((time.perf_counter() - begin) * 1000)
    return found


async def _rate(clients: list[tuple[httpx.AsyncClient, Speak]], texts: list[str], count: int) -> float:
    begin = time.perf_counter()
    await asyncio.gather(*(_latencies(http, speak, texts, count) for http, speak in clients))
    return len(clients) * count / (time.perf_counter() - begin)


async def _measure(stack: Stack, stock: str, rounds: int) -> dict[str, dict[str, list[float]]]:
    ours = [await _our_client(stack) for _ in range(CLIENTS)]
    theirs = [await _stock_client(stock) for _ in range(CLIENTS)]
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(rounds + 1):  # the first round warms up and does not count
        for name, clients, texts in (("dangol", ours, OUR_TEXTS), ("rasa init", theirs, STOCK_TEXTS)):
            figures = found.setdefault(name, {"p50": [], "p95": [], "rate": []})
            latencies = sorted(await _latencies(*clients[0], texts, 40))
            rate = await _rate(clients, texts, 24)
            if number:
                figures["p50"].append(statistics.median(latencies))
                figures["p95"].append(latencies[int(len(latencies) * 0.95)])
                figures["rate"].append(rate)
    for http, _ in (*ours, *theirs):
        await http.aclose()
    return found


def _resident(stack: Stack) -> float:
    """Resident memory of all processes of the stack, GB."""
    total = 0
    for process in psutil.process_iter():
        try:
            if process.environ().get("DANGOL_HOME") == str(stack.home):
                total += process.memory_info().rss
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total / 1e9


def _table(found: dict[str, dict[str, list[float]]], resident: float) -> str:
    rows = ["| | p50, one client | p95, one client | messages/s, eight clients |", "|---|---|---|---|"]
    median = {
        name: {key: statistics.median(values) for key, values in figures.items()} for name, figures in found.items()
    }
    rows += [
        f"| {name} | {figures['p50']:.1f} ms | {figures['p95']:.1f} ms | {figures['rate']:.0f} |"
        for name, figures in median.items()
    ]
    ours, theirs = median["dangol"], median["rasa init"]
    rows.append(
        f"| ratio | {ours['p50'] / theirs['p50']:.2f} | {ours['p95'] / theirs['p95']:.2f} | {ours['rate'] / theirs['rate']:.2f} |"
    )
    machine = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()} {platform.machine()}"
    return (
        "# Benchmark: a whole turn beside a stock Rasa bot\n\n"
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d}, {machine}, SQLite. Medians of rounds measured in turns.\n\n"
        "Ours is a whole turn: chat API, store, Rasa, action server, store, reply. The stock bot (`rasa init`: DIET,\n"
        "ResponseSelector, TED) answers over its REST channel from memory, without a\n"
        "store or actions, in conversations of eight messages.\n\n"
        + "\n".join(rows)
        + f"\n\nAll processes of Dangol together: {resident:.2f} GB resident.\n"
    )


def main() -> None:
    """Measure and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as home, stock_bot() as stock:
        stacks = run_stack(Path(home), "sqlite")
        stack = next(stacks)
        try:
            found = asyncio.run(_measure(stack, stock, rounds))
            table = _table(found, _resident(stack))
        finally:
            stacks.close()  # type: ignore[attr-defined]
    print(table)
    (ROOT / "docs" / "benchmark.md").write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
