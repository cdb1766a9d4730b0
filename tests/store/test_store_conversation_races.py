"""Conversations on PostgreSQL when much happens at once."""

from __future__ import annotations

import pytest

from crm_store.conversations import queries
from crm_store.conversations.service import give_feedback
from crm_store.conversations.turns import TurnWork
from crm_store.db import reading, transaction
from crm_store.events.queries import list_after
from tests.store.builders import NOW, make_conversation, make_staff, store_run
from tests.store.races import race
from tests.store.talk import accept, claim, claimed, complete, look, said, take

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("postgres_store")]


def test_one_message_sent_many_times_at_once_is_stored_once() -> None:
    conversation_id = make_conversation()
    assert race(lambda _: accept(conversation_id, "m1"), range(32)) == {"ok": 32}
    assert said(conversation_id) == [("customer", "안녕")]


def test_messages_at_once_are_numbered_without_gaps_and_one_worker_gets_the_turn() -> None:
    conversation_id = make_conversation()
    assert race(lambda number: accept(conversation_id, f"m{number}"), range(32)) == {"ok": 32}
    with reading() as session:
        messages = queries.list_messages(session, conversation_id)
        assert [message.seq for message in messages] == list(range(1, 33))
    works: list[TurnWork] = []

    def work(number: int) -> None:
        got = claim(conversation_id, f"w{number}")
        if got is not None:
            works.append(got)

    race(work, range(32))
    assert [got.text for got in works] == ["안녕"]


def test_feedback_given_many_times_at_once_is_kept_once() -> None:
    conversation_id = make_conversation()
    store_run(accept(conversation_id, "m1").message.id, "봇의 답")
    complete(claimed(conversation_id))
    with reading() as session:
        reply_id = queries.list_messages(session, conversation_id)[-1].id

    def rate(number: int) -> None:
        with transaction() as session:
            give_feedback(
                session,
                conversation_id=conversation_id,
                message_id=reply_id,
                helpful=True,
                comment=f"{number}",
                now=NOW,
            )

    assert race(rate, range(16)) == {"ok": 16}


def test_of_many_staff_who_take_a_chat_at_once_one_gets_it() -> None:
    conversation_id = make_conversation()
    members = [make_staff(f"직원 {number}") for number in range(24)]
    assert race(lambda member: take(conversation_id, member), members) == {"ok": 1, "taken_by_another": 23}
    assert look(conversation_id, "owner_version") == (1,)


def test_a_take_over_while_the_bot_answers_leaves_no_bot_message_behind_the_take() -> None:
    staff = make_staff()
    chats = [make_conversation() for _ in range(24)]
    works: dict[str, TurnWork] = {}
    for number, conversation_id in enumerate(chats):
        store_run(accept(conversation_id, f"m{number}").message.id, "봇의 답")
        works[conversation_id] = claimed(conversation_id)
    answered: dict[str, bool] = {}

    def turn(what: tuple[str, str]) -> None:
        if what[0] == "take":
            take(what[1], staff)
        else:
            answered[what[1]] = complete(works[what[1]])

    race(turn, [(name, conversation_id) for conversation_id in chats for name in ("take", "complete")])
    for conversation_id in chats:
        replies = [author for author, _ in said(conversation_id)][1:]
        assert replies == (["bot"] if answered[conversation_id] else [])
        with reading() as session:
            events = [event.kind for event in list_after(session, 0, conversation_id=conversation_id)]
        # Whoever follows the chat live sees the reply before the take or not at all.
        assert events[-1] == "state"
