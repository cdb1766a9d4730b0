"""What the platform may ask of the bot: the body of POST /webhooks/dangol/turn, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

MAX_TEXT = 10_000
# Rasa's own intents steer the server (restart, back, a new session): never a button's payload.
_RASA_INTENTS = frozenset({"restart", "back", "session_start", "nlu_fallback"})
_PAYLOAD = re.compile(r"/(?P<intent>[a-z][a-z0-9_]{0,63})(?P<entities>\{.*\})?", re.DOTALL | re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidRequest(Exception):
    """The body is not a turn; `code` says why, in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Payload:
    """A pressed button: an intent with the entities it carries ({"topic": "return-fee"})."""

    intent: str
    entities: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TurnRequest:
    """One customer message. Either `payload` is set (a button) or `text` is what the customer wrote."""

    sender_id: str
    message_id: str
    text: str
    payload: Payload | None
    metadata: dict[str, Any]


def _text_field(body: dict[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise InvalidRequest(f"{name}_invalid")
    return value


def parse_payload(text: str, intents: Collection[str], entities: Collection[str]) -> Payload:
    """`/intent` or `/intent{"entity": value}`; InvalidRequest("payload_unknown") for what the domain does not know."""
    match = _PAYLOAD.fullmatch(text)
    if match is None or match["intent"] in _RASA_INTENTS or match["intent"] not in intents:
        raise InvalidRequest("payload_unknown")
    try:
        values = json.loads(match["entities"] or "{}")
    except ValueError as error:
        raise InvalidRequest("payload_unknown") from error
    if not all(name in entities and isinstance(value, (str, int, float)) for name, value in values.items()):
        raise InvalidRequest("payload_unknown")
    return Payload(match["intent"], values)


def parse_request(body: Any, intents: Collection[str], entities: Collection[str]) -> TurnRequest:
    """The turn in `body`; raises InvalidRequest. Lone surrogates become U+FFFD, so that offsets stay."""
    if not isinstance(body, dict):
        raise InvalidRequest("body_invalid")
    sender_id = _text_field(body, "sender_id", 255)
    message_id = _text_field(body, "message_id", 255)
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise InvalidRequest("metadata_invalid")
    if ("text" in body) == ("payload" in body):
        raise InvalidRequest("text_or_payload")
    if "payload" in body:
        text = _text_field(body, "payload", 2000)
        return TurnRequest(sender_id, message_id, text, parse_payload(text, intents, entities), metadata)
    text = body["text"]
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise InvalidRequest("text_invalid")
    return TurnRequest(sender_id, message_id, _LONE_SURROGATE.sub("\ufffd", text), None, metadata)


def describe_parse(parse_data: dict[str, Any], is_payload: bool) -> dict[str, Any]:
    """The `parse` of an answer: best real intent, its confidence, whether the bot fell back, three best, entities."""
    ranking: list[dict[str, Any]] = [
        {"intent": str(one["name"]), "confidence": round(float(one["confidence"]), 4)}
        for one in parse_data.get("intent_ranking", [])
        if one["name"] != "nlu_fallback"
    ]
    entities = [
        {name: entity.get(name) for name in ("entity", "raw", "value", "start", "end")}
        for entity in parse_data.get("entities", [])
    ]
    best = ranking[0] if ranking and not is_payload else {"intent": None, "confidence": 1.0 if is_payload else 0.0}
    fallback = parse_data["intent"].get("name") in ("nlu_fallback", None)
    return {**best, "fallback": fallback, "ranking": ranking[:3], "entities": entities}
