"""The shop's own system over HTTP: asked by signed webhook, it decides in its response or in a message of its own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import select

from channels.shop_port import sender as shop_port
from channels.shop_port.signature import sign, verify
from core.clock import utc_now
from core.errors import UnauthenticatedError
from core.settings import Settings, ShopSettings
from crm_store.conversations.models import Message
from crm_store.db import reading, transaction
from crm_store.orders import service as orders
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.queries import get_request
from dangol import worker
from dangol.web import create_app
from tests.loopback_http import Answer, Request, serve
from tests.store.builders import make_conversation, make_customer, put_rules
from tests.store.goods import deliver, make_goods, order_of, place, ship

KEY = SecretStr("a key that only these tests know of")
SECRET = "what only the shop and these tests know"
DECISIONS = "/api/v1/shop/decisions"


def settings_for(store: str, home: Path, url: str = "", secret: str | None = SECRET) -> Settings:
    shop = ShopSettings(webhook_url=url, webhook_secret=SecretStr(secret) if secret else None)
    return Settings(
        home=home, database_url=store, identity_secret=KEY, secret_key=KEY, internal_token=KEY, shop=shop
    )  # fmt: skip


@pytest.fixture
def pending(store: str) -> ShopRequest:
    """A cancellation that awaits the shop, asked for in a conversation."""
    put_rules(shop__agreement="webhook")
    make_goods("cream", 30_000)
    order_id = place(make_customer(), ("cream", 1))
    conversation_id = make_conversation()
    with transaction() as session:
        return orders.cancel(
            session, order_id=order_id, reason="변심", conversation_id=conversation_id, idempotency_key="a",
            actor="test", now=utc_now(),
        )  # fmt: skip


def found(request: ShopRequest) -> ShopRequest:
    with reading() as session:
        return get_request(session, request.id)


def due_now(request: ShopRequest) -> None:
    """The time until the next attempt has passed."""
    with transaction() as session:
        session.get_one(ShopRequest, request.id).due_at = utc_now() - timedelta(seconds=1)


def told(request: ShopRequest) -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Message.text).where(Message.conversation_id == request.conversation_id)))


class Shop:
    """The shop's own system: what it was asked, and what it is to answer, one after the other; then 200 with nothing."""

    def __init__(self, *answers: Answer | None) -> None:
        self.asked: list[Request] = []
        self._answers = list(answers)

    async def handle(self, request: Request) -> Answer | None:
        """Take in a webhook."""
        self.asked.append(request)
        return self._answers.pop(0) if self._answers else Answer(200, b"")


