"""What became of a return, an exchange or a complaint."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.order_words import describe_line, short_day
from actions.handlers.picking import unknown_order
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, day, person_button, say, won
from crm_store.cases.models import Case
from crm_store.cases.queries import find_case, list_cases, list_events
from crm_store.orders.queries import find_order, get_order
from crm_store.orders.refunds import find_of_case
from crm_store.shop.queries import current_rules, rule

SHOWN = 3
_NUMBER = re.compile(r"(?<![A-Za-z0-9])C[\s-]?(\d{8,})(?!\d)", re.IGNORECASE)
_KINDS = (
    ("return", re.compile(r"반품|회수|수거|\breturn", re.IGNORECASE)),
    ("exchange", re.compile(r"교환|\bexchang|\bswap|\breplacement", re.IGNORECASE)),
    ("repair", re.compile(r"수리|a/?s\b|\brepair", re.IGNORECASE)),
    ("complaint", re.compile(r"불만|컴플레인|민원|신고|파손|\bcomplain|\bclaim|\breport", re.IGNORECASE)),
)


def _meant(session: Session, ctx: TurnContext, cases: list[Case]) -> tuple[list[Case], bool]:
    """The cases that the words mean, newest first, and whether there are such; all of them where there are none."""
    order_number = ctx.value("order_number")
    if order_number is not None:
        assert ctx.customer is not None
        order = find_order(session, ctx.customer.id, str(order_number))
        cases = [case for case in cases if order is not None and case.order_id == order.id]
    kind = next((kind for kind, words in _KINDS if words.search(ctx.call.text)), None)
    of_kind = [case for case in cases if kind is None or case.kind == kind]
    return (of_kind, True) if of_kind or not cases else (cases, False)


def describe_case(session: Session, ctx: TurnContext, case: Case) -> str:
    """A case's number, goods and state, with what was last noted."""
    goods = _goods(session, ctx, case)
    head = say(
        ctx, "case_line_goods" if goods else "case_line", kind=say(ctx, f"case_kind_{case.kind}"), number=case.number,
        when=short_day(ctx, case.opened_at), goods=goods,
    )  # fmt: skip
    lines = [head, _state(session, ctx, case)]
    events = list_events(session, case.id)
    if events and events[-1].note:
        lines.append(say(ctx, "case_note", when=short_day(ctx, events[-1].created_at), note=events[-1].note))
    return "\n".join(lines)


def _goods(session: Session, ctx: TurnContext, case: Case) -> str:
    if case.order_id is None or not case.items:
        return ""
    lines = {line.position: line for line in get_order(session, case.order_id).lines}
    named = [
        describe_line(session, ctx, lines[item["position"]], int(item["quantity"]))
        for item in case.items if item.get("position") in lines
    ]  # fmt: skip
    return ", ".join(named)


def _state(session: Session, ctx: TurnContext, case: Case) -> str:
    sent_back = case.kind if case.kind in ("return", "exchange") else "other"
    values: dict[str, Any] = {"days": rule(current_rules(session), "returns.pickup_days")}
    refund = find_of_case(session, case.id)
    if case.kind == "return" and case.state in ("in_progress", "resolved") and refund is not None:
        if refund.state == "paid":
            return say(ctx, "case_return_paid", amount=won(ctx, refund.amount))
        if refund.expected_on is not None:
            return say(ctx, "case_return_refund", amount=won(ctx, refund.amount), when=day(ctx, refund.expected_on))
    return say(ctx, f"case_{sent_back}_{case.state}", **values)


def tell_cases(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The case with the number given, else those meant, newest first."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "cases")
    number = _NUMBER.search(ctx.call.text)
    chosen = ctx.value("choice") or (f"C{number[1]}" if number else None)
    if chosen is not None:
        case = find_case(session, ctx.customer.id, str(chosen))
        if case is None:
            return Result("declined", [Reply(say(ctx, "case_unknown", number=str(chosen)), [person_button(ctx)])])
        return Result("answered", [Reply(describe_case(session, ctx, case), _buttons(ctx, case))])
    order_number = ctx.value("order_number")
    if order_number is not None and find_order(session, ctx.customer.id, str(order_number)) is None:
        return unknown_order(ctx, str(order_number))
    cases, fitting = _meant(session, ctx, list_cases(session, ctx.customer.id))
    if not cases:
        buttons = [button(ctx, "order_status", "/ask_order_status"), person_button(ctx)]
        return Result("answered", [Reply(say(ctx, "cases_none"), buttons)])
    shown = cases[:SHOWN]
    lead = say(ctx, "cases_lead" if fitting else "cases_others", count=len(shown))
    text = "\n\n".join([lead, *(describe_case(session, ctx, case) for case in shown)])
    return Result("answered", [Reply(text, _buttons(ctx, shown[0]) if len(shown) == 1 else [])])


def _buttons(ctx: TurnContext, case: Case) -> list[Button]:
    return [person_button(ctx)] if case.state == "refused" else []


HANDLERS: dict[str, Handler] = {"ask_case_status": tell_cases}
