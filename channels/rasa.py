"""Ask the Rasa server, through the bot's own channel, to understand a message and decide."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ValidationError

from core.errors import ExternalServiceError
from core.settings import Settings
from crm_store.conversations.turns import TurnWork, Understood

# Below the lease of a turn: a worker must know the end of its call before another may begin it again.
TIMEOUT = httpx.Timeout(25.0, connect=2.0)


class RasaUnavailableError(ExternalServiceError):
    """Rasa or the action server is not there or too slow: the same turn may be tried again later."""


class TurnFailedError(ExternalServiceError):
    """The turn itself could not be answered."""


class _Parse(BaseModel):
    intent: str | None
    confidence: float | None = None


class _Answer(BaseModel):
    message_id: str
    parse: _Parse
    actions: list[str]


def make_client(settings: Settings) -> httpx.AsyncClient:
    """A client of the Rasa server; loopback, whatever proxies the environment names."""
    return httpx.AsyncClient(
        base_url=settings.rasa_url,
        headers={"Authorization": f"Bearer {settings.internal_token.get_secret_value()}"},
        timeout=TIMEOUT,
        trust_env=False,
        limits=httpx.Limits(max_connections=32, max_keepalive_connections=32),
    )


async def ask(client: httpx.AsyncClient, work: TurnWork) -> Understood:
    """What Rasa understood and which actions ran. RasaUnavailableError or TurnFailedError otherwise."""
    body: dict[str, object] = {
        "sender_id": work.sender_id,
        "message_id": work.message_id,
        "metadata": {
            "message_id": work.message_id,
            "conversation_id": work.conversation_id,
            "turn_id": work.turn_id,
            "language": work.language,
        },
    }
    body |= {"payload": work.payload} if work.payload else {"text": work.text}
    try:
        response = await client.post("/webhooks/dangol/turn", json=body)
    except httpx.HTTPError as error:
        raise RasaUnavailableError("rasa_unreachable", kind=type(error).__name__) from error
    if response.status_code in (502, 503, 504):
        raise RasaUnavailableError("rasa_unavailable", status=response.status_code)
    if response.status_code != 200:
        raise TurnFailedError("turn_failed", status=response.status_code)
    return _read(response)


def _read(response: httpx.Response) -> Understood:
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError:
        # Its text quotes the answer, and so the customer; the failure of a turn is logged with its causes.
        raise TurnFailedError("rasa_answer_invalid") from None
    actions = [action for action in answer.actions if action != "action_listen"]
    if not actions:
        raise TurnFailedError("no_action_ran")
    confidence = round(answer.parse.confidence, 4) if answer.parse.confidence is not None else None
    return Understood(answer.parse.intent, confidence, actions)
