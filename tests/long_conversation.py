"""How a turn's latency and the action call's size go along in one conversation of a thousand turns; by hand:

.venv/bin/python -m tests.long_conversation             # its own stack, about five minutes
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench import OUR_TEXTS
from tests.e2e.chat import Chat, Stack
from tests.e2e.conftest import run_stack

TURNS = 1000
WINDOWS = (10, 100, 250, 500, 750, 1000)
AROUND = 10


def _payloads(log: Path, conversation_id: str) -> list[int]:
    """Bytes of the conversation's action calls, in order."""
    rows = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{"))
    return [
        int(row["payload_bytes"])
        for row in rows
        if row.get("event") == "action_ran" and row.get("conversation_id") == conversation_id
    ]


def measure(stack: Stack) -> list[tuple[int, float, float]]:
    """Turn, median milliseconds and median kilobytes around it."""
    chat = Chat(stack, "ko", stack.identity())
    times: list[float] = []
    for number in range(TURNS):
        began = time.perf_counter()
        chat.say(OUR_TEXTS[number % len(OUR_TEXTS)])
        times.append((time.perf_counter() - began) * 1000)
    sizes = _payloads(stack.home / "var" / "log" / "actions.log", chat.id)
    return [
        (
            turn,
            statistics.median(times[max(0, turn - AROUND) : turn]),
            statistics.median(sizes[max(0, turn - AROUND) : turn]) / 1000,
        )
        for turn in WINDOWS
    ]


def main() -> None:
    """Measure on a stack of its own and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        for stack in run_stack(Path(folder), "sqlite"):
            print("| turn | ms | kB |\n|---|---|---|")
            for turn, milliseconds, kilobytes in measure(stack):
                print(f"| {turn} | {milliseconds:.0f} | {kilobytes:.1f} |")


if __name__ == "__main__":
    main()
