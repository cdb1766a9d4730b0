"""One conversation: its log, what was understood and done, the customer, and what staff may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from sqlalchemy.orm import Session

from console import conversations
from console.bodies import Id
from console.formats import shop_zone
from console.guard import Caller, SignedIn, guard
from console.matters import matters_of
from console.pages.inbox import PAGE, Length, Words, inbox
from console.pages.view import TEXTS, PageRoute, error_text, go_to, locale_of, page, wants_part
from console.panel import customer_panel
from console.permissions import PAGES
from console.present import summary_json
from core.errors import ConflictError, DangolError, RuleViolationError
from core.ids import new_id
from core.texts import catalogue
from crm_store.conversations.queries import get_conversation
from crm_store.db import reading
from crm_store.events.queries import latest_id

router = APIRouter(
    prefix=f"{PAGES}/conversations/{{conversation_id}}", dependencies=[Depends(guard)], route_class=PageRoute,
    include_in_schema=False,
)  # fmt: skip
LOG = 100
PICTURE_HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
FormText = Annotated[str, Form(max_length=20_000)]
FormKey = Annotated[str, Form(max_length=64, pattern=r"^[A-Za-z0-9]*$")]


def _parts(session: Session, conversation_id: str) -> dict[str, Any]:
    """What the head and the composer need."""
    conversation = get_conversation(session, conversation_id)
    return {"conversation": summary_json(session, conversation), "timezone": shop_zone(session)}


def _whole(session: Session, conversation_id: str, caller: Caller, view: str, q: str, length: int) -> dict[str, Any]:
    conversation = get_conversation(session, conversation_id)
    # Read before the log: what comes between is shown by both, and told apart by its place (`shown`).
    after = latest_id(session)
    log = conversations.log_of(session, conversation_id, before=None, limit=LOG)
    return {
        **_parts(session, conversation_id),
        "log": log,
        "after": after,
        "shown": conversation.message_count,
        "panel": customer_panel(session, conversation),
        "matters": matters_of(session, conversation),
        "inbox": inbox(session, caller, view, q, length, conversation_id),
    }


@router.get("")
async def show(
    request: Request,
    conversation_id: Id,
    caller: SignedIn,
    view: Annotated[str, Query(max_length=20)] = "all",
    q: Words = "",
    length: Length = PAGE,
) -> Response:
    """The whole page."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return _whole(session, conversation_id, caller, view, q, length)

    return page(
        request, "conversation.html", caller, key=new_id(), text="", error=None, fresh=True,
        **await asyncio.to_thread(work),
    )  # fmt: skip


async def _part(
    request: Request, conversation_id: str, caller: Caller, template: str, *, status: int = 200,
    toast: tuple[str, str] | None = None, **values: Any,
) -> Response:  # fmt: skip
    def work() -> dict[str, Any]:
        with reading() as session:
            return _parts(session, conversation_id)

    return page(request, template, caller, status=status, toast=toast, **await asyncio.to_thread(work), **values)


@router.get("/head")
async def show_head(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """Who owns the conversation and what can be done, as it stands now."""
    return await _part(request, conversation_id, caller, "_head.html", refresh=True)


@router.get("/composer")
async def show_composer(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """Where to write, as it stands now; what is being written stays."""
    return await _part(
        request, conversation_id, caller, "_composer.html", key=new_id(), text="", error=None, fresh=False
    )


@router.get("/panel")
async def show_panel(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """The customer, as they stand now."""

    def work() -> dict[str, Any]:
        with reading() as session:
            conversation = get_conversation(session, conversation_id)
            return {
                "panel": customer_panel(session, conversation),
                "matters": matters_of(session, conversation),
                "conversation": {"id": conversation_id},
                "timezone": shop_zone(session),
            }

    return page(request, "_panel.html", caller, **await asyncio.to_thread(work))


@router.get("/earlier")
async def show_earlier(
    request: Request,
    conversation_id: Id,
    caller: SignedIn,
    before: Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9]+$")],
) -> Response:
    """Messages before one."""

    def work() -> dict[str, Any]:
        with reading() as session:
            log = conversations.log_of(session, conversation_id, before=before, limit=LOG)
            return {"log": log, "conversation": {"id": conversation_id}, "timezone": shop_zone(session)}

    return page(request, "_entries.html", caller, **await asyncio.to_thread(work))


@router.get("/attachments/{attachment_id}")
async def download(conversation_id: Id, attachment_id: Id) -> Response:
    """A picture that the customer sent."""
    data, content_type = await asyncio.to_thread(conversations.attachment, conversation_id, attachment_id)
    return Response(data, media_type=content_type, headers=PICTURE_HEADERS)


async def _change(
    request: Request, conversation_id: str, caller: Caller, use_case: Callable[[str, Caller], object], done: str
) -> Response:
    """Change the owner, then show the head as it stands, also when somebody else was first."""
    locale = locale_of(request, caller)
    status, toast = 200, (catalogue(TEXTS).say(done, locale), "good")
    try:
        await asyncio.to_thread(use_case, conversation_id, caller)
    except ConflictError as error:
        if not wants_part(request):
            raise
        status, toast = 409, (error_text(locale, error), "bad")
    if not wants_part(request):
        return go_to(request, f"{PAGES}/conversations/{conversation_id}")
    return await _part(request, conversation_id, caller, "_head.html", refresh=True, status=status, toast=toast)


@router.post("/take")
async def take(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """Own the conversation."""
    return await _change(request, conversation_id, caller, conversations.take, "toast_taken")


@router.post("/release")
async def release(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """Give it back to the bot."""
    return await _change(request, conversation_id, caller, conversations.release, "toast_released")


@router.post("/resolve")
async def resolve(request: Request, conversation_id: Id, caller: SignedIn) -> Response:
    """Give it back to the bot, the matter settled."""
    return await _change(request, conversation_id, caller, conversations.resolve, "toast_resolved")


async def _say(
    request: Request, conversation_id: str, caller: Caller, text: str, key: str, use_case: Callable[[], object]
) -> Response:
    """Store the words, then show an empty composer; on refusal one that still holds them and says why."""
    status, error = 200, None
    try:
        await asyncio.to_thread(use_case)
    except (ConflictError, RuleViolationError) as refused:
        if not wants_part(request):
            raise
        status, error = _refusal(request, caller, refused)
    if not wants_part(request):
        return go_to(request, f"{PAGES}/conversations/{conversation_id}")
    return await _part(
        request, conversation_id, caller, "_composer.html", fresh=True, status=status, error=error,
        text=text if error else "", key=key if error else new_id(),
    )  # fmt: skip


def _refusal(request: Request, caller: Caller, error: DangolError) -> tuple[int, str]:
    status = 409 if isinstance(error, ConflictError) else 422
    return status, error_text(locale_of(request, caller), error)


@router.post("/reply")
async def reply(
    request: Request, conversation_id: Id, caller: SignedIn, text: FormText = "", key: FormKey = ""
) -> Response:
    """Answer the customer; the same form sent twice is said once."""
    return await _say(
        request, conversation_id, caller, text, key,
        lambda: conversations.reply(conversation_id, caller, text.replace("\r\n", "\n"), key or None),
    )  # fmt: skip


@router.post("/note")
async def note(
    request: Request, conversation_id: Id, caller: SignedIn, text: FormText = "", key: FormKey = ""
) -> Response:
    """Leave a note that only staff see; the same form sent twice is kept once."""
    return await _say(
        request, conversation_id, caller, text, key,
        lambda: conversations.note(conversation_id, caller, text.replace("\r\n", "\n"), key or None),
    )  # fmt: skip
