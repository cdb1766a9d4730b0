"""What the shop says on Telegram: in order, once, or honestly recorded as not."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels import outbound
from channels.inbound import ensure_conversation
from channels.telegram import gateway
from channels.telegram.__main__ import main
from channels.telegram.polling import TokenRefusedError
from core.clock import utc_now
from core.settings import load_settings
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import add_message
from crm_store.db import transaction
from crm_store.outbox import service as outbox
from tests.telegram_stand_in import TOKEN, message, refusal, too_many_requests
from tests.telegram_world import MENU, World, open_world

PRODUCTS: list[dict[str, Any]] = [
    {
        "id": f"p{number}", "name": f"치약 {number}", "price": 5900, "currency": "KRW", "in_stock": True,
        "url": f"https://shop.example/p{number}", "image_url": f"https://shop.example/p{number}.png", "reason": "순해요",
    }
    for number in (1, 2)
]  # fmt: skip


@pytest.fixture
async def world(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with open_world(tmp_path, sqlite_store, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def either_world(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """On SQLite and on PostgreSQL."""
    async with open_world(tmp_path, store, monkeypatch) as opened:
        yield opened


def say(chat_id: int, text: str, **content: Any) -> None:
    """The bot has said something in a chat; it waits in the outbox."""
    conversation_id = ensure_conversation(
        channel="telegram", external_id=str(chat_id), display_name=None, locale="ko"
    )  # fmt: skip
    with transaction() as session:
        conversation = get_conversation(session, conversation_id, lock=True)
        add_message(session, conversation, author="bot", text=text, now=utc_now(), language="ko", content=content)


async def test_each_chat_hears_its_messages_in_order_through_flood_control(world: World) -> None:
    for number in range(3):
        say(7, f"말 {number}")
    say(8, "다른 방")
    world.telegram.fail("sendMessage", too_many_requests(1))
    async with world.gateway():
        assert await world.telegram.texts(7, 3) == ["말 0", "말 1", "말 2"]
        assert await world.telegram.texts(8, 1) == ["다른 방"]
        left = await world.outcome("말 2")
    assert (left.state, left.external_id) == ("sent", str(world.telegram.in_chat(7)[-1].message_id))
    assert len(world.telegram.called("sendMessage")) == 5


@pytest.mark.parametrize("fault", ["lost", "dropped"])
async def test_a_message_that_may_have_arrived_is_not_sent_again(world: World, fault: Any) -> None:
    say(7, "한 번만")
    say(7, "그다음")
    world.telegram.fail("sendMessage", fault)
    async with world.gateway():
        assert (await world.outcome("한 번만")).state == "unknown"
        assert (await world.outcome("그다음")).state == "sent"
    assert [call["text"] for call in world.telegram.called("sendMessage")] == ["한 번만", "그다음"]


async def test_a_gateway_page_in_place_of_an_answer_leaves_it_unknown(world: World) -> None:
    say(7, "글쎄")
    page = refusal(502, "")
    world.telegram.fail("sendMessage", type(page)(502, b"<html>Bad Gateway</html>"))
    async with world.gateway():
        assert (await world.outcome("글쎄")).state == "unknown"


async def test_what_certainly_did_not_leave_is_sent_again(world: World) -> None:
    say(7, "꼭 가요")
    world.telegram.fail("sendMessage", refusal(500, "Internal Server Error"))
    async with world.gateway():
        left = await world.outcome("꼭 가요")
    assert (left.state, left.attempts) == ("sent", 2)


async def test_while_telegram_cannot_be_reached_messages_wait(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_world(tmp_path, sqlite_store, monkeypatch) as world:
        refused = asyncio.Event()
        not_sent = outbound._not_sent

        def noted(outgoing: outbound.Outgoing, error: outbound.NotSentError) -> None:
            not_sent(outgoing, error)
            loop.call_soon_threadsafe(refused.set)

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(outbound, "_not_sent", noted)
        await world.telegram.go_away()
        say(7, "기다렸어요")
        async with world.gateway():
            await asyncio.wait_for(refused.wait(), 10)
            await world.telegram.come_back()
            assert await world.telegram.texts(7, 1) == ["기다렸어요"]


@pytest.mark.parametrize(
    "answer", [refusal(403, "Forbidden: bot was blocked by the user"), refusal(400, "chat not found")]
)
async def test_a_refused_message_fails_and_the_next_goes_on(world: World, answer: Any) -> None:
    say(7, "막혔네요")
    say(7, "그래도요")
    world.telegram.fail("sendMessage", answer)
    async with world.gateway():
        failed = await world.outcome("막혔네요")
        assert (await world.outcome("그래도요")).state == "sent"
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert TOKEN not in (failed.error or "")


async def test_a_long_message_goes_on_after_the_part_that_left(either_world: World) -> None:
    world = either_world
    lines = "\n".join(f"{number}번째 줄이에요. 길게 이어져요." for number in range(500))
    say(7, lines, buttons=MENU)
    async with world.gateway():
        await world.telegram.until(lambda: len(world.telegram.sent) >= 1)
        world.telegram.fail("sendMessage", too_many_requests(1))
        assert (await world.outcome(lines)).state == "sent"
    pieces = [sent.text for sent in world.telegram.sent]
    assert "\n".join(pieces) == lines
    assert [len(sent.buttons) for sent in world.telegram.sent] == [0] * (len(pieces) - 1) + [2]


async def test_products_come_with_pictures_and_without_where_telegram_cannot_fetch_them(world: World) -> None:
    for text in ("추천", "사진 없이"):
        say(7, text, products=PRODUCTS)
        world.telegram.fail(
            "sendMediaGroup", *([refusal(400, "failed to get HTTP URL content")] if text == "추천" else [])
        )
    async with world.gateway():
        assert (await world.outcome("사진 없이")).state == "sent"
    sent = world.telegram.in_chat(7)
    assert [bool(one.photos) for one in sent] == [False, True, True, False]
    assert "1. 치약 1 · 5,900원\n순해요\nhttps://shop.example/p1" in sent[0].text


async def test_what_others_queue_leaves_as_plain_text(world: World) -> None:
    with transaction() as session:
        outbox.queue(
            session, channel="telegram", recipient="7", idempotency_key="alert:1", body={"text": "다시 입고됐어요"},
            now=utc_now(),
        )  # fmt: skip
    async with world.gateway():
        assert await world.telegram.texts(7, 1) == ["다시 입고됐어요"]


async def test_the_process_answers_and_ends_cleanly_without_its_token_in_the_log(world: World, tmp_path: Path) -> None:
    with (tmp_path / "gateway.log").open("wb") as output:
        command = [sys.executable, "-m", "channels.telegram"]
        process = await asyncio.to_thread(subprocess.Popen, command, stdout=output, stderr=output)
    try:
        world.telegram.fail("sendMessage", "lost")
        await world.telegram.add(message(7, 1, text="안녕"), message(7, 2, text="거기 있어요?"))
        await world.telegram.until(lambda: world.telegram.calls, seconds=60)  # it loads its libraries first
        assert await world.telegram.texts(7, 2) == ["답: 안녕", "답: 거기 있어요?"]
        await world.telegram.until(lambda: not world.telegram.waiting())
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0
    finally:
        process.kill()
    written = (tmp_path / "gateway.log").read_text()
    assert '"event": "telegram_stopped"' in written
    assert TOKEN.partition(":")[2] not in written
    assert "안녕" not in written


async def test_a_token_that_telegram_refuses_ends_the_gateway(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_TELEGRAM__TOKEN", "4242:wrong")
    with pytest.raises(TokenRefusedError) as raised:
        await gateway.run(load_settings(), asyncio.Event())
    assert "wrong" not in "".join(traceback.format_exception(raised.value))


def test_a_refused_or_missing_token_is_named_in_one_line(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise TokenRefusedError("telegram_token_refused")

    monkeypatch.setattr(gateway, "run", refused)
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    monkeypatch.setenv("DANGOL_DATABASE_URL", sqlite_store)
    for token, line in (("4242:wrong", "Telegram refuses"), ("", "is not set")):
        monkeypatch.setenv("DANGOL_TELEGRAM__TOKEN", token)
        with pytest.raises(SystemExit, match=line) as ended:
            main()
        assert "wrong" not in str(ended.value)
