"""One customer message through Rasa: understood, decided, its actions run, remembered in the tracker.

Rasa's own `Agent.handle_message` is not used, for three reasons: it reads text that begins with "/" as an intent, it goes
on after an action failed (and so loses the turn), and it runs a message twice that comes twice. Here the tracker is saved
only after every action succeeded: a failed turn leaves nothing, and may be tried again with the same message id.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.exceptions import ActionLimitReached
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError

from bot.requests import Piece, split_requests, without_ruled_out
from bot.turn_request import TurnRequest, describe_parse

CHANNEL_NAME = "dangol"
KEPT_RANKS = 3
# A piece of a message is a request of its own from here on.
PART_CONFIDENCE = 0.7
_NO_REQUESTS = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "chitchat", "complain", "give_feedback", "abuse", "out_of_scope",
    "bot_challenge", "cancel_flow", "nlu_fallback",
})  # fmt: skip
# Told in two sentences these are still one matter: "it does not fit. I want another size."
_ABOUT_ONE_THING = frozenset({"request_return", "request_exchange", "cancel_order", "complain", "ask_refund_status"})
_LIKE_A_COMMAND = re.compile(r"/[A-Za-z]\w*\s*(\{.*\})?", re.DOTALL)


class TurnFailed(Exception):
    """An action raised, or Rasa itself did: trying again at once will hardly help."""


class ActionServerUnavailable(TurnFailed):
    """No action server answered: the turn may be tried again when it is back."""


class _WatchedAction(Action):
    """An action that keeps its error for us: Rasa logs it and carries on as if nothing had happened."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.error: Exception | None = None

    def name(self) -> str:
        return str(self._action.name())

    async def run(
        self,
        output_channel: CollectingOutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        try:
            return list(await self._action.run(output_channel, nlg, tracker, domain))
        except ActionExecutionRejection:
            raise
        except Exception as error:
            self.error = error
            raise

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> ActionExecuted:
        return self._action.event_for_successful_execution(prediction)


def understand(processor: MessageProcessor, request: TurnRequest) -> dict[str, Any]:
    """Rasa's parse data of a turn: {"text", "intent", "intent_ranking", "entities"}.

    The graph is run up to the node *before* RegexMessageHandler, which would take "/restart" for a command.
    """
    if request.payload is not None:
        entities = [{"entity": name, "value": value} for name, value in request.payload.entities.items()]
        intent = {"name": request.payload.intent, "confidence": 1.0}
        return {"text": request.text, "intent": intent, "intent_ranking": [], "entities": entities}
    if _LIKE_A_COMMAND.fullmatch(request.text.strip()):
        # Typed by hand it is no request, whatever words it is made of ("/request_coupon").
        intent = {"name": "out_of_scope", "confidence": 0.99}
        return {"text": request.text, "intent": intent, "intent_ranking": [intent], "entities": []}
    if not request.text.strip():
        return {"text": request.text, "intent": {"name": "nlu_fallback", "confidence": 0.0}, "entities": []}
    parsed = _parse(processor, without_ruled_out(request.text))
    parts = [_parse(processor, piece) for piece in split_requests(request.text)]
    return {**parsed, "text": request.text, "parts": _separate(parts)}


def _parse(processor: MessageProcessor, piece: Piece) -> dict[str, Any]:
    """{"text", "intent", "intent_ranking", "entities"} of a piece; the entities' offsets are those of the whole message."""
    message = UserMessage(piece.text)
    message.text = piece.text  # UserMessage strips it, and every offset would move
    target = _last_nlu_node(processor)
    inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: None}
    parsed = processor.graph_runner.run(inputs=inputs, targets=[target])[target][0].data
    return {
        "text": piece.text,
        "intent": dict(parsed["intent"]),
        "intent_ranking": parsed["intent_ranking"][: KEPT_RANKS + 1],
        "entities": [
            {**entity, "start": entity["start"] + piece.start, "end": entity["end"] + piece.start}
            for entity in parsed["entities"]
        ],
    }


def _separate(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The requests of a message that are clearly different ones; [] when it is one request, however long."""
    requests = [part for part in parts if part["intent"]["name"] not in _NO_REQUESTS]
    intents = [part["intent"]["name"] for part in requests]
    clear = all(part["intent"]["confidence"] >= PART_CONFIDENCE for part in requests)
    if len(set(intents)) < 2 or not clear or len(_ABOUT_ONE_THING & set(intents)) > 1:
        return []
    return [
        {
            "text": part["text"], "intent": part["intent"]["name"], "confidence": float(part["intent"]["confidence"]),
            "entities": part["entities"],
        }
        for part in requests
    ]  # fmt: skip


def _last_nlu_node(processor: MessageProcessor) -> str:
    nodes = processor.model_metadata.predict_schema.nodes
    return str(next(node.needs["messages"] for node in nodes.values() if node.uses is RegexMessageHandler))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def as_failure(error: Exception) -> TurnFailed:
    """Tell an action server that is not there (retry later) from an action that failed."""
    for cause in _causes(error):
        if isinstance(cause, (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError)):
            return ActionServerUnavailable(str(error))
        if isinstance(cause, ClientResponseError) and cause.status in (502, 503, 504):
            return ActionServerUnavailable(str(error))
    return TurnFailed(str(error))


async def _run_actions(processor: MessageProcessor, tracker: DialogueStateTracker) -> None:
    output_channel = CollectingOutputChannel()
    await processor.run_action_extract_slots(output_channel, tracker)
    go_on = True
    while go_on:
        try:
            action, prediction = processor.predict_next_with_tracker_if_should(tracker)
        except ActionLimitReached as error:
            raise TurnFailed(str(error)) from error
        watched = _WatchedAction(action)
        go_on = await processor._run_action(watched, tracker, output_channel, processor.nlg, prediction)
        if watched.error is not None:
            raise as_failure(watched.error) from watched.error


def _answer(tracker: DialogueStateTracker, message_id: str) -> dict[str, Any] | None:
    """The answer to a message that the tracker remembers, else None."""
    uttered: UserUttered | None = None
    actions: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            if event.message_id == message_id:
                uttered = event
                break
            actions = []
        elif isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME:
            actions.insert(0, str(event.action_name))
    if uttered is None:
        return None
    is_payload = bool(uttered.metadata.get("is_payload"))
    return {"message_id": message_id, "parse": describe_parse(uttered.parse_data, is_payload), "actions": actions}


async def run_turn(agent: Agent, request: TurnRequest) -> dict[str, Any]:
    """The answer {"message_id", "repeated", "parse", "actions"}; raises TurnFailed or ActionServerUnavailable.

    A message id that this sender's tracker knows is answered from it, without running anything.
    """
    processor = agent.processor
    async with agent.lock_store.lock(request.sender_id, wait_time_in_seconds=0.05):
        tracker = await processor.fetch_tracker_and_update_session(request.sender_id)
        known = _answer(tracker, request.message_id)
        if known is not None:
            return {**known, "repeated": True}
        parse_data = understand(processor, request)
        uttered = UserUttered(
            request.text,
            parse_data["intent"],
            parse_data["entities"],
            parse_data,
            input_channel=CHANNEL_NAME,
            message_id=request.message_id,
            metadata={**request.metadata, "is_payload": request.payload is not None},
        )
        tracker.update(uttered, processor.domain)
        await _run_actions(processor, tracker)
        await processor.save_tracker(tracker)
        answer = _answer(tracker, request.message_id)
    assert answer is not None
    return {**answer, "repeated": False}
