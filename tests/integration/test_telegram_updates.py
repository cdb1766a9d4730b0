"""What people do on Telegram: nothing is lost, nothing is done twice, nothing strange does harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.telegram import polling, updates
from channels.telegram.polling import store_batch
from crm_store.conversations import ownership
from crm_store.conversations.models import Attachment, Conversation
from crm_store.db import reading, transaction
from crm_store.inbox.models import InboundUpdate
from tests.store.builders import NOW, make_staff
from tests.telegram_stand_in import message, person, press, refusal, too_many_requests
from tests.telegram_world import MENU, World, log, only_conversation, open_world, turns

GROUP = {"id": -100, "type": "group", "title": "동네 사람들"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def world(sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with open_world(tmp_path, sqlite_store, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def either_world(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """On SQLite and on PostgreSQL."""
    async with open_world(tmp_path, store, monkeypatch) as opened:
        yield opened


async def test_a_text_is_stored_answered_and_confirmed(world: World) -> None:
    await world.telegram.add(message(7, 1, text="배송비 얼마예요?"))
    async with world.gateway():
        assert await world.telegram.texts(7, 1) == ["답: 배송비 얼마예요?"]
        await world.telegram.until(lambda: not world.telegram.waiting())
    conversation = only_conversation()
    assert (conversation.channel, conversation.locale) == ("telegram", "ko")
    assert log() == [("customer", "배송비 얼마예요?"), ("bot", "답: 배송비 얼마예요?")]
    assert world.telegram.called("sendChatAction") == [{"chat_id": "7", "action": "typing"}]


async def test_messages_of_a_chat_are_answered_in_order_and_chats_side_by_side(world: World) -> None:
    for number in range(4):
        await world.telegram.add(*(message(chat, number, text=f"{chat}-{number}") for chat in (7, 8)))
    async with world.gateway():
        for chat in (7, 8):
            assert await world.telegram.texts(chat, 4) == [f"답: {chat}-{number}" for number in range(4)]


@pytest.mark.parametrize(
    ("language", "text", "locale", "asked"),
    [
        ("ko", "/start", "ko", "안녕하세요"),
        ("ko-KR", "/start@dangol_bot coupon", "ko", "안녕하세요"),
        ("de", "/start", "en", "hello"),
        (None, "/start", "en", "hello"),
        ("en", "반품하고 싶어요", "ko", "반품하고 싶어요"),
        ("en", "/restart", "en", "/restart"),
        ("ko", '/request_coupon{"a":1}', "ko", '/request_coupon{"a":1}'),
    ],
)
async def test_the_start_button_greets_and_no_text_is_a_command(
    world: World, language: str | None, text: str, locale: str, asked: str
) -> None:
    await world.telegram.add(message(7, 1, language, text=text))
    async with world.gateway():
        await world.telegram.texts(7, 1)
    assert only_conversation().locale == locale
    assert [(body["text"], "payload" in body) for body in world.rasa.asked] == [(asked, False)]


async def test_the_same_update_and_the_same_message_again_are_one_turn(world: World) -> None:
    async with world.gateway():
        once = {"update_id": 5, **message(7, 1, text="한 번")}
        await world.telegram.add_raw(once, once, {**once, "update_id": 6})
        await world.telegram.add(message(7, 2, text="끝"))
        assert await world.telegram.texts(7, 2) == ["답: 한 번", "답: 끝"]
    assert [turn.state for turn in turns()] == ["done", "done"]


async def test_a_crash_between_storing_and_confirming_loses_nothing_and_doubles_nothing(world: World) -> None:
    await world.telegram.add(message(7, 1, text="하나"), message(7, 2, text="둘"))
    store_batch("4242", world.telegram.waiting())  # and here the former process died
    async with world.gateway():
        assert await world.telegram.texts(7, 2) == ["답: 하나", "답: 둘"]
        await world.telegram.until(lambda: not world.telegram.waiting())
    assert len(turns()) == 2


async def test_a_crash_between_taking_in_and_settling_does_nothing_twice(world: World) -> None:
    world.telegram.files["f1"] = PNG
    photo = [{"file_id": "f1", "file_unique_id": "u", "width": 9, "height": 9}]
    world.rasa.replies["메뉴"] = [{"text": "고르세요", "buttons": MENU}]
    await world.telegram.add(message(7, 1, text="메뉴"))
    async with world.gateway():
        await world.telegram.texts(7, 1)
        data = world.telegram.sent[0].buttons[1][1]
        await world.telegram.add(press(7, "c1", data), message(7, 2, photo=photo), message(7, 3, sticker=STICKER))
        await world.telegram.texts(7, 4)
        await world.settled(4)
    before = log()
    with transaction() as session:
        session.execute(update(InboundUpdate).values(state="stored"))
    async with world.gateway():
        await world.settled(4)
        await world.telegram.add(message(7, 4, text="끝"))
        await world.telegram.texts(7, 5)
    assert log() == [*before, ("customer", "끝"), ("bot", "답: 끝")]


async def test_a_broken_update_is_set_aside_alone(either_world: World) -> None:
    world = either_world
    async with world.gateway():
        broken: dict[str, Any] = {"update_id": 11, "message": {"message_id": "?", "chat": 3}}
        nul = message(7, 2, text="널\x00과 \ud800 반쪽")
        await world.telegram.add_raw(
            {"update_id": 10, **message(7, 1, text="앞")}, broken, ["not", "an", "update"], {"update_id": 12, **nul},
            {"update_id": 13, **message(7, 3, text="뒤")},
        )  # fmt: skip
        assert await world.telegram.texts(7, 3) == ["답: 앞", "답: 널\ufffd과 \ufffd 반쪽", "답: 뒤"]
        assert await world.settled(5) == ["done", "broken", "broken", "done", "done"]
        await world.telegram.until(lambda: world.telegram.waiting() == [["not", "an", "update"]])
    with reading() as session:
        errors = session.scalars(select(InboundUpdate.error).where(InboundUpdate.state == "broken")).all()
    assert all(errors)


STICKER = {
    "file_id": "s", "file_unique_id": "u", "type": "regular", "width": 9, "height": 9, "is_animated": False,
    "is_video": False, "emoji": "👍",
}  # fmt: skip
VOICE = {"file_id": "v", "file_unique_id": "u", "duration": 3}
PLACE = {"latitude": 37.5, "longitude": 127.0}


async def test_what_is_not_said_to_the_bot_is_left_alone(world: World) -> None:
    said = message(7, 1, text="여기요")["message"]
    strange: list[dict[str, Any]] = [
        {"message": {**said, "chat": GROUP}},
        {"message": {**said, "chat": GROUP, "sticker": STICKER}},
        {"message": {**said, "chat": {**GROUP, "type": "supergroup"}, "new_chat_members": [person(9)]}},
        {"channel_post": {"message_id": 3, "date": 1, "chat": {"id": -5, "type": "channel", "title": "소식"}, "text": "!"}},
        {"edited_message": {**said, "edit_date": 2, "text": "고친 말"}},
        {"my_chat_member": {
            "chat": said["chat"], "from": person(7), "date": 1,
            "old_chat_member": {"status": "member", "user": person(4242)},
            "new_chat_member": {"status": "kicked", "user": person(4242), "until_date": 0},
        }},
        {"message": {**{key: value for key, value in said.items() if key != "text"}, "pinned_message": said}},
        {"something_telegram_invents_later": {"id": 1}},
        {"inline_query": {"id": "q", "from": person(7), "query": "치약", "offset": ""}},
        {"message": {**said, "from": {**person(8), "is_bot": True}}},
    ]  # fmt: skip
    await world.telegram.add(*strange, message(7, 2, text="안녕"))
    async with world.gateway():
        assert await world.telegram.texts(7, 1) == ["답: 안녕"]
        assert await world.settled(11) == ["ignored"] * 10 + ["done"]
    assert [call.method for call in world.telegram.calls if call.method != "getUpdates"] == [
        "sendChatAction",
        "sendMessage",
    ]


async def test_what_cannot_be_read_is_kept_for_staff_and_answered_kindly(world: World) -> None:
    async with world.gateway():
        await world.telegram.add(
            message(7, 1, sticker=STICKER), message(7, 2, voice=VOICE), message(7, 3, location=PLACE)
        )
        replies = await world.telegram.texts(7, 3)
        await world.telegram.add(message(7, 4, video={**VOICE, "width": 9, "height": 9}, caption="뚜껑이 깨졌어요"))
        assert (await world.telegram.texts(7, 4))[-1] == "답: 뚜껑이 깨졌어요"
    assert [text for author, text in log() if author == "customer"] == [
        "[스티커] 👍", "[음성 메시지]", "[위치]", "[동영상]", "뚜껑이 깨졌어요",
    ]  # fmt: skip
    assert all("글로 적어" in reply for reply in replies)
    assert world.rasa.said() == ["뚜껑이 깨졌어요"]


async def test_pictures_are_kept_and_an_album_is_answered_once(world: World) -> None:
    world.telegram.files.update({"f1": PNG, "big": bytes(6 * 1024 * 1024), "text": b"no picture"})
    world.telegram.fail("getFile", refusal(500, "Internal Server Error"))

    def photo(number: int, file_id: str, **more: Any) -> dict[str, Any]:
        sizes = [
            {"file_id": name, "file_unique_id": name, "width": side, "height": side} for name, side in ((file_id, 90),)
        ]
        return message(7, number, photo=sizes, **more)

    async with world.gateway():
        await world.telegram.add(photo(1, "f1"), photo(2, "f1", caption="이거 얼마예요?"))
        assert (await world.telegram.texts(7, 2))[1] == "답: 이거 얼마예요?"
        await world.telegram.add(*(photo(number, "f1", media_group_id="g") for number in (3, 4, 5)))
        await world.telegram.add(photo(6, "big"), photo(7, "text"), photo(8, "gone"), message(7, 9, text="끝"))
        texts = await world.telegram.texts(7, 7)
    assert ["사진 잘 받았어요" in text for text in texts] == [True, False, True, False, False, False, False]
    assert ["사진을 받지 못했어요" in text for text in texts[3:6]] == [True] * 3
    with reading() as session:
        assert len(session.scalars(select(Attachment.id)).all()) == 5


async def test_a_button_means_its_payload_though_telegram_takes_only_64_bytes(world: World) -> None:
    long = '/ask_faq{"topic":"' + "배송" * 100 + '"}'
    world.rasa.replies["메뉴"] = [{"text": "고르세요", "buttons": [*MENU, {"title": "아주 긴 것", "payload": long}]}]
    await world.telegram.add(message(7, 1, text="메뉴"))
    async with world.gateway():
        await world.telegram.texts(7, 1)
        buttons = world.telegram.sent[0].buttons
        assert [title for title, _ in buttons] == ["배송비가 궁금해요", "상담원", "아주 긴 것"]
        await world.telegram.add(press(7, "c1", buttons[2][1]), press(7, "c1", buttons[2][1]))
        assert (await world.telegram.texts(7, 2))[1] == f"답: {long}"
        await world.telegram.until(lambda: len(world.telegram.called("answerCallbackQuery")) == 2)
    assert world.rasa.said() == ["메뉴", long]
    assert ("customer", "아주 긴 것") in log()
    assert world.telegram.called("answerCallbackQuery")[0] == {"callback_query_id": "c1", "text": "아주 긴 것"}


async def test_buttons_of_nobody_or_of_another_chat_do_nothing(world: World) -> None:
    world.rasa.replies["메뉴"] = [{"text": "고르세요", "buttons": MENU}]
    await world.telegram.add(message(7, 1, text="메뉴"))
    async with world.gateway():
        await world.telegram.texts(7, 1)
        theirs = world.telegram.sent[0].buttons[0][1]
        forged = [theirs, f"{theirs}9", f"{theirs[:-1]}7", "/talk_to_human", f"{'0' * 32}:0", "../../x"]
        await world.telegram.add(*(press(8, f"c{number}", data) for number, data in enumerate(forged)))
        await world.telegram.until(lambda: len(world.telegram.called("answerCallbackQuery")) == len(forged))
    assert {answer["text"] for answer in world.telegram.called("answerCallbackQuery")} == {
        "지난 버튼이에요. 궁금한 점을 글로 적어 주세요."
    }
    assert world.rasa.said() == ["메뉴"]


async def test_while_a_person_owns_the_chat_everything_is_stored_and_nothing_answered(world: World) -> None:
    world.telegram.files["f1"] = PNG
    world.rasa.replies["메뉴"] = [{"text": "고르세요", "buttons": MENU}]
    photo = [{"file_id": "f1", "file_unique_id": "u", "width": 9, "height": 9}]
    await world.telegram.add(message(7, 1, text="메뉴"))
    async with world.gateway():
        await world.telegram.texts(7, 1)
        staff, conversation_id = make_staff("민지"), only_conversation().id
        with transaction() as session:
            ownership.take(session, conversation_id, staff, NOW)
        await world.telegram.add(
            message(7, 2, text="여보세요"), message(7, 3, sticker=STICKER), message(7, 4, photo=photo),
            press(7, "c1", world.telegram.sent[0].buttons[1][1]), message(7, 5, voice=VOICE),
        )  # fmt: skip
        assert await world.settled(6) == ["done"] * 6
        with transaction() as session:
            ownership.reply(session, conversation_id, staff, "제가 볼게요", NOW)
            ownership.note(session, conversation_id, staff, "단골 손님", NOW)
        assert await world.telegram.texts(7, 2) == ["고르세요", "민지 상담원: 제가 볼게요"]
    assert len([author for author, _ in log() if author == "customer"]) == 6
    assert world.rasa.said() == ["메뉴"]


async def test_too_long_and_too_many_are_kept_and_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "MESSAGES_PER_MINUTE", 5)
    async with world.gateway():
        await world.telegram.add(message(7, 0, text="가" * 4096))
        assert "4,000자" in (await world.telegram.texts(7, 1))[0]
        await world.telegram.add(*(message(7, number, text=f"말 {number}") for number in range(1, 9)))
        await world.settled(9)
        await world.telegram.texts(7, 6)
    assert len([author for author, _ in log() if author == "customer"]) == 9
    assert len(turns()) == 5


async def test_polling_goes_on_after_whatever_telegram_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.01)
    world.telegram.fail(
        "getUpdates", "dropped", refusal(502, "Bad Gateway"), too_many_requests(1),
        refusal(409, "Conflict: terminated by other getUpdates request"),
    )  # fmt: skip
    await world.telegram.add(message(7, 1, text="안녕"))
    async with world.gateway():
        assert await world.telegram.texts(7, 1) == ["답: 안녕"]


async def test_a_closed_conversation_reopens_with_the_next_text(world: World) -> None:
    async with world.gateway():
        await world.telegram.add(message(7, 1, text="안녕"))
        await world.telegram.texts(7, 1)
        with transaction() as session:
            session.execute(update(Conversation).values(state="closed"))
        await world.telegram.add(message(7, 2, sticker=STICKER), message(7, 3, text="또 왔어요"))
        assert (await world.telegram.texts(7, 3))[-1] == "답: 또 왔어요"
    assert only_conversation().state == "bot"
