"""Where a customer's money is that is to come back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.order_words import short_day, today
from actions.handlers.picking import LOOKED_AT, orders_named, unknown_order
from actions.result import Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, day, person_button, say, won
from crm_store.cases.models import OPEN_STATES
from crm_store.cases.queries import list_cases
from crm_store.orders.models import Order, Refund
from crm_store.orders.queries import find_order, list_orders
from crm_store.orders.refunds import list_refunds
from crm_store.shop.queries import current_rules, rule

SHOWN = 3


def _describe(session: Session, ctx: TurnContext, refund: Refund, number: str) -> str:
    head = say(ctx, "refund_line", number=number, amount=won(ctx, refund.amount))
    if refund.state == "approved" and refund.expected_on is not None:
        late = refund.expected_on < today(session, ctx)
        state = say(ctx, "refund_late" if late else "refund_approved", when=day(ctx, refund.expected_on))
    elif refund.state == "paid" and refund.paid_at is not None:
        extra = rule(current_rules(session), "returns.card_extra_days")
        state = say(ctx, "refund_paid", when=day(ctx, refund.paid_at), days=extra)
    else:
        state = say(ctx, f"refund_{refund.state}_undated")
    return f"{head}\n{state}"


def _waiting(session: Session, ctx: TurnContext, customer: str, refunds: list[tuple[Refund, str]]) -> list[str]:
    """Returns that were asked for and have no refund yet."""
    refunded = {refund.case_id for refund, _ in refunds}
    cases = [
        case for case in list_cases(session, customer)
        if case.kind == "return" and case.state in OPEN_STATES and case.id not in refunded
    ]  # fmt: skip
    return [say(ctx, "refund_waits", case=case.number, when=short_day(ctx, case.opened_at)) for case in cases]


def tell_refunds(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The refunds of the order meant, else all of the latest, with those that wait for a return."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "refunds")
    number = ctx.value("order_number")
    order = find_order(session, ctx.customer.id, str(number)) if number is not None else None
    if number is not None and order is None:
        return unknown_order(ctx, str(number))
    if order is None:
        meant = orders_named(session, ctx, list_orders(session, ctx.customer.id, LOOKED_AT))
        order = session.get(Order, meant.one) if meant.one else None
    refunds = list_refunds(session, ctx.customer.id)
    mine = [(refund, of) for refund, of in refunds if order is None or refund.order_id == order.id]
    waiting = _waiting(session, ctx, ctx.customer.id, refunds)
    if not mine and not waiting:
        if order is not None and number is not None:
            text = say(ctx, "refund_none_of_order", number=order.number)
        else:
            text = say(ctx, "refund_none")
        buttons = [button(ctx, "refund_time", '/ask_faq{"topic": "refund-time"}'), person_button(ctx)]
        return Result("answered", [Reply(text, buttons)])
    ctx.memory.show_orders(list(dict.fromkeys(refund.order_id for refund, _ in mine[:SHOWN])))
    parts = [_describe(session, ctx, refund, of) for refund, of in mine[:SHOWN]] + waiting
    late = any(
        refund.state == "approved" and refund.expected_on is not None and refund.expected_on < today(session, ctx)
        for refund, _ in mine[:SHOWN]
    )
    buttons = [person_button(ctx)] if late else []
    return Result("answered", [Reply("\n\n".join([say(ctx, "refund_lead"), *parts]), buttons)])


HANDLERS: dict[str, Handler] = {"ask_refund_status": tell_refunds}
