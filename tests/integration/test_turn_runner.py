"""The turn runner against a Rasa that answers, fails or is away, on a real store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from channels import turns
from channels.inbound import take_in
from channels.turns import TurnRunner
from core.clock import utc_now
from crm_store import db
from crm_store.conversations import ownership
from crm_store.conversations.models import ActionRun, Conversation, Turn
from crm_store.conversations.queries import get_conversation, list_messages
from crm_store.conversations.service import open_conversation
from crm_store.conversations.turns import TurnWork
from crm_store.staff.models import StaffMember
from crm_store.staff.service import add_staff

Answer = Callable[[dict[str, str]], httpx.Response]


def _run_of(message_id: str, text: str) -> None:
    """What the action server would have written."""
    result = {"replies": [{"text": text}], "outcome": "answered", "effects": [], "candidates": [], "entities": []}
    with db.transaction() as session:
        session.add(
            ActionRun(key=f"{message_id}:a:0", message_id=message_id, action="a", result=result, created_at=utc_now())
        )


def answering(body: dict[str, str]) -> httpx.Response:
    """A Rasa at work: echoes."""
    _run_of(body["message_id"], f"re: {body['text']}")
    parse = {"intent": "greet", "confidence": 0.9}
    return httpx.Response(200, json={"message_id": body["message_id"], "parse": parse, "actions": ["action_greet"]})


def _client(answer: Answer) -> httpx.AsyncClient:
    async def handle(request: httpx.Request) -> httpx.Response:
        return await asyncio.to_thread(answer, json.loads(request.content))

    return httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url="http://rasa")


def _open() -> str:
    with db.transaction() as session:
        return open_conversation(
            session, channel="web", identity_id=None, customer_id=None, locale="ko", now=utc_now()
        ).id


def _staff() -> StaffMember:
    with db.transaction() as session:
        return add_staff(
            session, email="s@dangol.example", name="S", role="support", password="p" * 12, actor="test", now=utc_now()
        )


def _history(conversation_id: str) -> list[tuple[str, str]]:
    with db.reading() as session:
        return [(message.author, message.text) for message in list_messages(session, conversation_id)]


def _turn(turn_id: str) -> Turn:
    with db.reading() as session:
        return session.get_one(Turn, turn_id)


def _conversation(conversation_id: str) -> Conversation:
    with db.reading() as session:
        return get_conversation(session, conversation_id)


async def _write(runner: TurnRunner, conversation_id: str, key: str, text: str, wait: float = 10) -> str:
    accepted, work = await asyncio.to_thread(
        take_in, conversation_id=conversation_id, external_id=key, owner=runner.owner, text=text
    )
    runner.start(conversation_id, work)
    if wait:
        await runner.wait(accepted.turn.id, wait)
    return accepted.turn.id


async def test_turns_are_answered_in_order_also_when_they_come_at_once(store: str) -> None:
    conversation_id = _open()
    runner = TurnRunner(_client(answering))
    turns = [await _write(runner, conversation_id, str(number), f"말 {number}", wait=0) for number in range(8)]
    await runner.wait(turns[-1], 20)
    assert [text for author, text in _history(conversation_id) if author == "bot"] == [
        f"re: 말 {number}" for number in range(8)
    ]


async def test_a_reply_made_before_a_take_is_dropped(store: str) -> None:
    conversation_id, staff = _open(), _staff()

    def taken_meanwhile(body: dict[str, str]) -> httpx.Response:
        with db.transaction() as session:
            ownership.take(session, conversation_id, staff, utc_now())
        return answering(body)

    turn_id = await _write(TurnRunner(_client(taken_meanwhile)), conversation_id, "1", "배송비?")
    assert _history(conversation_id) == [("customer", "배송비?")]
    turn = _turn(turn_id)
    assert (turn.state, turn.outcome, turn.intent) == ("done", "none", "greet")


async def test_a_turn_is_answered_afresh_when_staff_decline_the_chat_meanwhile(store: str) -> None:
    conversation_id, staff = _open(), _staff()
    senders: list[str] = []

    def declined_meanwhile(body: dict[str, str]) -> httpx.Response:
        senders.append(body["sender_id"])
        if len(senders) == 1:
            answer = answering(body)
            with db.transaction() as session:
                ownership.queue_for_staff(session, conversation_id, utc_now())
                ownership.give_back(session, conversation_id, staff, utc_now(), resolved=False)
            return answer
        # The action's key is the same, so its first result stands.
        parse = {"intent": "greet", "confidence": 0.9}
        return httpx.Response(200, json={"message_id": "x", "parse": parse, "actions": ["action_greet"]})

    turn_id = await _write(TurnRunner(_client(declined_meanwhile)), conversation_id, "1", "안녕")
    assert senders == [f"{conversation_id}.0", f"{conversation_id}.1"]
    assert _turn(turn_id).state == "done"
    assert _history(conversation_id) == [("customer", "안녕"), ("bot", "re: 안녕")]


async def test_a_turn_that_fails_three_times_ends_with_an_apology_and_a_person(store: str) -> None:
    conversation_id = _open()
    calls = []

    def failing(body: dict[str, str]) -> httpx.Response:
        calls.append(body)
        return httpx.Response(500, json={"code": "turn_failed"})

    turn_id = await _write(TurnRunner(_client(failing)), conversation_id, "1", "hello there")
    assert len(calls) == 3
    turn = _turn(turn_id)
    assert (turn.state, turn.outcome) == ("failed", "handed_over")
    assert turn.effects == [{"type": "handover_queued", "id": conversation_id}]
    assert "Sorry" in _history(conversation_id)[-1][1]
    assert _conversation(conversation_id).state == "waiting_for_staff"


@pytest.mark.parametrize("status", [503, 502, None])
async def test_what_is_away_is_asked_again(store: str, status: int | None) -> None:
    conversation_id = _open()
    away = [True, True]

    def coming_back(body: dict[str, str]) -> httpx.Response:
        if away and away.pop():
            if status is None:
                raise httpx.ConnectError("refused")
            return httpx.Response(status, json={"code": "action_server_unavailable"})
        return answering(body)

    turn_id = await _write(TurnRunner(_client(coming_back)), conversation_id, "1", "안녕")
    assert _turn(turn_id).attempts == 3
    assert _turn(turn_id).failures == 0
    assert _history(conversation_id) == [("customer", "안녕"), ("bot", "re: 안녕")]


async def test_patience_ends_with_an_apology(store: str) -> None:
    conversation_id = _open()
    runner = TurnRunner(_client(lambda _: httpx.Response(503)))
    accepted, _ = take_in(conversation_id=conversation_id, external_id="1", owner="somebody else", text="안녕")
    with db.transaction() as session:
        turn = session.get_one(Turn, accepted.turn.id)
        turn.created_at = utc_now() - timedelta(minutes=11)
        session.get_one(Conversation, conversation_id).lease_until = utc_now() - timedelta(seconds=1)
    runner.start(conversation_id)
    await runner.wait(accepted.turn.id, 10)
    assert _turn(accepted.turn.id).outcome == "handed_over"
    assert "죄송" in _history(conversation_id)[-1][1]


async def test_two_runners_never_answer_the_same_turn(store: str) -> None:
    conversation_id = _open()
    calls = []

    def counting(body: dict[str, str]) -> httpx.Response:
        calls.append(body["message_id"])
        return answering(body)

    runners = [TurnRunner(_client(counting)) for _ in range(4)]
    accepted, _ = take_in(conversation_id=conversation_id, external_id="1", owner="died at once", text="안녕")
    with db.transaction() as session:
        session.get_one(Conversation, conversation_id).lease_until = utc_now() - timedelta(seconds=1)
    for runner in runners:
        runner.start(conversation_id)
    await asyncio.gather(*(runner.wait(accepted.turn.id, 10) for runner in runners))
    assert calls == [accepted.message.id]
    assert len(_history(conversation_id)) == 2


async def test_an_answer_that_is_none_counts_as_a_failure(store: str) -> None:
    conversation_id = _open()
    silent = {"message_id": "x", "parse": {"intent": None}, "actions": []}
    turn_id = await _write(
        TurnRunner(_client(lambda _: httpx.Response(200, json=silent))), conversation_id, "1", "안녕"
    )
    assert _turn(turn_id).outcome == "handed_over"


async def test_a_turn_claimed_while_the_runner_is_about_to_rest_is_run_at_once(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message came in after the last look and before the end of the task: its claim must not be lost."""
    conversation_id, loop, claim = _open(), asyncio.get_running_loop(), turns._claim
    between: list[str] = []
    runner = TurnRunner(_client(answering))

    def last_look(conversation_id: str, owner: str) -> TurnWork | None:
        if not between:
            accepted, work = take_in(conversation_id=conversation_id, external_id="2", owner=owner, text="둘")
            assert work is not None
            between.append(accepted.turn.id)
            loop.call_soon_threadsafe(runner.start, conversation_id, work)
        return claim(conversation_id, owner)

    monkeypatch.setattr(turns, "_claim", last_look)
    await _write(runner, conversation_id, "1", "하나")
    await asyncio.wait(list(runner._tasks.values()), timeout=5)
    assert _turn(between[0]).state == "done"
    assert [text for _, text in _history(conversation_id)] == ["하나", "re: 하나", "둘", "re: 둘"]
