"""Whole conversations through the chat API: real Rasa, real action server, real store, on both databases.

The conversations are data (conversations/*.yml). Of each turn a file may state: outcome, intent, language, state, effects
(types, in order), says (all of these in the replies), not_says, source (the first article), products (how many at least),
price_max, price_min, buttons (at least one), coupon (whether one was given), coupons (how many at least).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.chat import Chat, Stack, text_of

CONVERSATIONS = [
    conversation
    for path in sorted(Path(__file__).with_name("conversations").glob("*.yml"))
    for conversation in yaml.safe_load(path.read_text(encoding="utf-8"))
]
pytestmark = pytest.mark.stack


def _products(turn: dict[str, Any]) -> list[dict[str, Any]]:
    return [product for reply in turn["replies"] for product in reply["products"]]


def _facts(turn: dict[str, Any]) -> dict[str, Any]:
    """What a turn shows of the things a file may state as equal."""
    sources = [source["topic"] for reply in turn["replies"] for source in reply["sources"]]
    return {
        "outcome": turn["outcome"],
        "intent": turn["message"]["intent"],
        "language": turn["message"]["language"],
        "state": turn["state"],
        "effects": [effect["type"] for effect in turn["effects"]],
        "source": sources[0] if sources else None,
        "coupon": any(reply["coupon"] for reply in turn["replies"]),
        "buttons": any(reply["buttons"] for reply in turn["replies"]),
    }


def _check(turn: dict[str, Any], expected: dict[str, Any]) -> None:
    facts = _facts(turn)
    stated = {key: value for key, value in expected.items() if key in facts}
    assert {key: facts[key] for key in stated} == stated, turn
    said = text_of(turn)
    for words in expected.get("says", []):
        assert words in said
    for words in expected.get("not_says", []):
        assert words not in said
    products = _products(turn)
    assert len(products) >= expected.get("products", 0)
    assert all(product["price"] <= expected.get("price_max", 10**9) for product in products)
    assert all(product["price"] >= expected.get("price_min", 0) for product in products)
    assert sum(len(reply["coupons"]) for reply in turn["replies"]) >= expected.get("coupons", 0)


def _do(chat: Chat, step: dict[str, Any], last: dict[str, Any]) -> dict[str, Any]:
    if "press" in step:
        shown = [button for reply in last["replies"] for button in reply["buttons"]]
        return chat.press(next(b["payload"] for b in shown if step["press"] in (b["title"], b["payload"])))
    return chat.say(step["say"])


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation["name"])
def test_conversation(stack: Stack, conversation: dict[str, Any]) -> None:
    who = conversation.get("who", "anonymous")
    identity = None if who == "anonymous" else stack.identity("--birthday", who)
    chat = Chat(stack, conversation.get("locale"), identity)
    turn: dict[str, Any] = {}
    for step in conversation["turns"]:
        if "sign_in" in step:
            chat.sign_in(stack.identity("--birthday", step["sign_in"]))
            continue
        turn = _do(chat, step, turn)
        _check(turn, step.get("then", {}))
        assert turn["replies"]
        assert len(turn["candidates"]) == (0 if "press" in step else 3)


def test_there_are_enough_in_both_languages() -> None:
    languages = [conversation["locale"] for conversation in CONVERSATIONS]
    assert languages.count("ko") >= 15
    assert languages.count("en") >= 15
