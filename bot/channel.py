"""The one door into Rasa: POST /webhooks/dangol/turn, for the platform alone (bearer token, loopback).

200 {"message_id", "repeated", "parse": {"intent", "confidence", "fallback", "ranking", "entities"}, "actions"}
400 {"code"} a malformed body or unknown payload    401 {"code": "unauthorized"}    413 {"code": "body_too_large"}
500 {"code": "turn_failed"} an action or Rasa failed    503 {"code": "action_server_unavailable"}
GET /webhooks/dangol/ answers 200 once the model is loaded.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import speedups
from bot.turn_request import InvalidRequest, TurnRequest, parse_request
from bot.turns import CHANNEL_NAME, ActionServerUnavailable, run_turn, understand

logger = logging.getLogger(__name__)

MAX_BODY = 128 * 1024
TOKEN_VARIABLE = "DANGOL_INTERNAL_TOKEN"

speedups.install()


def _refuse(code: str, status: int) -> HTTPResponse:
    return response.json({"code": code}, status=status)


def _read_request(request: Request) -> TurnRequest:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("body_invalid") from error
    domain = request.app.ctx.agent.domain
    return parse_request(body, domain.intents, domain.entities)


class DangolInput(InputChannel):
    """Rasa's side of the contract in the module's docstring."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    @classmethod
    def name(cls) -> str:
        """The channel's name, also the last part of its URL."""
        return CHANNEL_NAME

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> DangolInput:
        """The token comes from the environment. Raises RasaException where it is missing or short."""
        token = os.environ.get(TOKEN_VARIABLE, "")
        if len(token) < 32:
            raise RasaException(f"{TOKEN_VARIABLE} must be set, with at least 32 characters.")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`on_new_message`, Rasa's own handling, is not used (see `turns`)."""
        blueprint = Blueprint("dangol_turns")

        @blueprint.listener("after_server_start")
        async def warm_up(app: Sanic, loop: Any) -> None:
            # The first message would wait a second for Kiwi and Dask otherwise.
            understand(app.ctx.agent.processor, TurnRequest("warm-up", "warm-up", "안녕하세요, hello", None, {}))

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await self._turn(request)

        return blueprint

    async def _turn(self, request: Request) -> HTTPResponse:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._expected):
            return _refuse("unauthorized", 401)
        if len(request.body) > MAX_BODY:
            return _refuse("body_too_large", 413)
        try:
            return response.json(await run_turn(request.app.ctx.agent, _read_request(request)))
        except InvalidRequest as error:
            return _refuse(error.code, 400)
        except ActionServerUnavailable:
            return _refuse("action_server_unavailable", 503)
        except Exception:
            # The trace names code, not the customer's words.
            logger.exception("A turn failed.")
            return _refuse("turn_failed", 500)
