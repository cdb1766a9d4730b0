"""Complaints: heard first, kept as a case, and answered for where the rules allow."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.doubt import doubt
from actions.handlers.cancelling import payload
from actions.handlers.coupons import issued_reply
from actions.offers import offer
from actions.references import orders_meant
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, person_button, say
from core.errors import RuleViolationError
from crm_store.cases.history import write_step
from crm_store.cases.models import Case
from crm_store.cases.queries import get_case
from crm_store.cases.service import open_case
from crm_store.coupons.benefits import APOLOGY, issue_apology
from crm_store.feedback.kinds import about
from crm_store.feedback.queries import find_feedback, list_open_complaints
from crm_store.orders.models import Order
from crm_store.orders.queries import list_orders
from knowledge.sentiment import NEUTRAL, sentiment

# Below this a message that does not sound bad is made sure of before a case is opened.
SURE = 0.55
# What is said within this time of a complaint, and is about the same, belongs to it.
STILL_THE_SAME = timedelta(days=1)
_BARE = re.compile(
    r"^\W*(?:불만|컴플레인|클레임|불편|항의|신고)\s*(?:사항|접수|신고|제기|건)?\s*(?:을|를|이|가)?\s*"
    r"(?:하고|하려고|할게|있|좀|할래|넣|접수)?\S*(?:\s*(?:싶|하|있|합|해)\S*)*\W*$"
    r"|^\W*(?:(?:i(?:'d| would)? (?:like|want) to|i have|i need to|let me)\s+)?(?:(?:make|file|lodge|raise|submit)\s+)?(?:an?\s+)?"
    r"complain(?:t|ts)?\W*$",
    re.IGNORECASE,
)  # fmt: skip


def complain(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Open a case for what went wrong, or add to the one that is open; a coupon for it goes by the rules."""
    words = _words(session, ctx)
    if not words:
        return Result("asked", [Reply(say(ctx, "complaint_what"), [person_button(ctx)])])
    if not ctx.call.pressed and ctx.call.confidence < SURE and sentiment(words) > -NEUTRAL:
        return doubt(session, ctx, tools)
    order, topic = _order(session, ctx), about(words)
    before = _same(session, ctx, topic, order)
    if before is not None:
        return _add(session, ctx, before, words)
    case = open_case(
        session, kind="complaint", customer_id=ctx.customer.id if ctx.customer else None,
        conversation_id=ctx.conversation.id, order_id=order.id if order else None, items=[], wanted={"about": topic},
        reason=words, idempotency_key=f"{ctx.call.key}:complaint", actor="bot", now=ctx.now,
    )  # fmt: skip
    bare = _BARE.match(words) is not None
    heard = say(ctx, "complaint_heard_bare" if bare else f"complaint_heard_{topic}")
    told = say(ctx, "complaint_opened" if ctx.customer else "complaint_opened_anonymous", case=case.number)
    more = [say(ctx, "complaint_more")] if bare or topic == "other" else []
    first = Reply(" ".join([heard, told, *more]), _buttons(ctx, order))
    offer(ctx, "talk_to_human")
    coupon, effects = _apologise(session, ctx, case), [Effect("case_opened", case.id)]
    if coupon is None:
        return Result("acted", [first], effects)
    reply, issued = coupon
    return Result("acted", [first, reply], [*effects, issued])


def _words(session: Session, ctx: TurnContext) -> str:
    """What is complained of: the message, or the feedback that a button stands for."""
    chosen = ctx.value("id")
    if ctx.call.pressed and chosen is not None:
        feedback = find_feedback(session, ctx.conversation.id, str(chosen))
        return feedback.text if feedback else ""
    return ctx.call.text.strip()


def _order(session: Session, ctx: TurnContext) -> Order | None:
    """The customer's own order that is spoken of, if it is clear which."""
    if ctx.customer is None:
        return None
    orders = list_orders(session, ctx.customer.id)
    one = orders_meant(session, ctx, orders).one
    return next((order for order in orders if order.id == one), None)


def _same(session: Session, ctx: TurnContext, topic: str, order: Order | None) -> Case | None:
    """The open complaint of this conversation that this one goes on about."""
    for case in list_open_complaints(session, ctx.conversation.id, ctx.now - STILL_THE_SAME):
        if order is not None and case.order_id not in (None, order.id):
            continue
        if "other" in (topic, case.wanted.get("about")) or case.wanted.get("about") == topic:
            return case
    return None


def _add(session: Session, ctx: TurnContext, case: Case, words: str) -> Result:
    """Put what was said into the history of the case; its state stays."""
    case = get_case(session, case.id, lock=True)
    write_step(session, case, case.state, words, "customer", ctx.now)
    offer(ctx, "talk_to_human")
    return Result("answered", [Reply(say(ctx, "complaint_added", case=case.number), _buttons(ctx, None))])


def _buttons(ctx: TurnContext, order: Order | None) -> list[Button]:
    back = []
    if order is not None and order.state == "delivered":
        back = [
            button(ctx, "return", payload("request_return", order)),
            button(ctx, "complaint_exchange", payload("request_exchange", order)),
        ]
    status = [button(ctx, "case_status", "/ask_case_status")] if ctx.customer else []
    return [*back, person_button(ctx), *status]


def _apologise(session: Session, ctx: TurnContext, case: Case) -> tuple[Reply, Effect] | None:
    """The coupon for a complaint of a known customer; None where the rules give none now, of which nothing is said."""
    if ctx.customer is None:
        return None
    try:
        coupon = issue_apology(
            session, customer_id=ctx.customer.id, occasion=f"case {case.number}",
            idempotency_key=f"{ctx.call.key}:{APOLOGY}", actor="bot", now=ctx.now,
        )  # fmt: skip
    except RuleViolationError:  # leaves the transaction as it was
        return None
    return issued_reply(session, ctx, "apology", coupon), Effect("coupon_issued", coupon.id)


HANDLERS: dict[str, Handler] = {"complain": complain}
