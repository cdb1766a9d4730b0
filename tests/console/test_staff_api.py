"""The staff API: logging in, reading conversations, owning one."""

from __future__ import annotations

import base64

import pytest

from tests.console.room import API, PASSWORD, Room, begin_talk, say_more


def test_login_gives_a_token_that_logout_ends(room: Room) -> None:
    given = room.client.post(f"{API}/login", json={"email": " Mina@DANGOL.example", "password": PASSWORD}).json()
    assert given["role"] == "support"
    assert given["expires_at"].endswith("+00:00")
    headers = {"Authorization": f"Bearer {given['token']}"}
    assert room.client.get(f"{API}/conversations", headers=headers).json() == {"conversations": [], "next": None}
    assert room.client.post(f"{API}/logout", headers=headers).status_code == 204
    assert room.client.get(f"{API}/conversations", headers=headers).status_code == 401


def test_failed_logins_are_counted_and_limited(room: Room) -> None:
    def attempt(email: str) -> tuple[int, str]:
        response = room.client.post(f"{API}/login", json={"email": email, "password": "wrong password"})
        return response.status_code, response.json()["code"]

    assert [attempt("mina@dangol.example") for _ in range(10)] == [(401, "login_failed")] * 10
    assert attempt("MINA@dangol.example ") == (429, "too_many_requests")
    refused = room.client.post(f"{API}/login", json={"email": "mina@dangol.example", "password": PASSWORD})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert attempt("nobody@dangol.example") == (401, "login_failed")


def test_logins_that_succeed_are_not_counted(room: Room) -> None:
    body = {"email": "mina@dangol.example", "password": PASSWORD}
    assert {room.client.post(f"{API}/login", json=body).status_code for _ in range(60)} == {200}


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "a@b"}, {"email": 7, "password": "x"}, {"email": "a@b\x00", "password": "x"}, [], "text"],
)
def test_login_bodies_that_do_not_fit(room: Room, body: object) -> None:
    assert room.client.post(f"{API}/login", json=body).status_code == 422


