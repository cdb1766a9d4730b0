"""Whole conversations through the chat API: real Rasa, real action server, real store, on both databases.

The conversations are data (conversations/*.yml). Of each turn a file may state: outcome, intent, language, state, effects
(types, in order), says (all of these in the replies), not_says, source (the first article), products (how many at least),
price_max, price_min, buttons (at least one), coupon (whether one was given), coupons (how many at least).

A turn is a text (`say`), a button (`press`, by its title, payload, or place from 0), as many first buttons as it takes until some
words are said (`press_until`), or the code of the latest mail to an address (`code_from_mail`). `sign_in` signs in on the shop's
page. `{email}` in a text is the address of `account` (near, far: a demonstration customer; new: a mailbox of its own).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.chat import Chat, Stack, email_of, mailed_code, text_of

CONVERSATIONS = [
    conversation
    for path in sorted(Path(__file__).with_name("conversations").glob("*.yml"))
    for conversation in yaml.safe_load(path.read_text(encoding="utf-8"))
]
MOST_PRESSES = 6
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


def _press(chat: Chat, which: str | int, last: dict[str, Any]) -> dict[str, Any]:
    shown = [button for reply in last["replies"] for button in reply["buttons"]]
    if isinstance(which, int):
        return chat.press(shown[which]["payload"])
    return chat.press(next(b["payload"] for b in shown if which in (b["title"], b["payload"])))


def _do(chat: Chat, step: dict[str, Any], last: dict[str, Any], email: str) -> dict[str, Any]:
    if "press" in step:
        return _press(chat, step["press"], last)
    if "press_until" in step:
        for _ in range(MOST_PRESSES):
            if step["press_until"] in text_of(last):
                return last
            last = _press(chat, 0, last)
        return last
    if "code_from_mail" in step:
        return chat.say(mailed_code(chat.stack, email))
    return chat.say(step["say"].replace("{email}", email))


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation["name"])
def test_conversation(stack: Stack, conversation: dict[str, Any]) -> None:
    who = conversation.get("who", "anonymous")
    identity = None if who == "anonymous" else stack.identity("--birthday", who)
    chat = Chat(stack, conversation.get("locale"), identity)
    email = email_of(stack, conversation["account"]) if "account" in conversation else ""
    turn: dict[str, Any] = {}
    for step in conversation["turns"]:
        if "sign_in" in step:
            chat.sign_in(stack.identity("--birthday", step["sign_in"]))
            continue
        turn = _do(chat, step, turn, email)
        _check(turn, step.get("then", {}))
        assert turn["replies"]
        if "press_until" not in step:
            assert len(turn["candidates"]) == (0 if "press" in step else 3)


def test_there_are_enough_in_both_languages() -> None:
    languages = [conversation["locale"] for conversation in CONVERSATIONS]
    assert languages.count("ko") >= 15
    assert languages.count("en") >= 15
