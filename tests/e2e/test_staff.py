"""A member of staff takes over and gives back; a marketer edits an article that is answered from seconds later."""

from __future__ import annotations

import time

import pytest

from tests.e2e.chat import Chat, Stack, text_of

pytestmark = pytest.mark.stack


def test_take_over_and_release(stack: Stack) -> None:
    chat = Chat(stack, "ko")
    chat.say("상담원이랑 얘기하고 싶어요")
    with stack.staff() as staff, stack.staff() as colleague:
        waiting = staff.get("/conversations", params={"state": "waiting_for_staff"}).json()["conversations"]
        assert chat.id in [conversation["id"] for conversation in waiting]
        assert staff.post(f"/conversations/{chat.id}/take").status_code in (200, 204)
        assert colleague.post(f"/conversations/{chat.id}/take").status_code == 409
        silent = chat.say("배송비 얼마예요?")
        assert (silent["outcome"], silent["replies"], silent["state"]) == ("none", [], "staff")
        note = staff.post(f"/conversations/{chat.id}/note", json={"text": "단골 고객이에요"})
        assert note.status_code in (200, 201)
        reply = staff.post(f"/conversations/{chat.id}/reply", json={"text": "안녕하세요, 상담원이에요. 3,000원이에요."})
        assert reply.status_code in (200, 201)
        assert colleague.post(f"/conversations/{chat.id}/reply", json={"text": "저도요"}).status_code == 409
        history = chat.history()
        assert history[-1]["author"] == "staff"
        assert "단골 고객이에요" not in str(history)
        assert staff.post(f"/conversations/{chat.id}/release").status_code in (200, 204)
    back = chat.say("배송비 얼마예요?")
    assert (back["outcome"], back["state"]) == ("answered", "bot")


def test_the_log_shows_what_was_understood_and_done(stack: Stack) -> None:
    chat = Chat(stack, "en", stack.identity())
    chat.say("Can I have my birthday coupon?")
    with stack.staff() as staff:
        log = staff.get(f"/conversations/{chat.id}").json()
    turn = next(message["turn"] for message in log["messages"] if message["author"] == "customer")
    assert turn["intent"] == "request_coupon"
    assert turn["actions"] == ["action_request_coupon"]
    assert [effect["type"] for effect in turn["effects"]] == ["coupon_issued"]


def test_a_published_article_is_answered_within_five_seconds_and_a_draft_never(stack: Stack) -> None:
    chat = Chat(stack, "ko")
    question = "우산 대여 서비스는 어떻게 이용하나요?"
    draft = {
        "title": "우산 대여",
        "body": "우산은 매달 첫째 주에 매장에서 빌려 드려요.",
        "phrasings": ["우산 대여는 어떻게 해요?", "우산 대여 서비스 이용 방법이 궁금해요"],
    }
    with stack.staff("marketer") as marketer:
        assert marketer.put("/articles/umbrella-rental/ko", json=draft).status_code in (200, 201)
        assert "첫째 주" not in text_of(chat.say(question))
        published = time.monotonic()
        assert marketer.post("/articles/umbrella-rental/ko/publish").status_code == 200
        while "첫째 주" not in text_of(turn := chat.say(question)):
            assert time.monotonic() - published < 5, turn
        assert turn["replies"][0]["sources"][0]["topic"] == "umbrella-rental"
        changed = {**draft, "body": "우산은 이제 빌려 드리지 않아요."}
        assert marketer.put("/articles/umbrella-rental/ko", json=changed).status_code in (200, 201)
        assert "첫째 주" in text_of(chat.say(question))
        assert marketer.post("/articles/umbrella-rental/ko/publish").status_code == 200
        back = marketer.post("/articles/umbrella-rental/ko/rollback", json={"version": 1})
        assert back.status_code == 200
        rolled_back = time.monotonic()
        while "첫째 주" not in text_of(chat.say(question)):
            assert time.monotonic() - rolled_back < 5


def test_an_article_is_published_from_the_command_line(stack: Stack) -> None:
    path = stack.home / "penguin.md"
    path.write_text(
        "---\ntitle: Penguin socks\nphrasings:\n  - do you sell penguin socks?\n  - penguin socks in stock?\n---\n"
        "Penguin socks come back every winter.\n"
    )
    stack.command("article", "publish", "penguin-socks", "en", str(path))
    chat = Chat(stack, "en")
    published = time.monotonic()
    while "every winter" not in text_of(
        chat.say("tell me whether the penguin socks policy is known: do you sell penguin socks?")
    ):
        assert time.monotonic() - published < 5