def test_empty_filters_are_none(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    listed = room.call("mina", "GET", "/conversations?state=&q=&after=").json()["conversations"]
    assert [row["id"] for row in listed] == [conversation_id]
    assert len(room.call("mina", "GET", f"/conversations/{conversation_id}?before=").json()["messages"]) == 1


@pytest.mark.parametrize("place", ["0001-01-01T00:00:00+23:59 a", "2026-01-01T00:00:00+00:00 \x00", "now a", "x"])
def test_cursors_that_nobody_was_given(room: Room, place: str) -> None:
    after = base64.urlsafe_b64encode(place.encode()).decode()
    answer = room.call("mina", "GET", "/conversations", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


def test_the_list_pages_filters_and_searches(room: Room) -> None:
    ids = [begin_talk(f"질문 {number}", customer=f"손님{number}")[0] for number in range(5)]
    for conversation_id in ids:
        say_more(conversation_id, "추가 질문이에요 🙏")
    first = room.call("mina", "GET", "/conversations?limit=3").json()
    second = room.call("mina", "GET", "/conversations", params={"limit": 3, "after": first["next"]}).json()
    shown = [row["id"] for row in first["conversations"] + second["conversations"]]
    assert (shown, second["next"]) == (ids[::-1], None)
    row = first["conversations"][0]
    assert (row["customer"]["name"], row["state"], row["channel"]) == ("손님4", "bot", "web")
    assert (row["last_message"]["author"], row["last_message"]["text"]) == ("customer", "추가 질문이에요 🙏")

    found = room.call("mina", "GET", "/conversations", params={"q": "질문 2"}).json()["conversations"]
    assert [row["id"] for row in found] == [ids[2]]
    room.call("mina", "POST", f"/conversations/{ids[1]}/take")
    owned = room.call("mina", "GET", "/conversations?state=staff").json()["conversations"]
    assert [(row["id"], row["staff"]["name"]) for row in owned] == [(ids[1], "김민아")]


@pytest.mark.parametrize(
    "query", ["after=nonsense", "after=2026", "state=asleep", "limit=0", "limit=x", "q=%00", "after=MjAyNi0wMS0wMSBh"]
)
def test_queries_that_do_not_fit(room: Room, query: str) -> None:
    assert room.call("mina", "GET", f"/conversations?{query}").status_code == 422


def test_a_log_says_what_was_understood_and_done(room: Room) -> None:
    conversation_id, message_id = begin_talk("생일 쿠폰 주세요", customer="정하늘", reply="쿠폰을 드렸어요.")
    shown = room.call("mina", "GET", f"/conversations/{conversation_id}").json()
    asked, answered = shown["messages"]
    assert (shown["id"], shown["customer"]["name"], shown["previous"]) == (conversation_id, "정하늘", None)
    assert (asked["id"], asked["author"], answered["author"]) == (message_id, "customer", "bot")
    turn = asked["turn"]
    assert (turn["intent"], turn["confidence"], turn["outcome"]) == ("request_coupon", 0.934, "acted")
    assert turn["effects"] == [{"type": "coupon_issued", "id": "c1"}]
    assert turn["actions"] == ["action_request_coupon"]
    assert turn["candidates"] == [{"topic": "birthday-benefit", "score": 0.81}]
    assert turn["entities"][0]["value"] == "2026-03-10"


def test_a_long_log_is_read_backwards(room: Room) -> None:
    conversation_id, _ = begin_talk("0")
    for number in range(1, 7):
        say_more(conversation_id, str(number))
    last = room.call("mina", "GET", f"/conversations/{conversation_id}?limit=3").json()
    assert [message["text"] for message in last["messages"]] == ["4", "5", "6"]
    earlier = room.call("mina", "GET", f"/conversations/{conversation_id}?limit=9&before={last['previous']}").json()
    assert [message["text"] for message in earlier["messages"]] == ["0", "1", "2", "3"]
    assert earlier["previous"] is None


def test_the_first_to_take_owns_the_chat(room: Room) -> None:
    conversation_id, _ = begin_talk("상담원 연결해 주세요")
    path = f"/conversations/{conversation_id}"
    assert room.call("jun", "POST", f"{path}/reply", json={"text": "네"}).json()["code"] == "not_owner"
    taken = room.call("mina", "POST", f"{path}/take").json()
    assert (taken["state"], taken["staff"]["name"]) == ("staff", "김민아")
    assert room.call("mina", "POST", f"{path}/take").status_code == 200

    late = [
        room.call("jun", "POST", f"{path}/take"),
        room.call("jun", "POST", f"{path}/reply", json={"text": "네"}),
        room.call("jun", "POST", f"{path}/resolve"),
    ]
    assert [(r.status_code, r.json()["code"]) for r in late] == [
        (409, "taken_by_another"), (409, "not_owner"), (409, "not_owner"),
    ]  # fmt: skip
    said = room.call("mina", "POST", f"{path}/reply", json={"text": " 안녕하세요, 김민아예요. "}).json()["message"]
    assert (said["text"], said["author"], said["staff"]["name"]) == ("안녕하세요, 김민아예요.", "staff", "김민아")
    assert room.call("mina", "POST", f"{path}/release").json()["state"] == "bot"
    assert room.call("mina", "POST", f"{path}/release").json()["code"] == "not_with_staff"
    room.call("jun", "POST", f"{path}/take")
    assert room.call("ada", "POST", f"{path}/resolve").json()["state"] == "bot"


@pytest.mark.parametrize(("kind", "otherwise"), [("reply", "note"), ("note", "reply")])
def test_words_sent_twice_are_kept_once(room: Room, kind: str, otherwise: str) -> None:
    conversation_id, _ = begin_talk("상담원 연결해 주세요")
    path = f"/conversations/{conversation_id}"
    room.call("mina", "POST", f"{path}/take")
    body = {"text": "확인해 볼게요.", "client_message_id": "k1"}
    first, again = (room.call("mina", "POST", f"{path}/{kind}", json=body).json() for _ in range(2))
    assert first["message"]["id"] == again["message"]["id"]
    for how, words in ((kind, {**body, "text": "다른 말"}), (otherwise, body)):
        other = room.call("mina", "POST", f"{path}/{how}", json=words)
        assert (other.status_code, other.json()["code"]) == (409, "message_id_reused")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_empty"), (" \n", "message_empty"), ("가" * 4001, "text_too_long"), ("a\x00b", "null_byte"),
        ("\ud800", "text_invalid"),
    ],
)  # fmt: skip
def test_words_that_do_not_fit(room: Room, text: str, code: str) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    room.call("mina", "POST", f"/conversations/{conversation_id}/take")
    for kind in ("reply", "note"):
        response = room.call("mina", "POST", f"/conversations/{conversation_id}/{kind}", json={"text": text})
        assert (response.status_code, response.json()["code"]) == (422, code)


def test_notes_stay_in_the_house(room: Room) -> None:
    opened = room.client.post("/api/v1/chat/sessions", json={"locale": "ko"}).json()
    conversation_id, headers = opened["conversation_id"], {"Authorization": f"Bearer {opened['token']}"}
    say_more(conversation_id, "환불이 안 왔어요")
    secret = "계좌 오류였음: 내일 다시 확인"
    note = room.call("jun", "POST", f"/conversations/{conversation_id}/note", json={"text": secret}).json()["message"]
    assert (note["kind"], note["staff"]["name"]) == ("note", "박준")
    room.call("mina", "POST", f"/conversations/{conversation_id}/take")
    room.call("mina", "POST", f"/conversations/{conversation_id}/reply", json={"text": "내일까지 입금돼요."})

    seen = room.client.get("/api/v1/chat/messages", headers=headers)
    assert secret not in seen.text
    assert [message["text"] for message in seen.json()["messages"]] == ["환불이 안 왔어요", "내일까지 입금돼요."]
    row = room.call("mina", "GET", "/conversations").json()["conversations"][0]
    assert row["last_message"]["text"] == "내일까지 입금돼요."


def test_what_is_not_there(room: Room) -> None:
    conversation_id, message_id = begin_talk("안녕하세요")
    other_id, _ = begin_talk("다른 대화")
    for path in (
        "/conversations/none",
        f"/conversations/{other_id}?before={message_id}",
        f"/conversations/{conversation_id}/attachments/none",
    ):
        assert room.call("mina", "GET", path).status_code == 404
    assert room.call("mina", "POST", "/conversations/none/take").status_code == 404
    assert room.call("mina", "POST", "/conversations/none/note", json={"text": "?"}).status_code == 404
