"""The route by which the shop's system sends a decision later."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError

from channels.shop_port.decisions import DecisionMessage, take_in
from channels.shop_port.signature import HEADER, verify
from core.clock import utc_now
from core.errors import RuleViolationError, UnauthenticatedError
from core.settings import Settings

router = APIRouter(prefix="/api/v1/shop")


async def signed_body(request: Request) -> tuple[bytes, str]:
    """The body as sent and its signature, once it has held; nothing of the body is read before."""
    settings: Settings = request.app.state.settings
    if settings.shop.webhook_secret is None:
        raise UnauthenticatedError("signature_invalid")
    body = await request.body()
    secret = settings.shop.webhook_secret.get_secret_value()
    return body, verify(secret, request.headers.get(HEADER), body, utc_now())


@router.post("/decisions")
def receive_decision(signed: Annotated[tuple[bytes, str], Depends(signed_body)]) -> dict[str, str]:
    """Take in a decision once. 401 for a bad signature, 404 for an unknown request, 409 when it was decided otherwise or the
    message is one seen before, 422 for a body that does not fit."""
    body, signature = signed
    try:
        message = DecisionMessage.model_validate_json(body)
    except ValidationError:
        raise RuleViolationError("decision_invalid") from None
    decided = take_in(message.id, message, signature)
    return {"id": decided.id, "state": decided.state}
