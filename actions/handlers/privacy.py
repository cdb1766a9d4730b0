"""One's own data: a copy of it, and its end."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.mailbox import can_mail, refuse_without_mail
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import NO, YES, yes_or_no
from actions.tasks.running import begin, choice
from actions.wording import button, person_button, replies, say
from core.errors import RuleViolationError
from crm_store.accounts.mails import written_day
from crm_store.accounts.requests import find_open, open_erasure, open_export, open_matters, withdraw_erasure
from crm_store.coupons.queries import list_usable
from crm_store.points.queries import balance
from crm_store.shop.queries import current_rules, rule

_WITHDRAW = re.compile(
    r"철회|취소|안\s*할|그만둘|되돌|유지|keep|withdraw|cancel\s+(?:my\s+|the\s+)?(?:request|erasure|deletion|closing)|don'?t\s+(?:delete|close|erase)"
    r"|changed\s+my\s+mind|undo",
    re.IGNORECASE,
)


def export(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Open an export; the worker mails its link within minutes."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "export")
    if not can_mail(session, tools):
        return refuse_without_mail(ctx)
    try:
        request, new = open_export(
            session, customer_id=ctx.customer.id, conversation_id=ctx.conversation.id,
            channel=ctx.conversation.channel, now=ctx.now,
        )  # fmt: skip
    except RuleViolationError:
        return Result(
            "declined", [Reply(say(ctx, "export_no_email"), [button(ctx, "update_profile", "/update_profile")])]
        )
    hours = rule(current_rules(session), "privacy.export_link_hours")
    text = say(ctx, "export_opened" if new else "export_open_already", email=ctx.customer.email, hours=hours)
    if not new:
        return Result("answered", [Reply(text)])
    return Result("acted", [Reply(text)], [Effect("export_requested", request.id)])


def erase(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin closing the account, or, where that was asked for already, see whether it is to be kept after all."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "erasure")
    if find_open(session, ctx.customer.id, "erasure") is not None:
        if _WITHDRAW.search(ctx.call.text):
            return _keep(session, ctx, ctx.customer.id)
        return begin(session, ctx, tools, KEEP, customer=ctx.customer.id)
    if (under_way := _matters(session, ctx, ctx.customer.id)) is not None:
        return Result("declined", [Reply(under_way, [person_button(ctx)])])
    reason = ctx.value("reason")
    return begin(session, ctx, tools, ERASE, customer=ctx.customer.id, reason=str(reason)[:500] if reason else None)


def _matters(session: Session, ctx: TurnContext, customer_id: str) -> str | None:
    """What is still under way, in words."""
    matters = open_matters(session, customer_id)
    if not matters:
        return None
    open_ones = {"orders": matters.orders, "cases": matters.cases}
    which = [
        say(ctx, f"erasure_open_{kind}", numbers=", ".join(numbers)) for kind, numbers in open_ones.items() if numbers
    ]
    return say(ctx, "erasure_not_yet", which=" ".join(which))


def _ask_sure(turn: TaskTurn) -> Reply:
    session, ctx, rules = turn.session, turn.ctx, current_rules(turn.session)
    lost = say(
        ctx, "erasure_lost", points=balance(session, turn.values["customer"], ctx.now),
        coupons=len(list_usable(session, turn.values["customer"], ctx.now)),
    )  # fmt: skip
    text = say(
        ctx, "erasure_ask", lost=lost, days=rule(rules, "account.erasure_grace_days"),
        order_years=rule(rules, "privacy.order_years"), complaint_years=rule(rules, "privacy.complaint_years"),
    )  # fmt: skip
    return Reply(text, _choices(turn, "erasure_yes", "erasure_no"))


def _choices(turn: TaskTurn, yes: str, no: str) -> list[Button]:
    titles = {YES: yes, NO: no}
    return [
        choice(turn.ctx, "sure", value, replies().say(f"button_{key}", turn.ctx.locale))
        for value, key in titles.items()
    ]


def _finish_erase(turn: TaskTurn) -> Result:
    session, ctx = turn.session, turn.ctx
    if turn.values["sure"] != YES:
        return Result("answered", [Reply(say(ctx, "erasure_kept"))])
    try:
        request, _ = open_erasure(
            session, customer_id=turn.values["customer"], conversation_id=ctx.conversation.id,
            reason=turn.values["reason"], channel=ctx.conversation.channel, now=ctx.now,
        )  # fmt: skip
    except RuleViolationError:  # ordered something in between
        text = _matters(session, ctx, turn.values["customer"])
        return Result("declined", [Reply(text or say(ctx, "erasure_kept"), [person_button(ctx)])])
    text = say(ctx, "erasure_requested", when=written_day(request.due_on, ctx.locale))
    return Result("acted", [Reply(text)], [Effect("erasure_requested", request.id)])


def _ask_keep(turn: TaskTurn) -> Reply:
    request = find_open(turn.session, turn.values["customer"], "erasure")
    when = written_day(request.due_on, turn.ctx.locale) if request else ""
    return Reply(say(turn.ctx, "erasure_ask_keep", when=when), _choices(turn, "erasure_keep", "erasure_go_on"))


def _finish_keep(turn: TaskTurn) -> Result:
    if turn.values["sure"] != YES:
        return Result("answered", [Reply(say(turn.ctx, "erasure_stays"))])
    return _keep(turn.session, turn.ctx, turn.values["customer"])


def _keep(session: Session, ctx: TurnContext, customer_id: str) -> Result:
    if not withdraw_erasure(session, customer_id=customer_id, now=ctx.now):
        return Result("answered", [Reply(say(ctx, "erasure_none"))])
    return Result("acted", [Reply(say(ctx, "erasure_withdrawn"))], [Effect("profile_changed", customer_id)])


ERASE = TaskKind(
    "erasure",
    frozenset({"delete_my_data"}),
    (Step("sure", _ask_sure, yes_or_no("sure")),),
    _finish_erase,
)
KEEP = TaskKind(
    "erasure_keep",
    frozenset({"delete_my_data"}),
    (Step("sure", _ask_keep, yes_or_no("sure")),),
    _finish_keep,
)
HANDLERS: dict[str, Handler] = {"export_my_data": export, "delete_my_data": erase}
TASKS = (ERASE, KEEP)