async def send(shop: Shop, store: str, home: Path, *, times: int = 1, request: ShopRequest) -> list[int]:
    """How many requests each of so many runs of the sender tried; it is due each time."""
    async with serve(shop.handle) as port, shop_port.make_client() as client:
        sender = shop_port.Sender.of(client, settings_for(store, home, f"http://127.0.0.1:{port}/hook"))
        assert sender is not None
        tried = []
        for _ in range(times):
            due_now(request)
            tried.append(await sender.send_due())
        return tried


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def test_the_shop_is_asked_with_a_signature_it_can_check(
    pending: ShopRequest, store: str, tmp_path: Path
) -> None:
    shop = Shop()
    assert await send(shop, store, tmp_path, times=2, request=pending) == [1, 0]
    [asked] = shop.asked
    # As the documentation tells a shop to check it, with nothing of ours.
    parts = dict(part.split("=", 1) for part in asked.headers["dangol-signature"].split(","))
    digest = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, parts["v1"])
    assert abs(time.time() - int(parts["t"])) < 300
    document = json.loads(asked.body)
    assert (asked.method, asked.path, asked.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert (document["id"], document["kind"], document["details"]) == (pending.id, "cancel_order", {"reason": "변심"})
    after = found(pending)
    assert (after.state, after.sent_at is not None, after.attempts, told(pending)) == ("pending", True, 1, [])


@pytest.mark.parametrize(
    ("answer", "state", "order_state", "words"),
    [
        ({"decision": "confirmed"}, "confirmed", "cancelled", "취소가 완료됐어요"),
        ({"decision": "refused", "reason": "이미 포장했어요"}, "refused", "paid", "이미 포장했어요"),
    ],
)
async def test_it_may_decide_in_its_response(
    pending: ShopRequest, store: str, tmp_path: Path, answer: dict[str, str], state: str, order_state: str, words: str
) -> None:
    await send(Shop(Answer(200, answer)), store, tmp_path, request=pending)
    assert (found(pending).state, order_of(str(pending.order_id)).state) == (state, order_state)
    [text] = told(pending)
    assert words in text


@pytest.mark.parametrize(
    "answer", [b"", b"ok", {"received": True}, {"decision": "maybe"}, {"decision": "refused", "reason": 5}]
)
async def test_another_answer_is_a_receipt(pending: ShopRequest, store: str, tmp_path: Path, answer: Any) -> None:
    await send(Shop(Answer(202, answer)), store, tmp_path, request=pending)
    assert (found(pending).state, found(pending).sent_at is not None) == ("pending", True)


async def test_what_did_not_arrive_is_sent_again(pending: ShopRequest, store: str, tmp_path: Path) -> None:
    shop = Shop(Answer(500), None, Answer(404), Answer(302), Answer(200, {"decision": "confirmed"}))
    assert await send(shop, store, tmp_path, times=5, request=pending) == [1, 1, 1, 1, 1]
    assert {json.loads(asked.body)["id"] for asked in shop.asked} == {pending.id}
    after = found(pending)
    assert (after.state, after.attempts) == ("confirmed", 5)


async def test_a_shop_that_is_away_is_tried_again_later(pending: ShopRequest, store: str, tmp_path: Path) -> None:
    async with serve(Shop().handle) as port:
        free = port
    async with shop_port.make_client() as client:
        sender = shop_port.Sender.of(client, settings_for(store, tmp_path, f"http://127.0.0.1:{free}/"))
        assert sender is not None
        due_now(pending)
        assert [await sender.send_due() for _ in range(2)] == [1, 0]
    after = found(pending)
    assert (after.state, after.sent_at, after.error) == ("pending", None, "ConnectError")
    assert after.due_at > utc_now()


async def test_an_answer_that_comes_too_late_changes_nothing(pending: ShopRequest, store: str, tmp_path: Path) -> None:
    class Slow(Shop):
        async def handle(self, request: Request) -> Answer | None:
            ship(str(pending.order_id))
            return Answer(200, {"decision": "confirmed"})

    await send(Slow(), store, tmp_path, request=pending)
    assert (found(pending).state, order_of(str(pending.order_id)).state) == ("refused", "shipped")


async def test_without_an_address_or_a_secret_nothing_is_sent(store: str, tmp_path: Path) -> None:
    async with shop_port.make_client() as client:
        assert shop_port.Sender.of(client, settings_for(store, tmp_path)) is None
        assert shop_port.Sender.of(client, settings_for(store, tmp_path, "http://127.0.0.1/", None)) is None


async def test_the_worker_asks_and_settles_what_is_due(pending: ShopRequest, store: str, tmp_path: Path) -> None:
    asked, stop = asyncio.Event(), asyncio.Event()

    async def confirm(_: Request) -> Answer:
        asked.set()
        return Answer(200, {"decision": "confirmed"})

    week = timedelta(days=8)
    arrived = place(pending.customer_id, ("cream", 1), now=utc_now() - week)
    deliver(arrived, utc_now() - week)
    due_now(pending)
    async with serve(confirm) as port:
        working = asyncio.create_task(worker.run(settings_for(store, tmp_path, f"http://127.0.0.1:{port}/"), stop))
        await asyncio.wait_for(asked.wait(), 30)
        stop.set()  # the jobs in hand come to their end
        await asyncio.wait_for(working, 30)
    assert found(pending).state == "confirmed"
    assert order_of(arrived).confirmed_at is not None


# A decision of its own


@pytest.fixture
def api(pending: ShopRequest, store: str, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(settings_for(store, tmp_path))) as client:
        yield client


def post(api: TestClient, body: Any, header: str | None = None, *, age: float = 0) -> tuple[int, str]:
    """Status, and the state or the problem's code."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    header = header if header is not None else sign(SECRET, data, utc_now() - timedelta(seconds=age))
    response = api.post(DECISIONS, content=data, headers={"Dangol-Signature": header} if header else {})
    answer: dict[str, str] = response.json()
    if response.status_code != 200:
        assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, answer.get("code") or answer["state"]


def test_a_decision_is_taken_in_once_and_the_customer_told(api: TestClient, pending: ShopRequest) -> None:
    decision = {"id": pending.id, "decision": "confirmed"}
    data = json.dumps(decision).encode()
    header = sign(SECRET, data, utc_now())
    assert post(api, data, header) == (200, "confirmed")
    assert post(api, data, header) == (409, "decision_replayed")
    assert post(api, decision, age=10) == (200, "confirmed")
    assert post(api, {**decision, "decision": "refused"}) == (409, "already_decided")
    assert order_of(str(pending.order_id)).state == "cancelled"
    assert len(told(pending)) == 1


def test_what_is_not_signed_by_the_shop_is_refused(api: TestClient, pending: ShopRequest) -> None:
    decision = {"id": pending.id, "decision": "confirmed"}
    data = json.dumps(decision).encode()
    assert post(api, decision, "") == (401, "signature_missing")
    assert post(api, decision, age=310) == (401, "signature_expired")
    assert post(api, decision, age=-310) == (401, "signature_expired")
    for header in (
        "nonsense", "t=,v1=", "t=1", f"t={int(time.time())},v1=0", f"t={'9' * 20},v1=0", f"t={int(time.time())},v1=é",
        sign("another secret", data, utc_now()), sign(SECRET, data + b" ", utc_now()),
        sign(SECRET, data, utc_now()).replace("t=", "t=1"),
    ):  # fmt: skip
        response = api.post(DECISIONS, content=data, headers={b"Dangol-Signature": header.encode("latin-1")})
        assert (response.status_code, response.json()["code"]) == (401, "signature_invalid")
    assert found(pending).state == "pending"


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "maybe"}, {"decision": None}, {"id": ""}, {"id": "x" * 32}, {"id": 5}, {"reason": "x" * 301},
        {"reason": "\x00"}, {"reason": "\ud800"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(api: TestClient, pending: ShopRequest, change: dict[str, Any]) -> None:
    assert post(api, {"id": pending.id, "decision": "refused", **change}) == (422, "decision_invalid")
    assert found(pending).state == "pending"


def test_bodies_that_are_no_decision(api: TestClient) -> None:
    for body in (b"", b"{", b"\xff", b"[]", b"null"):
        assert post(api, body) == (422, "decision_invalid")
    assert post(api, {"id": "0" * 32, "decision": "confirmed"}) == (404, "shop_request_not_found")


def test_a_shop_without_a_secret_decides_nothing(pending: ShopRequest, store: str, tmp_path: Path) -> None:
    with TestClient(create_app(settings_for(store, tmp_path, secret=None))) as client:
        assert post(client, {"id": pending.id, "decision": "confirmed"}) == (401, "signature_invalid")


def test_a_signature_holds_for_five_minutes() -> None:
    now = utc_now()
    header = sign(SECRET, b"{}", now)
    for minutes in (-4.9, 0, 4.9):
        verify(SECRET, header, b"{}", now + timedelta(minutes=minutes))
    with pytest.raises(UnauthenticatedError, match="signature_expired"):
        verify(SECRET, header, b"{}", now + timedelta(minutes=5.1))
