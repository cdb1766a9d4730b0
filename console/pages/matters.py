"""Cases and requests in the panel: staff move them on and decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response

from console import matters
from console.bodies import Id
from console.formats import shop_zone
from console.guard import Caller, SignedIn, guard
from console.pages.view import TEXTS, PageRoute, error_text, go_to, locale_of, page, wants_part
from console.panel import customer_panel
from console.permissions import PAGES
from core.errors import ConflictError, RuleViolationError
from core.texts import catalogue
from crm_store.conversations.queries import get_conversation
from crm_store.db import reading

router = APIRouter(
    prefix=f"{PAGES}/conversations/{{conversation_id}}", dependencies=[Depends(guard)], route_class=PageRoute,
    include_in_schema=False,
)  # fmt: skip
State = Annotated[str, Form(max_length=20, pattern=r"^[a-z_]+$")]


async def _settle(request: Request, conversation_id: str, caller: Caller, use_case: Callable[[], None]) -> Response:
    """Do it, then show the panel as it stands, also when it could not be done any more."""
    status, toast = 200, (catalogue(TEXTS).say("toast_settled", locale_of(request, caller)), "good")
    try:
        await asyncio.to_thread(use_case)
    except (ConflictError, RuleViolationError) as error:
        if not wants_part(request):
            raise
        status, toast = 409, (error_text(locale_of(request, caller), error), "bad")
    if not wants_part(request):
        return go_to(request, f"{PAGES}/conversations/{conversation_id}")

    def work() -> dict[str, Any]:
        with reading() as session:
            conversation = get_conversation(session, conversation_id)
            return {
                "panel": customer_panel(session, conversation),
                "matters": matters.matters_of(session, conversation),
                "conversation": {"id": conversation_id},
                "timezone": shop_zone(session),
            }

    return page(request, "_panel.html", caller, status=status, toast=toast, **await asyncio.to_thread(work))


@router.post("/cases/{case_id}")
async def move(request: Request, conversation_id: Id, case_id: Id, caller: SignedIn, state: State) -> Response:
    """Move a case on."""
    return await _settle(
        request, conversation_id, caller, lambda: matters.move_case(conversation_id, case_id, state, caller)
    )


@router.post("/requests/{request_id}")
async def decide(request: Request, conversation_id: Id, request_id: Id, caller: SignedIn, state: State) -> Response:
    """Agree to a request or refuse it: `state` is confirmed or refused."""
    return await _settle(
        request, conversation_id, caller,
        lambda: matters.decide_request(conversation_id, request_id, state == "confirmed", caller),
    )  # fmt: skip
