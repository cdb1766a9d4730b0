"""What a trained model understands of many texts, without a server.

python -m bot.evaluate MODEL < lines > parses

A line in is a JSON object with `text`; a line out, in the same order, is the `parse` that the channel answers with, and
`nlu_intent` (what the actions get: nlu_fallback where the bot fell back), `parts` (the requests of a message that holds
several) and `milliseconds`. Everything that Rasa prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor

from bot import speedups
from bot.turn_request import TurnRequest, describe_parse
from bot.turns import understand

# Dictionaries are loaded and matrices paged in with the first messages of each language.
_WARM_UP = (
    "안녕하세요, 배송비가 얼마예요? 그리고 포인트도 알려 주세요",
    "hi, where is my order? and how many points do I have?",
)


def parse_text(processor: MessageProcessor, text: str) -> dict[str, Any]:
    """One line of the output, see the module."""
    request = TurnRequest("evaluation", "evaluation", text, None, {})
    began = time.perf_counter()
    parsed = understand(processor, request)
    milliseconds = (time.perf_counter() - began) * 1000
    parts = [{"intent": part["intent"], "confidence": part["confidence"]} for part in parsed.get("parts", [])]
    return {
        **describe_parse(parsed, is_payload=False),
        "nlu_intent": parsed["intent"]["name"],
        "parts": parts,
        "milliseconds": round(milliseconds, 3),
    }


def parse_lines(processor: MessageProcessor, lines: Iterable[str]) -> Iterator[str]:
    """JSON lines of parses for JSON lines of texts."""
    for text in _WARM_UP * 2:
        parse_text(processor, text)
    for line in lines:
        yield json.dumps(parse_text(processor, json.loads(line)["text"]))


def main() -> None:
    """Load the model named on the command line, once, and parse stdin."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {os.path.basename(sys.executable)} -m bot.evaluate MODEL < lines > parses")
    # Libraries print to the real stdout; the parses have it for themselves.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as output:
        os.dup2(2, 1)
        speedups.install()
        processor = Agent.load(sys.argv[1]).processor
        if processor is None:
            sys.exit(f"no model in {sys.argv[1]}")
        with os.fdopen(os.dup(0), encoding="utf-8") as lines:
            for parse in parse_lines(processor, lines):
                output.write(parse + "\n")


if __name__ == "__main__":
    main()
