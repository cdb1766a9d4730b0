"""Cancel an order that has not left: which, why if one likes, and what comes back, before it is done."""

from __future__ import annotations

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.order_words import describe_items
from actions.handlers.picking import Rules, confirm_step, order_step, picked_order
from actions.handlers.why import SKIP, known, reason_step
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import TaskKind, TaskTurn
from actions.tasks.running import begin
from actions.wording import button, person_button, say, won
from core.errors import RuleViolationError
from crm_store.coupons.models import Redemption
from crm_store.orders.agreed import OPEN_STATES
from crm_store.orders.models import Order
from crm_store.orders.service import cancel
from crm_store.shop_requests.queries import list_pending

INTENTS = frozenset({"cancel_order"})


def payload(intent: str, order: Order) -> str:
    """A button's payload about an order."""
    return f"/{intent}{json.dumps({'order_number': order.number})}"


def pending_refusal(turn: TaskTurn, order: Order) -> Reply | None:
    """What the shop has been asked about the order already, if anything."""
    pending = list_pending(turn.session, order_id=order.id)
    if not pending:
        return None
    return Reply(say(turn.ctx, f"already_asked_{pending[0].kind}", number=order.number), [person_button(turn.ctx)])


def _allows(turn: TaskTurn, order: Order) -> bool:
    return order.state in OPEN_STATES and not list_pending(turn.session, order_id=order.id)


def _refuse(turn: TaskTurn, order: Order) -> Reply:
    """Why not, and what can be done instead."""
    ctx = turn.ctx
    if order.state in OPEN_STATES and (reply := pending_refusal(turn, order)) is not None:
        return reply
    instead: dict[str, list[Button]] = {
        "shipped": [
            button(ctx, "track", payload("ask_order_status", order)),
            button(ctx, "how_to_return", '/ask_faq{"topic": "how-to-return"}'),
        ],
        "delivered": [button(ctx, "return", payload("request_return", order))],
        "cancelled": [button(ctx, "refund_status", payload("ask_refund_status", order))],
        "returned": [button(ctx, "refund_status", payload("ask_refund_status", order))],
    }
    return Reply(say(ctx, f"cancel_refused_{order.state}", number=order.number), instead.get(order.state, []))


def _about(turn: TaskTurn) -> str:
    """Which order it is, which may never have been asked for."""
    order, ctx = picked_order(turn), turn.ctx
    return say(ctx, "cancel_about", number=order.number, items=describe_items(turn.session, ctx, order))


def _confirm(turn: TaskTurn) -> str:
    order, ctx = picked_order(turn), turn.ctx
    lines = [
        say(ctx, "cancel_confirm", number=order.number, items=describe_items(turn.session, ctx, order)),
        say(ctx, "cancel_refund", amount=won(ctx, order.total)),
    ]
    used = select(func.count(Redemption.id)).where(Redemption.order_id == order.id, Redemption.reverted_at.is_(None))
    if coupons := turn.session.scalar(used) or 0:
        lines.append(say(ctx, "cancel_coupons", count=coupons))
    if order.points_used:
        lines.append(say(ctx, "cancel_points", points=order.points_used))
    return "\n".join([*lines, say(ctx, "cancel_sure")])


def _finish(turn: TaskTurn) -> Result:
    ctx, order = turn.ctx, picked_order(turn)
    try:
        request = cancel(
            turn.session, order_id=order.id, reason=turn.values["reason"]["text"], conversation_id=ctx.conversation.id,
            idempotency_key=f"{ctx.call.key}:cancel", actor="bot", now=ctx.now,
        )  # fmt: skip
    except RuleViolationError:  # it left, or was cancelled, while this was talked about
        turn.session.refresh(order, ["state"])
        return Result("declined", [_refuse(turn, order)])
    if request.state == "refused":
        return Result("declined", [Reply(say(ctx, "shop_refused"), [person_button(ctx)])])
    if request.state == "pending":
        return Result("acted", [Reply(say(ctx, "cancel_requested", number=order.number))])
    text = say(ctx, "cancel_done", number=order.number, amount=won(ctx, order.total))
    buttons = [
        button(ctx, "refund_status", payload("ask_refund_status", order)),
        button(ctx, "recommend", "/recommend_product"),
    ]
    return Result("acted", [Reply(text, buttons)], [Effect("order_cancelled", order.id)])


_ORDER = order_step(Rules("cancel", INTENTS, _allows, _refuse))
# Whatever a reason is taken for: it is asked for, and said no to at the next step.
_TAKES = frozenset(
    {
        "complain",
        "give_feedback",
        "cancel_order",
        "request_return",
        "request_exchange",
        "change_address",
        "ask_case_status",
    }
)
KIND = TaskKind(
    "cancel_order",
    INTENTS,
    (
        _ORDER,
        reason_step("cancel", ("changed_mind", "mistake", "late", "cheaper", SKIP), _TAKES, _about),
        confirm_step(_confirm, "cancel_yes", (_ORDER,)),
    ),
    _finish,
    corrects={"order": ()},
)  # fmt: skip


def begin_cancelling(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin to cancel an order."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    return begin(session, ctx, tools, KIND, **known(ctx))


HANDLERS: dict[str, Handler] = {"cancel_order": begin_cancelling}
TASKS = (KIND,)
