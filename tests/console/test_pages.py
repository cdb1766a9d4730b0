"""The console's pages: who gets in, what is shown, what is refused; in both languages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from httpx2 import Response

import console
from console.pages.view import TEXTS
from core.texts import catalogue
from crm_store.conversations.queries import get_conversation
from crm_store.db import reading
from tests.console.room import PASSWORD, Room, begin_talk, csrf_of, say_more

FROM_HTMX = {"HX-Request": "true"}


def login(room: Room, **form: str) -> Response:
    page = room.client.get("/console/login")
    return room.client.post("/console/login", data={"csrf": csrf_of(page), "password": PASSWORD, **form})


def test_login_and_logout(room: Room) -> None:
    entered = login(room, email="mina@dangol.example")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console")
    cookie = next(c for c in entered.headers.get_list("set-cookie") if c.startswith("dangol_staff="))
    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {"httponly", "samesite=strict", "path=/"}
    assert "secure" not in cookie.lower()
    home = room.client.get("/console")
    assert home.headers["location"] == "/console/conversations"
    page = room.client.get("/console/conversations")
    assert "김민아" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "/console/articles" not in page.text

    old = room.client.cookies["dangol_staff"]
    assert room.client.post("/console/logout", data={"csrf": csrf_of(page)}).status_code == 303
    room.client.cookies.set("dangol_staff", old)
    assert room.client.get("/console/conversations").headers["location"] == "/console/login"


def test_the_cookie_is_secure_where_the_page_is(room: Room) -> None:
    page = room.client.get("https://shop.test/console/login")
    assert "secure" in page.headers["set-cookie"].lower()


def test_a_marketer_begins_with_articles(room: Room) -> None:
    room.enter("mark")
    assert room.client.get("/console").headers["location"] == "/console/articles"


def test_a_failed_login_says_so(room: Room) -> None:
    refused = login(room, email="mina@dangol.example", password="wrong")
    assert refused.status_code == 401
    assert "이메일이나 비밀번호가 맞지 않아요." in refused.text
    assert 'value="mina@dangol.example"' in refused.text
    assert "wrong" not in refused.text


def test_logins_on_the_page_are_limited_too(room: Room) -> None:
    for _ in range(10):
        login(room, email="mina@dangol.example", password="wrong")
    limited = login(room, email="mina@dangol.example")
    assert limited.status_code == 429
    assert "분 뒤에 다시" in limited.text


@pytest.mark.parametrize("token", ["", "0" * 64, "한글"])
def test_unsafe_routes_refuse_without_the_token(room: Room, token: str) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    room.enter("ada")
    for path in (
        "/console/logout",
        "/console/language",
        f"/console/conversations/{conversation_id}/take",
        f"/console/conversations/{conversation_id}/note",
        "/console/articles/return-fee/ko/draft",
        "/console/articles/return-fee/ko/publish",
    ):
        form = {"csrf": token, "text": "?", "locale": "en", "title": "t", "body": "b"}
        assert room.client.post(path, data=form).status_code == 403, path
        assert room.client.post(path, data={**form, "csrf": ""}, headers={"X-CSRF-Token": "x"}).status_code == 403, path
    with reading() as session:
        assert get_conversation(session, conversation_id).state == "bot"


def test_the_token_of_another_session_is_refused(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    others = room.enter("jun")
    room.enter("mina")
    refused = room.client.post(f"/console/conversations/{conversation_id}/take", data={"csrf": others})
    assert refused.status_code == 403
    assert room.client.post("/console/login", data={"csrf": others, "email": "x@y", "password": "x"}).status_code == 403


def test_a_log_in_korean_and_english(room: Room) -> None:
    conversation_id, _ = begin_talk("생일 쿠폰 주세요 🎂", customer="정하늘", reply="쿠폰을 드렸어요.")
    token = room.enter("mina")
    page = room.client.get(f"/console/conversations/{conversation_id}").text
    for said in ("정하늘", "생일 쿠폰 주세요 🎂", "쿠폰 요청", "93%", "처리함", "쿠폰 발급", "내가 맡기", "단골"):
        assert said in page
    assert re.search(r"(오전|오후) \d+:\d\d", page)
    back = f"/console/conversations/{conversation_id}"
    switched = room.client.post("/console/language", data={"csrf": token, "locale": "en", "back": back})
    assert switched.headers["location"] == back
    page = room.client.get(back).text
    assert '<html lang="en">' in page
    for said in ("정하늘", "Coupon request", "Done", "Coupon issued", "Take over", "Regular"):
        assert said in page


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "/console/\\evil.test", "/console//evil"])
def test_the_language_switch_leads_nowhere_else(room: Room, back: str) -> None:
    token = room.enter("mina")
    switched = room.client.post("/console/language", data={"csrf": token, "locale": "en", "back": back})
    assert switched.headers["location"].startswith("/console")


def test_markup_is_shown_as_text(room: Room) -> None:
    evil = "<script>alert('x')</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    conversation_id, _ = begin_talk(evil, customer='<b>"악당"</b>')
    room.enter("mina")
    room.call("mina", "POST", f"/conversations/{conversation_id}/note", json={"text": evil})
    for path in (f"/console/conversations/{conversation_id}", f"/console/conversations?q={evil[:8]}"):
        page = room.client.get(path).text
        assert html.escape(evil[:20]).replace("&#x27;", "&#39;") in page
        assert "<img src=x" not in page
        assert "<script>" not in page
        assert '<b>"악당"' not in page
        assert "{{ 7*7 }}" in page or "7*7" not in page


def test_the_list_filters(room: Room) -> None:
    mine, _ = begin_talk("첫 번째 대화")
    begin_talk("두 번째 대화")
    room.call("mina", "POST", f"/conversations/{mine}/take")
    room.enter("mina")
    rows = room.client.get("/console/conversations/rows?view=mine").text
    assert "첫 번째 대화" in rows
    assert "두 번째 대화" not in rows
    assert "여기에 해당하는 대화가 없어요." in room.client.get("/console/conversations/rows?view=waiting").text
    assert "두 번째 대화" in room.client.get("/console/conversations?q=두 번째").text
    assert room.client.get("/console/conversations?view=none").status_code == 422


def test_taking_and_answering(room: Room) -> None:
    conversation_id, _ = begin_talk("상담원 연결해 주세요", customer="정하늘")
    path = f"/console/conversations/{conversation_id}"
    headers = {**FROM_HTMX, "X-CSRF-Token": room.enter("mina")}
    head = room.client.post(f"{path}/take", headers=headers)
    assert head.status_code == 200
    assert "내가 맡은 대화예요" in head.text
    assert "toast" in head.headers["hx-trigger"]
    sent = room.client.post(f"{path}/reply", headers=headers, data={"text": "안녕하세요,\r\n김민아예요.", "key": "k1"})
    assert (sent.status_code, "김민아예요." in sent.text) == (200, False)
    room.client.post(f"{path}/reply", headers=headers, data={"text": "안녕하세요,\r\n김민아예요.", "key": "k1"})
    log = room.call("mina", "GET", f"/conversations/{conversation_id}").json()["messages"]
    assert [message["text"] for message in log[1:]] == ["안녕하세요,\n김민아예요."]
    empty = room.client.post(f"{path}/reply", headers=headers, data={"text": " ", "key": "k2"})
    assert (empty.status_code, "내용을 적어 주세요." in empty.text) == (422, True)


def test_who_comes_second_is_told_and_keeps_their_words(room: Room) -> None:
    conversation_id, _ = begin_talk("상담원 연결해 주세요")
    path = f"/console/conversations/{conversation_id}"
    headers = {**FROM_HTMX, "X-CSRF-Token": room.enter("mina")}
    room.call("jun", "POST", f"/conversations/{conversation_id}/take")
    late = room.client.post(f"{path}/take", headers=headers)
    assert late.status_code == 409
    assert "박준 님이 맡고 있어요." in late.text
    assert "\\ub2e4\\ub978 \\uc9c1\\uc6d0\\uc774" in late.headers["hx-trigger"]
    unsent = room.client.post(f"{path}/reply", headers=headers, data={"text": "오래 쓴 답장", "key": "k1"})
    assert unsent.status_code == 409
    assert "이 대화는 지금 내가 맡고 있지 않아요." in unsent.text
    assert "오래 쓴 답장" in unsent.text
    plain = room.client.post(f"{path}/take", headers={"X-CSRF-Token": headers["X-CSRF-Token"]})
    assert (plain.status_code, "다른 직원이 먼저 맡았어요." in plain.text) == (409, True)


def test_a_marketer_reads_and_does_not_answer(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요")
    room.enter("mark")
    page = room.client.get(f"/console/conversations/{conversation_id}").text
    assert "읽기만 할 수 있어요." in page
    assert "내가 맡기" not in page


def test_a_long_log_opens_at_its_end(room: Room) -> None:
    conversation_id, first = begin_talk("맨 처음 메시지")
    for number in range(101):
        say_more(conversation_id, f"{number}번째")
    room.enter("mina")
    page = room.client.get(f"/console/conversations/{conversation_id}").text
    assert "맨 처음 메시지" not in page.split('id="log"')[1]
    earlier = re.search(r'hx-get="([^"]+/earlier\?before=\w+)"', page)
    assert earlier
    assert f'id="message-{first}"' in room.client.get(earlier[1]).text


def test_what_is_not_there_is_a_page(room: Room) -> None:
    room.enter("ada")
    missing = room.client.get("/console/conversations/none")
    assert (missing.status_code, "없는 대화예요." in missing.text) == (404, True)
    assert "text/html" in missing.headers["content-type"]
    assert room.client.get("/console/articles/return-fee/ko/history").status_code == 404


def test_pages_obey_the_content_security_policy(room: Room) -> None:
    conversation_id, _ = begin_talk("안녕하세요", customer="정하늘", reply="네")
    pages = [room.client.get("/console/login")]
    room.enter("ada")
    pages += [
        room.client.get(path)
        for path in (
            "/console/conversations", f"/console/conversations/{conversation_id}", "/console/articles",
            "/console/articles/return-fee",
        )
    ]  # fmt: skip
    for page in pages:
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", page.text)


def test_both_languages_say_the_same_things() -> None:
    texts = catalogue(TEXTS)
    assert texts.keys("ko") == texts.keys("en")


def test_every_text_is_used() -> None:
    folder = Path(console.__file__).parent
    sources = [*folder.rglob("*.html"), *folder.rglob("*.py")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    by_code = {key for key in catalogue(TEXTS).keys("ko") if "." in key and f"label('{key.split('.')[0]}'" in written}
    left = {
        key for key in catalogue(TEXTS).keys("ko") - by_code if f"'{key}'" not in written and f'"{key}"' not in written
    }
    assert {key for key in left if not key.startswith("error.")} == set()
