"""Send something back for the money: which order, what of it, why, and what comes back of it, before a case is opened."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.picking import confirm_step, customer_id, order_step, picked_order
from actions.handlers.sending_back import (
    check_time,
    items_step,
    lines_of,
    name_items,
    rules_for,
    stated,
    too_late,
)
from actions.handlers.why import is_fault, known, reason_step
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import words
from actions.tasks.running import begin
from actions.wording import button, person_button, say, won
from core.errors import RuleViolationError
from crm_store.cases.models import Case
from crm_store.cases.service import open_case
from crm_store.orders import refunds
from crm_store.shop.queries import current_rules, rule

INTENTS = frozenset({"request_return"})
REASONS = ("changed_mind", "defective", "wrong_item", "other")
# Whatever a reason is taken for: it is asked for, and said no to at the next step.
TAKES = frozenset({"complain", "give_feedback", "request_return", "request_exchange", "ask_case_status", "check_stock"})


def details_step() -> Step:
    """The step `details`: the words of a reason that is none of the buttons."""
    return Step(
        "details", lambda turn: Reply(say(turn.ctx, "reason_details")), words("details"),
        needed=lambda values: values["reason"]["code"] == "other" and not values["reason"].get("own", True),
        takes=TAKES, free=True,
    )  # fmt: skip


def open_sending_back(turn: TaskTurn, kind: str, wanted: dict[str, object]) -> Case:
    """Open the case of what was decided. RuleViolationError as crm_store.cases.service says."""
    ctx, reason = turn.ctx, turn.values["reason"]
    fault = {"fault": True} if is_fault(reason) else {}
    return open_case(
        turn.session, kind=kind, customer_id=customer_id(ctx), conversation_id=ctx.conversation.id,
        order_id=turn.values["order"], items=turn.values["items"], wanted={**wanted, **fault},
        reason=turn.values.get("details") or reason["text"], idempotency_key=f"{ctx.call.key}:{kind}", actor="bot",
        now=ctx.now,
    )  # fmt: skip


def refused_case(turn: TaskTurn, error: RuleViolationError) -> Result:
    """What came in between: it is too late by now, or the goods are on their way back already."""
    ctx, order = turn.ctx, picked_order(turn)
    if error.code == "return_window_over":
        return Result("declined", [too_late(turn.session, ctx, order)])
    return Result("declined", [Reply(say(ctx, "sending_refused_now", number=order.number), [person_button(ctx)])])


def _quote(turn: TaskTurn) -> refunds.Quote:
    order = picked_order(turn)
    pieces = {line.position: quantity for line, quantity in lines_of(order, turn.values["items"])}
    return refunds.quote(order, pieces, current_rules(turn.session), fault=is_fault(turn.values["reason"]))


def _confirm(turn: TaskTurn) -> str:
    ctx, due = turn.ctx, _quote(turn)
    lines = [say(ctx, "return_confirm", number=picked_order(turn).number, items=name_items(turn))]
    if due.fee:
        lines.append(say(ctx, "return_refund_fee", amount=won(ctx, due.amount), fee=won(ctx, due.fee)))
    else:
        key = "return_refund_free" if is_fault(turn.values["reason"]) else "return_refund"
        lines.append(say(ctx, key, amount=won(ctx, due.amount)))
    if due.points:
        lines.append(say(ctx, "return_points", points=due.points))
    return "\n".join([*lines, say(ctx, "return_sure")])


def _finish(turn: TaskTurn) -> Result:
    ctx, due = turn.ctx, _quote(turn)
    try:
        case = open_sending_back(turn, "return", {})
    except RuleViolationError as error:
        return refused_case(turn, error)
    rules = current_rules(turn.session)
    text = say(
        ctx, "return_opened", case=case.number, amount=won(ctx, due.amount),
        pickup=rule(rules, "returns.pickup_days"), days=rule(rules, "returns.refund_business_days"),
    )  # fmt: skip
    return Result(
        "acted", [Reply(text, [button(ctx, "case_status", "/ask_case_status")])], [Effect("case_opened", case.id)]
    )


_ORDER, _ITEMS = order_step(rules_for("return", INTENTS)), items_step("return", single=False)
KIND = TaskKind(
    "request_return",
    INTENTS,
    (
        _ORDER, _ITEMS, reason_step("return", REASONS, TAKES), details_step(),
        confirm_step(_confirm, "return_yes", (_ORDER, _ITEMS), find=check_time),
    ),
    _finish,
    corrects={"order": ("items",), "items": ()},
)  # fmt: skip


def begin_return(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin to send something back."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    return begin(session, ctx, tools, KIND, said=stated(ctx), **known(ctx))


HANDLERS: dict[str, Handler] = {"request_return": begin_return}
TASKS = (KIND,)
