"""The bot's channel in a real Rasa server, as the platform calls it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.bot.rasa_process import RasaProcess

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("안녕하세요", "greet"),
        ("hello there", "greet"),
        ("포인트 얼마 남았어요?", "ask_points"),
        ("where is my order?", "ask_order_status"),
    ],
)
def test_a_message_is_understood_and_its_action_run(rasa: RasaProcess, text: str, intent: str) -> None:
    answer = rasa.say(text, sender=f"understood.{intent}.{text}", metadata={"language": "ko", "turn_id": "t"})

    assert answer.status == 200
    parse = answer.body["parse"]
    assert (parse["intent"], parse["fallback"]) == (intent, False)
    assert next(one["intent"] for one in parse["ranking"]) == intent
    assert len(parse["ranking"]) == 3
    assert 0 < parse["confidence"] <= 1
    assert answer.body["actions"] == [f"action_{intent}"]
    assert (answer.body["message_id"], answer.body["repeated"]) == ("m1", False)
    latest = rasa.actions.calls[-1]["tracker"]["latest_message"]
    assert latest["text"] == text
    assert latest["metadata"]["turn_id"] == "t"


def test_what_is_not_clear_is_asked_back_with_the_best_guess_reported(rasa: RasaProcess) -> None:
    # Each mixes two or three wishes; which of them stays under the threshold depends on the training sentences.
    mixed = [
        "쿠폰 배송 반품 포인트 안녕",
        "the thing from before",
        "그거 말고 전에 그거",
        "등급 쿠폰 주문",
        "size coupon when",
        "교환 생일 카트",
    ]

    answers = [rasa.say(text, sender="mixed.1", message=text).body for text in mixed]

    unclear = [answer for answer in answers if answer["parse"]["fallback"]]
    assert unclear
    assert all(answer["actions"] == ["action_nlu_fallback"] for answer in unclear)
    assert all(answer["parse"]["intent"] == answer["parse"]["ranking"][0]["intent"] for answer in unclear)
    assert all(answer["parse"]["intent"] != "nlu_fallback" for answer in unclear)


@pytest.mark.parametrize(
    "text", ["/restart", "/ask_points", '/ask_faq{"topic": "return-fee"}', "  /back", "/", "/session_start"]
)
def test_typed_slash_commands_are_plain_text(rasa: RasaProcess, text: str) -> None:
    sender = f"slash.{text}"
    rasa.say("안녕하세요", sender=sender, message="first")

    answer = rasa.say(text, sender=sender, message="second")

    assert answer.status == 200
    assert answer.body["parse"]["intent"] not in ("restart", "back", "session_start")
    # "/" alone is no word; the others are made of words that mean something, and still ask for nothing.
    assert answer.body["actions"] == ["action_out_of_scope"] or text == "/"
    assert answer.body["parse"]["intent"] is not None
    call = rasa.actions.calls[-1]
    assert call["tracker"]["latest_message"]["text"] == text
    # An action is sent this turn's events alone; a restart would have made the tracker forget the first message.
    said = [event["text"] for event in call["tracker"]["events"] if event["event"] == "user"]
    assert said == [text]
    assert rasa.say("안녕하세요", sender=sender, message="first").body["repeated"] is True


def test_a_button_is_an_intent_with_its_entities(rasa: RasaProcess) -> None:
    answer = rasa.press('/ask_faq{"topic": "return-fee"}', sender="button.1")

    assert answer.body["actions"] == ["action_ask_faq"]
    assert answer.body["parse"]["intent"] is None
    assert answer.body["parse"]["fallback"] is False
    entities = rasa.actions.calls[-1]["tracker"]["latest_message"]["entities"]
    assert [(one["entity"], one["value"]) for one in entities] == [("topic", "return-fee")]


def test_a_button_only_intent_is_served(rasa: RasaProcess) -> None:
    assert rasa.press("/withdraw_handover", sender="button.2").body["actions"] == ["action_withdraw_handover"]


@pytest.mark.parametrize(
    "payload",
    [
        "/restart",
        "/back",
        "/session_start",
        "/nlu_fallback",
        "/nope",
        "greet",
        "/greet{",
        '/greet{"nope": 1}',
        "/greet{}x",
        "/greet@1.0",
    ],
)
def test_unknown_payloads_are_refused_and_leave_no_trace(rasa: RasaProcess, payload: str) -> None:
    answer = rasa.press(payload, sender="refused.1")

    assert (answer.status, answer.body) == (400, {"code": "payload_unknown"})
    assert rasa.actions.calls == []


def test_the_same_message_again_is_answered_without_a_second_run(rasa: RasaProcess) -> None:
    first = rasa.say("3만원 이하 간식 추천해 주세요", sender="repeat.1", message="m1")
    between = rasa.say("고마워요", sender="repeat.1", message="m2")
    calls = len(rasa.actions.calls)

    again = rasa.say("3만원 이하 간식 추천해 주세요", sender="repeat.1", message="m1")
    button = rasa.press("/greet", sender="repeat.1", message="m3")

    assert again.body == {**first.body, "repeated": True}
    assert between.body["repeated"] is False
    assert len(rasa.actions.calls) == calls + 1
    assert rasa.press("/greet", sender="repeat.1", message="m3").body == {**button.body, "repeated": True}
    assert rasa.say("고마워요", sender="repeat.2", message="m1").body["repeated"] is False


def test_trackers_are_kept_on_disk_and_not_in_memory(rasa: RasaProcess) -> None:
    # Rasa falls back to memory without a word where it cannot load the store named in endpoints.yml.
    rasa.say("안녕하세요", sender="kept.1", message="m1")
    rasa.say("고마워요", sender="kept.1", message="m2")

    with closing(sqlite3.connect(rasa.database)) as connection:
        rows = connection.execute(
            "SELECT type_name, data FROM events WHERE sender_id = 'kept.1' ORDER BY id"
        ).fetchall()

    assert [json.loads(data)["message_id"] for kind, data in rows if kind == "user"] == ["m1", "m2"]
    assert [kind for kind, _ in rows].count("session_started") == 1


def test_a_missing_action_server_is_503_and_the_turn_can_be_tried_again(rasa: RasaProcess) -> None:
    rasa.actions.stop()
    failed = rasa.say("안녕하세요", sender="down.1")
    rasa.actions.start()
    retried = rasa.say("안녕하세요", sender="down.1")

    assert (failed.status, failed.body) == (503, {"code": "action_server_unavailable"})
    assert (retried.status, retried.body["repeated"]) == (200, False)
    said = [event for event in rasa.actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert len(said) == 1


def test_a_raising_action_is_500_and_the_turn_can_be_tried_again(rasa: RasaProcess) -> None:
    rasa.actions.failing = True
    failed = rasa.say("안녕하세요", sender="raising.1")
    rasa.actions.failing = False
    retried = rasa.say("안녕하세요", sender="raising.1")

    assert (failed.status, failed.body) == (500, {"code": "turn_failed"})
    assert (retried.status, retried.body["actions"]) == (200, ["action_greet"])


@pytest.mark.parametrize("token", [None, "", "wrong", "a-token-for-tests-of-the-bot-channel-onlY"])
def test_without_the_token_nothing_is_answered(rasa: RasaProcess, token: str | None) -> None:
    answer = rasa.post({"sender_id": "s", "message_id": "m", "text": "안녕"}, token=token)

    assert (answer.status, answer.body) == (401, {"code": "unauthorized"})
    assert rasa.actions.calls == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "body_invalid"),
        (b"[" * 100_000, 400, "body_invalid"),
        ([], 400, "body_invalid"),
        ({"message_id": "m", "text": "x"}, 400, "sender_id_invalid"),
        ({"sender_id": "s" * 256, "message_id": "m", "text": "x"}, 400, "sender_id_invalid"),
        ({"sender_id": "s", "message_id": 1, "text": "x"}, 400, "message_id_invalid"),
        ({"sender_id": "s", "message_id": "m"}, 400, "text_or_payload"),
        ({"sender_id": "s", "message_id": "m", "text": "x", "payload": "/greet"}, 400, "text_or_payload"),
        ({"sender_id": "s", "message_id": "m", "text": ["x"]}, 400, "text_invalid"),
        ({"sender_id": "s", "message_id": "m", "text": "x" * 10_001}, 400, "text_invalid"),
        ({"sender_id": "s", "message_id": "m", "text": "x", "metadata": "y"}, 400, "metadata_invalid"),
        ({"sender_id": "s", "message_id": "m", "text": "x" * 200_000}, 413, "body_too_large"),
    ],
)
def test_malformed_bodies_are_refused(rasa: RasaProcess, body: object, status: int, code: str) -> None:
    answer = rasa.post(body)

    assert (answer.status, answer.body) == (status, {"code": code})


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "ㅋ", "😀👍🏽", "\x00", "\ud800", "???", "'; DROP TABLE events; --", "가" * 5000]
)
def test_odd_text_is_answered_all_the_same(rasa: RasaProcess, text: str) -> None:
    answer = rasa.say(text, sender="odd.1", message=f"m{hash(text)}")

    assert answer.status == 200
    assert len(answer.body["actions"]) == 1


@pytest.mark.parametrize(
    ("text", "entity", "raw", "value"),
    [
        ("  😀 3만원 이하로 추천해 주세요", "price_max", "3만원", 30_000),
        ("/ show me tea under 30,000 won", "price_max", "30,000 won", 30_000),
        ("DG24010001은 어디쯤 왔어요?", "order_number", "DG24010001", "DG24010001"),
        ("\n두 봉지 담아줘", "quantity", "두 봉지", 2),
    ],
)
def test_entities_keep_their_place_in_the_text_as_it_was_sent(
    rasa: RasaProcess, text: str, entity: str, raw: str, value: object
) -> None:
    answer = rasa.say(text, sender="entities.1", message=text)
    # Goods are another matter: tests/bot/test_entity_tagger.py.
    found = [one for one in answer.body["parse"]["entities"] if one["entity"] == entity]

    assert [(one["raw"], one["value"]) for one in found] == [(raw, value)]
    assert text[found[0]["start"] : found[0]["end"]] == raw
    sent = rasa.actions.calls[-1]["tracker"]["latest_message"]["entities"]
    assert found[0]["start"] in [one["start"] for one in sent if one["entity"] == entity]
