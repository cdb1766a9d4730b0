"""The chat API on both databases without Rasa: what it is sent is stored, refused or harmless, never an error of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import SecretStr

from core.clock import utc_now
from core.settings import Settings
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import add_message
from crm_store.db import transaction
from dangol.web import create_app
from tests.store.builders import put_rules

KEY = SecretStr("a key that only these tests know of")
CHAT = "/api/v1/chat"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@dataclass
class Chat:
    """A customer's conversation over the API, and a reply in it."""

    client: TestClient
    reply_id: str

    def post(self, path: str, body: dict[str, Any]) -> Response:
        # Escaped, so that a lone surrogate can be sent.
        headers = {"Content-Type": "application/json"}
        answer: Response = self.client.post(CHAT + path, content=json.dumps(body), headers=headers)
        return answer

    def get(self, path: str) -> Response:
        answer: Response = self.client.get(CHAT + path)
        return answer


@pytest.fixture
def chat(store: str, tmp_path: Path) -> Iterator[Chat]:
    settings = Settings(home=tmp_path, database_url=store, identity_secret=KEY, secret_key=KEY, internal_token=KEY)
    put_rules()
    application = create_app(settings)
    with TestClient(application, base_url="http://shop.test", raise_server_exceptions=False) as client:
        opened = client.post(f"{CHAT}/sessions").json()
        client.headers["Authorization"] = f"Bearer {opened['token']}"
        with transaction() as session:
            conversation = get_conversation(session, opened["conversation_id"], lock=True)
            reply = add_message(session, conversation, author="bot", text="어서 오세요", now=utc_now())
        yield Chat(client, reply.id)


@pytest.mark.parametrize("bad", ["\x00", "a\x00b", "\ud800"])
def test_what_no_database_holds_is_refused(chat: Chat, bad: str) -> None:
    answers = [
        chat.post("/messages", {"client_message_id": "1", "text": bad}),
        chat.post("/messages", {"client_message_id": "1", "payload": bad}),
        chat.post("/messages", {"client_message_id": "1", "attachment_id": bad}),
        chat.post("/messages", {"client_message_id": bad, "text": "x"}),
        chat.post(f"/messages/{chat.reply_id}/feedback", {"helpful": True, "comment": bad}),
        chat.post("/sessions", {"identity": bad}),
        chat.post("/identity", {"identity": bad}),
    ]
    assert {answer.status_code for answer in answers} <= {400, 401, 422}
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert len(chat.get("/messages").json()["messages"]) == 1


def test_ids_that_are_none(chat: Chat) -> None:
    paths = ("/messages?after=%00", "/messages?after=nobody", "/attachments/%00", "/attachments/nobody")
    assert [chat.get(path).status_code for path in paths] == [422, 404, 422, 404]
    assert chat.post("/messages/%00/feedback", {"helpful": True}).status_code == 422


def test_a_comment_of_several_lines_is_kept(chat: Chat) -> None:
    given = {"helpful": False, "comment": "첫 줄\n둘째 줄 🐙"}
    assert chat.post(f"/messages/{chat.reply_id}/feedback", given).status_code == 204


def test_pictures_are_limited(chat: Chat) -> None:
    def send() -> Response:
        answer: Response = chat.client.post(f"{CHAT}/attachments", files={"file": ("a.png", PNG, "image/png")})
        return answer

    # A minute may end meanwhile, and the next allows as many again.
    sent = list(iter(lambda: send().status_code, 429))
    assert set(sent) == {201}
    assert 30 <= len(sent) <= 60
    assert 1 <= int(send().headers["retry-after"]) <= 60
