"""The way to a person, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say
from core.clock import zone
from crm_store.conversations.ownership import queue_for_staff
from crm_store.conversations.ownership import withdraw as leave_queue
from crm_store.shop.queries import current_rules, rule


def _is_open(rules: dict[str, Any], now: datetime) -> bool:
    """Whether support is there: hours of the shop's own time zone, Monday to Friday."""
    here = now.astimezone(zone(rule(rules, "shop.timezone")))
    return here.weekday() < 5 and rule(rules, "support.open") <= here.strftime("%H:%M") < rule(rules, "support.close")


def hand_over(session: Session, ctx: TurnContext, lead: str) -> Result:
    """Put the conversation into the queue (its place is kept if it is there) and say so, `lead` being the key of the text."""
    rules = current_rules(session)
    queued = queue_for_staff(session, ctx.conversation.id, ctx.now)
    effects = [Effect("handover_queued", ctx.conversation.id)] if queued else []
    hours = say(
        ctx, "hours_open" if _is_open(rules, ctx.now) else "hours_closed", open=rule(rules, "support.open"),
        close=rule(rules, "support.close"), days=local(ctx, rule(rules, "support.days")),
    )  # fmt: skip
    text = f"{say(ctx, lead if queued else 'already_waiting')} {hours}"
    return Result("handed_over", [Reply(text, [button(ctx, "withdraw", "/withdraw_handover")])], effects)


def call_staff(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Queue for a member of staff; the bot goes on answering until one takes over."""
    return hand_over(session, ctx, "handover")


def withdraw(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Leave the queue again."""
    left = leave_queue(session, ctx.conversation.id, ctx.now)
    return Result("answered", [Reply(say(ctx, "withdrawn" if left else "not_waiting"))])


HANDLERS: dict[str, Handler] = {"talk_to_human": call_staff, "withdraw_handover": withdraw}
