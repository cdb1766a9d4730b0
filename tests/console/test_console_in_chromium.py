"""The console in a real browser: two members of staff, a customer, and what each sees of the others at once."""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.clock import utc_now
from core.settings import PROJECT_ROOT, Settings
from crm_store.conversations.models import Turn
from crm_store.conversations.queries import find_turn_of, get_conversation
from crm_store.conversations.service import add_message
from crm_store.db import transaction
from crm_store.events import service as events
from dangol.web import create_app
from tests.console.room import PASSWORD, Person, add_people, begin_talk, say_more, understand

CHROMIUM = os.environ.get("DANGOL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        not (PROJECT_ROOT / "web/dist/console/console.js").exists(), reason="the web assets are not built"
    ),
]


@pytest.fixture
def people(settings: Settings) -> dict[str, Person]:
    return add_people()


@pytest.fixture
def address(settings: Settings, people: dict[str, Person]) -> Iterator[str]:
    """Where the application is served over loopback."""
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    served = f"http://127.0.0.1:{listening.getsockname()[1]}"
    # Answered once the application is up: the socket listens already.
    assert httpx.get(f"{served}/healthz", timeout=60, trust_env=False).status_code == 200
    yield served
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


def enter(browser: Browser, address: str, person: Person, faults: list[str]) -> Page:
    """A window of somebody who logged in; what its console complains of goes to `faults`."""
    page = browser.new_context(locale="ko-KR", viewport={"width": 1440, "height": 900}).new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(f"{address}/console/login")
    page.fill("#email", person.email)
    page.fill("#password", PASSWORD)
    page.click("form.card .button--primary")
    page.wait_for_url(re.compile("/console/(conversations|articles)"))
    return page


def answer(message_id: str, text: str) -> None:
    """What a bot's turn leaves behind."""
    with transaction() as session:
        turn = find_turn_of(session, message_id)
        assert isinstance(turn, Turn)
        understand(turn)
        conversation = get_conversation(session, turn.conversation_id, lock=True)
        add_message(session, conversation, author="bot", text=text, now=utc_now(), turn_id=turn.id)


def type_it(conversation_id: str) -> None:
    """The bot begins to answer."""
    with transaction() as session:
        events.append(session, "typing", utc_now(), conversation_id=conversation_id)


def test_two_members_of_staff_and_a_customer(browser: Browser, address: str, people: dict[str, Person]) -> None:
    faults: list[str] = []
    conversation_id, _ = begin_talk("안녕하세요", customer="정하늘")
    mina = enter(browser, address, people["mina"], faults)
    mina.click("a.row:has-text('정하늘')")
    expect(mina.locator("#log .entry")).to_have_count(1)
    jun = enter(browser, address, people["jun"], faults)
    expect(jun.locator(".row-text")).to_have_text("안녕하세요")

    message_id = say_more(conversation_id, "생일 쿠폰 <b>주세요</b>")
    expect(mina.locator("#log .entry >> nth=1").locator(".entry-body")).to_have_text("생일 쿠폰 <b>주세요</b>")
    expect(jun.locator(".row-text")).to_have_text("생일 쿠폰 <b>주세요</b>")
    type_it(conversation_id)
    expect(mina.locator("#typing")).to_contain_text("답하고 있어요")
    answer(message_id, "쿠폰을 드렸어요.")
    expect(mina.locator("#log .entry--bot .entry-body")).to_have_text("쿠폰을 드렸어요.")
    expect(mina.locator(f"#turn-{message_id}")).to_contain_text("쿠폰 발급")
    expect(mina.locator("#typing")).to_have_text("")

    jun.click("a.row")
    jun.fill("#words", "쓰던 메모")
    mina.click("#head .button--primary")
    expect(mina.locator(".banner--owned")).to_be_visible()
    expect(jun.locator(".banner--other")).to_contain_text("김민아 님이 맡고 있어요")
    expect(jun.locator("#words")).to_have_value("쓰던 메모")
    expect(mina.locator("#composer .button--primary")).to_have_text("보내기")

    mina.fill("#words", "안녕하세요, 김민아예요.\n확인해 볼게요.")
    mina.press("#words", "Control+Enter")
    expect(mina.locator("#log .entry--staff .entry-body")).to_have_text("안녕하세요, 김민아예요.\n확인해 볼게요.")
    expect(mina.locator("#words")).to_have_value("")
    jun.click("#composer .button")
    expect(mina.locator("#log .entry--note .entry-body")).to_have_text("쓰던 메모")
    expect(jun.locator("#log .entry")).to_have_count(5)
    mina.reload()
    expect(mina.locator("#log .entry")).to_have_count(5)
    mina.click("#head .button--primary")
    expect(jun.locator("#head .badge--bot")).to_be_visible()
    assert faults == []


def test_who_is_second_is_told(browser: Browser, address: str, people: dict[str, Person]) -> None:
    faults: list[str] = []
    conversation_id, _ = begin_talk("상담원 연결해 주세요", customer="정하늘")
    windows = [enter(browser, address, people[who], faults) for who in ("mina", "jun")]
    for window in windows:
        # No news reaches these two: each believes the chat to be free.
        window.route("**/console/live**", lambda route: route.abort())
        window.goto(f"{address}/console/conversations/{conversation_id}")
    for window in windows:
        window.click("#head .button--primary")
        window.wait_for_selector(".toast")
    expect(windows[0].locator(".toast")).to_have_text("대화를 맡았어요.")
    expect(windows[1].locator(".toast")).to_have_text("다른 직원이 먼저 맡았어요.")
    expect(windows[1].locator(".banner--other")).to_contain_text("김민아")
    assert faults == []


def test_a_marketer_writes_an_article(browser: Browser, address: str, people: dict[str, Person]) -> None:
    faults: list[str] = []
    page = enter(browser, address, people["mark"], faults)
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-opens]")
    page.fill("#topic", "gift-receipt")
    page.click("dialog .button--primary")
    editor = page.locator("#editor-ko")
    editor.locator("input[name=title]").fill("선물 영수증")
    editor.locator("textarea[name=phrasings]").fill("선물 영수증 되나요?\n가격 빼고 보내 주세요")
    editor.locator("textarea[name=body]").fill("배송비는 {{ shipping.fee | shout }}이에요.")
    expect(page.locator("#preview-ko .error")).to_contain_text("shipping.fee | shout")
    editor.locator("textarea[name=body]").fill("배송비는 **{{ shipping.fee | money }}**이에요.")
    expect(page.locator("#preview-ko strong")).to_have_text("3,000원")
    page.click("#editor-ko .actions .button:not(.button--primary)")
    expect(page.locator("#editor-ko .badge")).to_have_text("초안")
    page.click("#editor-ko .button--primary")
    expect(page.locator("#editor-ko .badge")).to_have_text("발행됨")
    page.fill("#body-ko", "배송비는 없어요.")
    page.click("#editor-ko .button--primary")
    expect(page.locator("#editor-ko .editor-head")).to_contain_text("버전 2")
    page.click("#editor-ko .editor-head a")
    expect(page.locator(".diff ins")).to_contain_text("없어요.")
    page.click("form[action$=rollback] button")
    expect(page.locator("tbody tr >> nth=1").locator(".badge--live")).to_be_visible()
    page.click("nav a[href$=articles]")
    page.fill("[data-filter]", "없는 글")
    expect(page.locator("#articles tr")).to_be_hidden()
    page.fill("[data-filter]", "영수증")
    expect(page.locator("#articles tr")).to_be_visible()
    assert faults == []
