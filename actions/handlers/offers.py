"""A plain yes to what the assistant has just offered."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.coupons import request
from actions.handlers.handover import call_staff
from actions.result import Result
from actions.run import Handler, Tools
from crm_store.conversations.queries import find_last_reply

# What an offer's only button stands for.
_OFFERS: dict[str, Handler] = {"/talk_to_human": call_staff, "/request_coupon": request}


def accept(session: Session, ctx: TurnContext, tools: Tools) -> Result | None:
    """Do what was offered: the only button of the last reply. None when the last reply offered nothing, or a choice."""
    last = find_last_reply(session, ctx.conversation.id)
    buttons = last.content.get("buttons", []) if last else []
    handler = _OFFERS.get(buttons[0]["payload"]) if len(buttons) == 1 else None
    return handler(session, ctx, tools) if handler else None
