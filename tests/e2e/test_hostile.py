"""Bad input is refused or harmless: nothing changes, no stack trace, no silence."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import jwt
import pytest

from tests.e2e.chat import Chat, Stack

pytestmark = pytest.mark.stack
JSON = {"Content-Type": "application/json"}


def _refused(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]
    assert "Traceback" not in answer.text


def test_malformed_bodies(stack: Stack) -> None:
    chat = Chat(stack, "en")
    for body in (b"{", b"", b"[]", b"null", b'"x"', b'{"client_message_id": 1, "text": "x"}', b"\xff\xfe"):
        _refused(chat.http.post("/messages", content=body, headers=JSON), 400, 422)
    for fields in (
        {},
        {"text": ""},
        {"text": "  "},
        {"text": "a\x00b"},
        {"text": "x", "payload": "/greet"},
        {"text": 5},
    ):
        _refused(chat.post(**fields), 422)
    _refused(chat.http.post("/messages", content=b'{"client_message_id":"s","text":"\\ud800"}', headers=JSON), 400, 422)
    _refused(chat.post(text="가" * 4001), 422)
    _refused(chat.http.post("/messages?wait=99", json={"client_message_id": "w", "text": "hi"}), 422)
    assert chat.history() == []


def test_five_megabytes(stack: Stack) -> None:
    chat = Chat(stack, "en")
    big = json.dumps({"client_message_id": "b", "text": "x" * 5_000_000}).encode()
    _refused(chat.http.post("/messages", content=big, headers=JSON), 413)
    _refused(chat.http.post("/messages", content=iter([big]), headers=JSON), 413)
    assert chat.history() == []


def test_payloads_that_were_never_shown(stack: Stack) -> None:
    chat = Chat(stack, "ko", stack.identity())
    for payload in (
        "/request_coupon",
        "/delete_my_data",
        "/restart",
        "/no_such",
        "x",
        '/ask_faq{"topic":"return-fee"}',
    ):
        _refused(chat.post(payload=payload), 422)
    assert chat.history() == []


def test_commands_typed_by_hand_are_only_words(stack: Stack) -> None:
    chat = Chat(stack, "ko", stack.identity())
    for text in ("/restart", "/request_coupon", "/talk_to_human", "/session_start", '/ask_faq{"topic":"return-fee"}'):
        turn = chat.say(text)
        assert turn["message"]["text"] == text
        assert (turn["message"]["confidence"] or 0) < 1
        assert (turn["message"]["intent"], turn["outcome"], turn["effects"]) == ("out_of_scope", "declined", [])


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE customers; --",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "{{7*7}} ${7*7} %s %n {0} {name}",
        "🐙🐙🐙 👨‍👩‍👧‍👦 \u202e",
        "ㅋㅋㅋㅋㅋ",
        "!?!?!?",
        "가" * 4000,
        "SELECT * FROM orders WHERE 1=1",
    ],
)
def test_strange_texts_are_harmless(stack: Stack, text: str) -> None:
    chat = Chat(stack, "ko")
    turn = chat.say(text)
    assert turn["replies"]
    assert {effect["type"] for effect in turn["effects"]} <= {"handover_queued"}
    assert chat.history()[0]["text"] == text


def test_tokens(stack: Stack) -> None:
    chat = Chat(stack, "en")
    for token in (
        "x",
        chat.session["token"][:-3] + "abc",
        jwt.encode({"sub": chat.id}, "k" * 40, algorithm="HS256"),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        _refused(httpx.get(f"{stack.url}/api/v1/chat/messages", headers=headers, trust_env=False), 401)
    _refused(httpx.get(f"{stack.url}/api/v1/chat/messages", trust_env=False), 401)


def _forged(claims: dict[str, Any], key: str = "k" * 40, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


def test_forged_identities_open_no_session(stack: Stack) -> None:
    secret = stack.environment["DANGOL_IDENTITY_SECRET"]
    later, before = 4102444800, 1000000000
    forged = [
        _forged({"sub": "demo-near-001", "exp": later}),
        _forged({"sub": "demo-near-001", "exp": before}, secret),
        _forged({"sub": "demo-near-001"}, secret),
        _forged({"exp": later}, secret),
        jwt.encode({"sub": "demo-near-001", "exp": later}, "", algorithm="none"),
        "not a token",
    ]
    for identity in forged:
        answer = httpx.post(f"{stack.url}/api/v1/chat/sessions", json={"identity": identity}, trust_env=False)
        _refused(answer, 401)


def test_nobody_reads_another_conversation(stack: Stack) -> None:
    mine, theirs = Chat(stack, "en"), Chat(stack, "en")
    theirs.say("hello")
    message = theirs.history()[0]
    _refused(mine.http.get("/messages", params={"after": message["id"]}), 404)
    _refused(mine.http.post(f"/messages/{message['id']}/feedback", json={"helpful": True}), 404)
    picture = ("x.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20, "image/png")
    uploaded = theirs.http.post("/attachments", files={"file": picture})
    assert uploaded.status_code == 201
    attachment_id = uploaded.json()["attachment_id"]
    _refused(mine.post(attachment_id=attachment_id), 404, 422)
    _refused(mine.http.get(f"/attachments/{attachment_id}"), 404)
    assert theirs.post(attachment_id=attachment_id).json()["replies"]


def test_a_conversation_keeps_its_customer(stack: Stack) -> None:
    chat = Chat(stack, "en", stack.identity())
    _refused(chat.http.post("/identity", json={"identity": stack.identity()}), 409)


def test_attachments_are_what_they_say(stack: Stack) -> None:
    chat = Chat(stack, "en")
    for content in (b"MZ\x90\x00", b"<svg onload=alert(1)>", b"", b"%PDF-1.4"):
        _refused(chat.http.post("/attachments", files={"file": ("a.png", content, "image/png")}), 422)
    big = b"\x89PNG\r\n\x1a\n" + b"0" * (5 * 1024 * 1024)
    _refused(chat.http.post("/attachments", files={"file": ("a.png", big, "image/png")}), 413)


def test_feedback(stack: Stack) -> None:
    chat = Chat(stack, "en")
    reply = chat.say("hello")["replies"][0]["id"]
    for helpful in (True, False):
        assert chat.http.post(f"/messages/{reply}/feedback", json={"helpful": helpful}).status_code == 204
    _refused(chat.http.post(f"/messages/{chat.history()[0]['id']}/feedback", json={"helpful": True}), 422)
    _refused(chat.http.post(f"/messages/{uuid.uuid4().hex}/feedback", json={"helpful": True}), 404)
