"""What the console's tests share: people of the staff, ways to call as one of them, conversations to work on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import SecretStr

from core.clock import utc_now
from core.ids import new_id
from crm_store.conversations.models import Turn
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import accept_message, add_message, open_conversation
from crm_store.customers.models import Customer
from crm_store.db import transaction
from crm_store.staff.service import add_staff
from tests.store.builders import put_rules

KEY = SecretStr("a key that only these tests know of")
PASSWORD = "correct horse battery"
API = "/api/v1/staff"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who can log in."""

    id: str
    email: str
    name: str


@dataclass
class Room:
    """The application and its people; tokens are asked for once."""

    client: TestClient
    people: dict[str, Person]
    _tokens: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, **more: Any) -> Response:
        """Call the staff API as somebody."""
        if who not in self._tokens:
            body = {"email": self.people[who].email, "password": PASSWORD}
            self._tokens[who] = self.client.post(f"{API}/login", json=body).json()["token"]
        headers = {"Authorization": f"Bearer {self._tokens[who]}", **more.pop("headers", {})}
        if "json" in more:  # escaped, so that a lone surrogate can be sent
            more["content"] = json.dumps(more.pop("json"))
            headers["Content-Type"] = "application/json"
        response: Response = self.client.request(method, API + path, headers=headers, **more)
        return response

    def enter(self, who: str) -> str:
        """Log in on the page as somebody; the token for forms."""
        self.client.cookies.clear()
        page = self.client.get("/console/login")
        form = {"email": self.people[who].email, "password": PASSWORD, "csrf": csrf_of(page)}
        assert self.client.post("/console/login", data=form).status_code == 303
        return csrf_of(self.client.get("/console/conversations"))


def csrf_of(page: Response) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text[:500]
    return found[1]


def add_people() -> dict[str, Person]:
    """Two supporters, a marketer, an admin; and the shop's rules."""
    put_rules()
    people = {}
    names = {"mina": "김민아", "jun": "박준", "mark": "이마케", "ada": "한관리"}
    roles = {"mina": "support", "jun": "support", "mark": "marketer", "ada": "admin"}
    with transaction() as session:
        for who, role in roles.items():
            member = add_staff(
                session, email=f"{who}@dangol.example", name=names[who], role=role, password=PASSWORD, actor="test",
                now=utc_now(),
            )  # fmt: skip
            people[who] = Person(member.id, member.email, member.name)
    return people


def begin_talk(text: str, *, customer: str | None = None, reply: str | None = None) -> tuple[str, str]:
    """A conversation with one message, answered by the bot if `reply` is given: its id and the message's."""
    with transaction() as session:
        now = utc_now() - timedelta(minutes=5)
        customer_id = None
        if customer:
            row = Customer(id=new_id(), external_ref=new_id(), name=customer, tier="regular", created_at=now)
            session.add(row)
            session.flush()
            customer_id = row.id
        opened = open_conversation(
            session, channel="web", identity_id=None, customer_id=customer_id, locale="ko", now=now
        )
        accepted = accept_message(
            session, conversation_id=opened.id, external_id=new_id(), text=text, language="ko", now=now
        )
        if reply:
            add_message(session, opened, author="bot", text=reply, now=now, turn_id=accepted.turn.id)
            understand(accepted.turn)
    return opened.id, accepted.message.id


def understand(turn: Turn) -> None:
    """Fill in what a bot would have made of a message."""
    turn.state, turn.outcome, turn.intent, turn.confidence = "done", "acted", "request_coupon", 0.934
    turn.actions = ["action_request_coupon"]
    turn.effects = [{"type": "coupon_issued", "id": "c1"}]
    turn.entities = [{"entity": "date", "raw": "생일", "value": "2026-03-10", "start": 0, "end": 2}]
    turn.candidates = [{"topic": "birthday-benefit", "score": 0.81}]


def say_more(conversation_id: str, text: str) -> str:
    """Another message of the customer; its id."""
    with transaction() as session:
        get_conversation(session, conversation_id)
        accepted = accept_message(
            session, conversation_id=conversation_id, external_id=new_id(), text=text, language="ko", now=utc_now()
        )
        return accepted.message.id
