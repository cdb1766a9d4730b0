"""The action server: rasa-sdk's protocol on loopback, with our own application in place of its default one.

rasa-sdk's own answers a failed action with the whole tracker echoed in the body, and listens on every interface.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException
from sanic import Request, Sanic, response
from sanic.response import HTTPResponse
from structlog.contextvars import bind_contextvars

from actions.dialogue import Dialogue
from actions.handlers import ACTIONS, HANDLERS, KINDS
from actions.run import DangolAction, Tools
from core.logging import get_logger
from core.settings import Settings
from crm_store import db
from knowledge.live import LiveKnowledge


def make_executor(tools: Tools) -> ActionExecutor:
    """All actions, registered as instances: what they need is given to them, not found by them."""
    executor = ActionExecutor()
    dialogue = Dialogue(HANDLERS, KINDS)
    for name in ACTIONS:
        executor.register_action(DangolAction(name, dialogue.converse, tools))
    return executor


def create_app(executor: ActionExecutor) -> Sanic[Any, Any]:
    """The server's application: POST /webhook, GET /health."""
    app: Sanic[Any, Any] = Sanic("dangol_actions", configure_logging=False)

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        call = request.json
        bind_contextvars(payload_bytes=len(request.body))
        try:
            result = await executor.run(call)
        except ActionNotFoundException as error:
            return response.json({"error": "action_not_found", "action_name": error.action_name}, status=404)
        except Exception as error:  # whatever an action raises fails the turn, and is told without its contents
            name = str(call.get("next_action"))
            get_logger().error("action_failed", action=name, kind=type(error).__name__, exc_info=error)
            return response.json({"error": getattr(error, "code", "action_failed"), "action_name": name}, status=500)
        return response.json(result.model_dump() if result else None)

    return app


def serve(settings: Settings) -> None:
    """Serve until stopped. The knowledge base is loaded first, so that the first turn is as quick as any."""
    db.configure(settings.store_url, pool_size=16)
    knowledge = LiveKnowledge(settings)
    knowledge.warm_up()
    app = create_app(make_executor(Tools(knowledge, settings)))
    app.run(
        host="127.0.0.1", port=settings.actions.port, single_process=True, access_log=False, motd=False, debug=False
    )
