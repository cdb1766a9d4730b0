"""Conversations: taking messages in, answering them only while the bot owns the chat, and who owns it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.errors import ConflictError, DangolError, NotFoundError, RateLimitedError, RuleViolationError
from crm_store.conversations import ownership, queries, service, turns
from crm_store.db import reading, transaction
from crm_store.events.queries import list_after
from crm_store.staff.queries import list_audit
from tests.store.builders import NOW, make_conversation, make_customer, make_staff, store_run
from tests.store.talk import MINUTE, SECOND, accept, claim, claimed, complete, give_back, look, look_at_turn, said, take


@pytest.fixture
def chat(store: str) -> str:
    return make_conversation()


# Taking messages in


def test_a_message_is_stored_with_the_turn_it_begins(chat: str) -> None:
    accepted = accept(chat, "m1", "배송 언제 와요?")
    assert (accepted.repeated, accepted.message.seq, accepted.turn.state) == (False, 1, "pending")
    assert (accepted.message.turn_id, accepted.turn.message_id) == (accepted.turn.id, accepted.message.id)
    with reading() as session:
        assert [event.kind for event in list_after(session, 0)] == ["message"]
        assert queries.list_due_conversations(session, NOW) == [chat]


def test_the_same_message_again_is_the_stored_one(chat: str) -> None:
    first = accept(chat, "m1")
    again = accept(chat, "m1", now=NOW + MINUTE)
    assert (again.repeated, again.message.id, again.turn.id) == (True, first.message.id, first.turn.id)
    assert said(chat) == [("customer", "안녕")]


def test_one_id_for_two_messages_is_a_conflict(chat: str) -> None:
    accept(chat, "m1")
    with pytest.raises(ConflictError, match="message_id_reused"):
        accept(chat, "m1", "다른 말")
    with pytest.raises(ConflictError, match="message_id_reused"):
        accept(make_conversation(), "m1")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"text": ""}, "message_empty"),
        ({"text": None}, "message_empty"),
        ({"text": "가" * 4001}, "text_too_long"),
        ({"text": "a\x00b"}, "null_byte"),
        ({"text": None, "payload": "/restart"}, "payload_unknown"),
    ],
)
def test_what_is_no_message_is_refused(chat: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleViolationError, match=code):
        accept(chat, "m1", **values)
    assert said(chat) == []


def test_an_unknown_conversation_and_anothers_attachment_do_not_exist(chat: str) -> None:
    with pytest.raises(NotFoundError, match="conversation_not_found"):
        accept("none", "m1")
    other = make_conversation()
    with transaction() as session:
        picture = service.add_attachment(session, conversation_id=other, content_type="image/png", data=b"x", now=NOW)
    with pytest.raises(NotFoundError, match="attachment_not_found"):
        accept(chat, "m1", attachment_id=picture.id)


def test_a_button_shown_here_may_be_pressed_and_its_title_is_what_was_said(chat: str) -> None:
    button = {"title": "내 쿠폰", "payload": "/ask_coupons"}
    asked = accept(chat, "m1")
    store_run(asked.message.id, "무엇을 도와드릴까요?", replies=[{"text": "무엇을?", "buttons": [button]}])
    complete(claimed(chat))
    pressed = accept(chat, "m2", None, payload="/ask_coupons")
    assert (pressed.message.text, pressed.message.payload) == ("내 쿠폰", "/ask_coupons")
    with pytest.raises(RuleViolationError, match="payload_unknown"):
        accept(make_conversation(), "m3", None, payload="/ask_coupons")


def test_a_flood_is_slowed_down(chat: str) -> None:
    for number in range(3):
        accept(chat, f"m{number}", now=NOW + number * SECOND, per_minute=3)
    with pytest.raises(RateLimitedError) as refused:
        accept(chat, "m3", now=NOW + 20 * SECOND, per_minute=3)
    assert refused.value.context["retry_after"] == 40
    assert accept(chat, "m2", now=NOW + 2 * SECOND, per_minute=3).repeated
    accept(chat, "m3", now=NOW + 61 * SECOND, per_minute=3)


def test_signing_in_is_for_one_customer(chat: str) -> None:
    customer_id = make_customer()
    for _ in range(2):
        with transaction() as session:
            service.sign_in(session, conversation_id=chat, customer_id=customer_id, now=NOW)
    other = make_customer()
    with pytest.raises(ConflictError, match="signed_in_as_another"), transaction() as session:
        service.sign_in(session, conversation_id=chat, customer_id=other, now=NOW)
    assert look(chat, "customer_id") == (customer_id,)


# Answering


def test_turns_are_answered_one_at_a_time_in_order(chat: str) -> None:
    first, second = accept(chat, "m1", "하나"), accept(chat, "m2", "둘")
    work = claimed(chat)
    assert (work.turn_id, work.text, work.sender_id) == (first.turn.id, "하나", f"{chat}.0")
    assert claim(chat, "w2") is None
    store_run(first.message.id, "답 하나")
    assert complete(work)
    assert claimed(chat, "w2").turn_id == second.turn.id
    assert said(chat) == [("customer", "하나"), ("customer", "둘"), ("bot", "답 하나")]
    fields = ("state", "intent", "confidence", "actions", "outcome", "finished_at")
    assert look_at_turn(first.turn.id, *fields) == ("done", "greet", 0.9, ["action_greet"], "answered", NOW)


def test_a_turn_of_a_dead_worker_goes_to_another_whose_answer_counts(chat: str) -> None:
    message = accept(chat, "m1").message
    dead = claimed(chat, "dead")
    later = NOW + turns.LEASE + SECOND
    work = claimed(chat, "alive", later)
    assert (work.turn_id, work.attempts) == (dead.turn_id, 2)
    store_run(message.id, "답")
    assert not complete(dead, later)
    assert complete(work, later)
    assert said(chat) == [("customer", "안녕"), ("bot", "답")]


def test_a_bot_reply_that_comes_after_a_take_over_is_dropped_but_what_was_done_is_kept(chat: str) -> None:
    accepted = accept(chat, "m1")
    work = claimed(chat)
    take(chat, make_staff())
    effect = {"type": "coupon_issued", "id": "c"}
    store_run(accepted.message.id, "쿠폰을 드렸어요.", effects=[effect])
    assert not complete(work)
    assert said(chat) == [("customer", "안녕")]
    assert look_at_turn(accepted.turn.id, "state", "intent", "effects") == ("done", "greet", [effect])


def test_a_stale_reply_is_dropped_also_after_the_chat_came_back(chat: str) -> None:
    accepted, staff = accept(chat, "m1"), make_staff()
    work = claimed(chat)
    take(chat, staff)
    give_back(chat, staff)
    store_run(accepted.message.id, "늦은 답")
    assert not complete(work)
    accept(chat, "m2", "다시")
    assert claimed(chat).sender_id == f"{chat}.1"
    assert said(chat) == [("customer", "안녕"), ("customer", "다시")]


def test_failures_and_outages_of_a_turn_taken_over_are_nobodys_concern(chat: str) -> None:
    accept(chat, "m1")
    work = claimed(chat)
    take(chat, make_staff())
    with transaction() as session:
        assert turns.postpone(session, work, error="down", retry_after=SECOND, now=NOW)
        assert turns.note_failure(session, work, error="broken", retry_after=SECOND, now=NOW)
        turns.give_up(session, work, apology="죄송해요", now=NOW)
        turns.answer_plainly(session, work, "사진이네요", NOW)
    assert said(chat) == [("customer", "안녕")]
    assert look_at_turn(work.turn_id, "state", "failures") == ("done", 0)
    assert look(chat, "state") == ("staff",)


def test_an_outage_is_waited_out_and_then_given_up(chat: str) -> None:
    accept(chat, "m1")
    work = claimed(chat)
    with transaction() as session:
        assert turns.postpone(session, work, error="down", retry_after=5 * SECOND, now=NOW)
    assert claim(chat, now=NOW + 4 * SECOND) is None
    late = NOW + turns.PATIENCE + SECOND
    work = claimed(chat, now=late)
    with transaction() as session:
        assert not turns.postpone(session, work, error="down", retry_after=SECOND, now=late)
        turns.give_up(session, work, apology="죄송해요", now=late)
    assert said(chat)[-1] == ("bot", "죄송해요")
    assert look_at_turn(work.turn_id, "state", "outcome") == ("failed", "handed_over")
    assert look(chat, "state", "lease_owner") == ("waiting_for_staff", None)


def test_an_outage_hides_no_chat_that_can_be_answered(store: str) -> None:
    for number in range(3):
        waiting = make_conversation()
        accept(waiting, f"head {number}")
        accept(waiting, f"next {number}")
        work = claimed(waiting)
        with transaction() as session:
            turns.postpone(session, work, error="down", retry_after=15 * SECOND, now=NOW)
    answerable = make_conversation()
    accept(answerable, "m1", now=NOW + SECOND)
    with reading() as session:
        assert queries.list_due_conversations(session, NOW + SECOND, limit=3) == [answerable]
        assert len(queries.list_due_conversations(session, NOW + 15 * SECOND)) == 4


def test_a_turn_without_a_run_of_ours_is_no_answer(chat: str) -> None:
    accept(chat, "m1")
    work = claimed(chat)
    with pytest.raises(DangolError, match="no_action_run"):
        complete(work)
    assert look_at_turn(work.turn_id, "state") == ("running",)


def test_a_turn_given_up_tells_what_its_actions_did(chat: str) -> None:
    issued = {"type": "coupon_issued", "id": "c1"}
    store_run(accept(chat, "m1").message.id, "쿠폰을 드렸어요.", effects=[issued])
    work = claimed(chat)
    with transaction() as session:
        turns.give_up(session, work, apology="죄송해요", now=NOW)
    assert said(chat) == [("customer", "안녕"), ("bot", "죄송해요")]
    assert look_at_turn(work.turn_id, "effects") == ([issued, {"type": "handover_queued", "id": chat}],)


def test_a_turn_that_fails_three_times_is_given_up(chat: str) -> None:
    accept(chat, "m1")
    outcome = []
    for attempt in range(3):
        now = NOW + attempt * MINUTE
        work = claimed(chat, now=now)
        with transaction() as session:
            outcome.append(turns.note_failure(session, work, error="broken", retry_after=SECOND, now=now))
    assert outcome == [True, True, False]


def test_the_context_starts_afresh_after_a_pause_or_many_turns(chat: str) -> None:
    now = NOW
    for number in range(turns.EPISODE_TURNS + 1):
        store_run(accept(chat, f"m{number}", now=now).message.id, "답")
        work = claimed(chat, now=now)
        complete(work, now)
    assert work.sender_id == f"{chat}.1"
    later = now + turns.EPISODE_PAUSE + SECOND
    accept(chat, "later", now=later)
    assert claimed(chat, now=later).sender_id == f"{chat}.2"


def test_unclear_answers_in_a_row_are_counted(chat: str) -> None:
    streaks: list[int] = []
    for number, unclear in enumerate((True, True, False)):
        accepted = accept(chat, f"m{number}")
        store_run(accepted.message.id, "네?", unclear=unclear)
        complete(claimed(chat))
        streaks += look(chat, "unclear_streak")
    assert streaks == [1, 2, 0]


# Owning


def test_staff_own_a_chat_alone_and_the_bot_is_silent(chat: str) -> None:
    waiting = accept(chat, "m1")
    staff, other = make_staff(), make_staff("다른 사람")
    take(chat, staff)
    take(chat, staff)
    with pytest.raises(ConflictError, match="taken_by_another"):
        take(chat, other)
    assert look_at_turn(waiting.turn.id, "state") == ("done",)
    assert accept(chat, "m2").turn.state == "done"
    assert claim(chat) is None
    with transaction() as session:
        ownership.reply(session, chat, staff, "제가 도와드릴게요.", NOW)
        ownership.note(session, chat, other, "단골이에요", NOW)
    with pytest.raises(ConflictError, match="not_owner"), transaction() as session:
        ownership.reply(session, chat, other, "저도요", NOW)
    assert said(chat)[-1] == ("staff", "제가 도와드릴게요.")
    assert said(chat, notes=True)[-1] == ("staff", "단골이에요")
    with reading() as session:
        actions = [entry.action for entry in reversed(list_audit(session))]
    assert actions == ["conversation.take", "conversation.reply", "conversation.note"]


def test_a_chat_goes_back_to_the_bot_in_a_fresh_context(chat: str) -> None:
    staff = make_staff()
    with pytest.raises(ConflictError, match="not_with_staff"):
        give_back(chat, staff)
    take(chat, staff)
    with pytest.raises(ConflictError, match="not_owner"):
        give_back(chat, make_staff())
    give_back(chat, staff, resolved=True)
    assert look(chat, "state", "staff_id", "episode", "owner_version") == ("bot", None, 1, 2)
    take(chat, staff)
    give_back(chat, make_staff(role="admin"))
    assert look(chat, "state") == ("bot",)


def test_who_waits_is_still_answered_and_keeps_the_place(chat: str) -> None:
    with transaction() as session:
        assert ownership.queue_for_staff(session, chat, NOW)
        assert not ownership.queue_for_staff(session, chat, NOW + MINUTE)
    assert look(chat, "state", "waiting_since") == ("waiting_for_staff", NOW)
    accepted = accept(chat, "m1")
    store_run(accepted.message.id, "아직 기다리고 계세요.")
    assert complete(claimed(chat))
    with transaction() as session:
        assert ownership.withdraw(session, chat, NOW)
        assert not ownership.withdraw(session, chat, NOW)
    assert look(chat, "state", "waiting_since", "episode") == ("bot", None, 0)


def test_an_idle_chat_is_closed_and_opens_again_with_the_next_message(chat: str) -> None:
    accept(chat, "m1")
    stale = claimed(chat)
    later = NOW + timedelta(days=1)
    with transaction() as session:
        assert ownership.close_idle(session, NOW, later) == 0
        assert ownership.close_idle(session, NOW + SECOND, later) == 1
    assert look(chat, "state") == ("closed",)
    assert not complete(stale, later)
    accept(chat, "m2", now=later)
    assert look(chat, "state", "episode") == ("bot", 1)
    with reading() as session:
        states = [
            event.data["state"] for event in list_after(session, 0, conversation_id=chat) if event.kind == "state"
        ]
    assert states == ["closed", "bot"]


def test_feedback_is_for_replies_and_the_last_word_counts(chat: str) -> None:
    accepted = accept(chat, "m1")
    store_run(accepted.message.id, "답")
    complete(claimed(chat))
    with reading() as session:
        reply_id = queries.list_messages(session, chat)[-1].id
    for helpful in (True, False):
        with transaction() as session:
            service.give_feedback(
                session, conversation_id=chat, message_id=reply_id, helpful=helpful, comment=None, now=NOW
            )
    with pytest.raises(RuleViolationError, match="not_a_reply"), transaction() as session:
        service.give_feedback(
            session, conversation_id=chat, message_id=accepted.message.id, helpful=True, comment=None, now=NOW
        )
    with reading() as session:
        assert queries.feedback_of(session, [reply_id])[reply_id].helpful is False
