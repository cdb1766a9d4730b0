"""The list of conversations, beside every conversation and on its own."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from console.bodies import checked
from console.conversations import page_of
from console.formats import shop_zone
from console.guard import Caller, SignedIn, guard
from console.pages.view import PageRoute, page
from console.permissions import PAGES
from console.queries import count_by_state
from core.clock import utc_now
from crm_store.db import reading
from crm_store.events.queries import latest_id

router = APIRouter(prefix=PAGES, dependencies=[Depends(guard)], route_class=PageRoute, include_in_schema=False)
VIEWS = {"all": None, "waiting": "waiting_for_staff", "mine": "staff", "staff": "staff", "bot": "bot"}
PAGE, LONGEST = 40, 200
ViewName = Annotated[Literal["all", "waiting", "mine", "staff", "bot"], Query()]
Words = Annotated[str, Query(max_length=200)]
Length = Annotated[int, Query(ge=1, le=LONGEST)]
Selected = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9]*$")]


def inbox(
    session: Session, caller: Caller, view: str = "all", q: str = "", length: int = PAGE, selected: str | None = None
) -> dict[str, Any]:
    """What the list's template needs."""
    # A link that was cut may ask for a view that is not there.
    view = view if view in VIEWS else "all"
    found = page_of(
        session, state=VIEWS[view], q=checked(q) or None, after=None, limit=length,
        staff_id=caller.id if view == "mine" else None,
    )  # fmt: skip
    query = {"view": view, "q": q}
    return {
        "rows": found["conversations"],
        "longer": min(length + PAGE, LONGEST) if found["next"] and length < LONGEST else None,
        "length": length,
        "view": view,
        "views": list(VIEWS),
        "q": q,
        "query": urlencode({name: value for name, value in query.items() if value and value != "all"}),
        "counts": count_by_state(session),
        "selected": selected,
        "now": utc_now(),
        "timezone": shop_zone(session),
    }


@router.get("/conversations")
async def show(
    request: Request, caller: SignedIn, view: ViewName = "all", q: Words = "", length: Length = PAGE
) -> Response:
    """The list, with no conversation chosen."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return {"after": latest_id(session), "inbox": inbox(session, caller, view, q, length)}

    values = await asyncio.to_thread(work)
    return page(request, "inbox.html", caller, timezone=values["inbox"]["timezone"], **values)


@router.get("/conversations/rows")
async def show_rows(
    request: Request,
    caller: SignedIn,
    view: ViewName = "all",
    q: Words = "",
    length: Length = PAGE,
    selected: Selected = None,
) -> Response:
    """The list alone, as it stands now."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return inbox(session, caller, view, q, length, selected)

    values = await asyncio.to_thread(work)
    return page(request, "_inbox.html", caller, inbox=values, timezone=values["timezone"])
