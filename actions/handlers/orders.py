"""Where orders are, and which there were."""

from __future__ import annotations

import json
import re
from datetime import date

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.cancelling import payload
from actions.handlers.order_words import (
    arrived_lately,
    describe,
    describe_items,
    is_late,
    order_titles,
    short_day,
    timezone,
    today,
)
from actions.handlers.periods import Span, find_period
from actions.handlers.picking import LOOKED_AT, orders_named, unknown_order
from actions.handlers.sending_back import in_time, pieces_left
from actions.offers import offer
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, person_button, say, won
from core.clock import local_date
from crm_store.orders.models import Order
from crm_store.orders.queries import find_order, list_orders
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.queries import list_pending

_OPEN = ("paid", "preparing", "shipped")
# Orders told of at once, and those of a list.
SHOWN, LISTED = 3, 5
# All that a list is looked for in.
MOST = 200
_NOT_HERE = re.compile(
    r"못\s*받|안\s*(?:왔|와|받|보[여이])|없(?:어|는데|네|습)|받은\s*적"
    r"|(?:did|have|has)(?:n'?t| not)|never\s+(?:came|arrived|got|received)|not\s+(?:here|arrived)|nothing|missing",
    re.IGNORECASE,
)

_SAID_TO_BE_HERE = re.compile(
    r"(?:배송|배달|도착)\s*(?:이|은)?\s*(?:완료|됐|되었|했)|왔다고|\bsays?\b|\bsaid\b|\bmarked\b|\bdelivered\b",
    re.IGNORECASE,
)


def tell_status(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The order meant, else those on their way, else the latest one. Somebody else's number is as good as unknown."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    number = ctx.value("order_number")
    if number is not None:
        order = find_order(session, ctx.customer.id, str(number))
        return _tell_one(session, ctx, order) if order else unknown_order(ctx, str(number))
    orders = list_orders(session, ctx.customer.id, LOOKED_AT)
    if not orders:
        return Result("answered", [Reply(say(ctx, "no_orders"), [button(ctx, "recommend", "/recommend_product")])])
    shown = _shown(session, ctx, orders)
    if len(shown) == 1:
        return _tell_one(session, ctx, shown[0])
    ctx.memory.show_orders([order.id for order in shown])
    lead = "orders_lead" if all(order.state in _OPEN for order in shown) else "orders_meant_lead"
    parts = [say(ctx, lead, count=len(shown)), *(describe(session, ctx, order) for order in shown)]
    buttons = _status_buttons(session, ctx, shown)
    return Result("answered", [Reply("\n\n".join(parts), buttons)])


def _status_buttons(session: Session, ctx: TurnContext, orders: list[Order]) -> list[Button]:
    titles = order_titles(session, ctx, orders)
    return [Button(titles[order.id][:60], payload("ask_order_status", order)) for order in orders]


def _shown(session: Session, ctx: TurnContext, orders: list[Order]) -> list[Order]:
    """The orders a question is about: those named, of which the ones on their way come first; else what is on its way."""
    meant = orders_named(session, ctx, orders)
    if meant.one is not None:
        return [order for order in orders if order.id == meant.one]
    named = [order for order in orders if order.id in meant.ids] or orders
    under_way = [order for order in named if order.state in _OPEN][:SHOWN]
    # What is said to have arrived yesterday and is asked for now was perhaps not found.
    lately = [order for order in named if arrived_lately(ctx, order)]
    text = ctx.call.text
    if lately and not meant.ids and _NOT_HERE.search(text) and (_SAID_TO_BE_HERE.search(text) or not under_way):
        return lately[:1]
    return under_way or named[: SHOWN if meant.every else 1]


def _tell_one(session: Session, ctx: TurnContext, order: Order) -> Result:
    """One order, with what can be done about it."""
    ctx.memory.show_orders([order.id])
    text = describe(session, ctx, order)
    complaint = button(ctx, "report_parcel", payload("complain", order))
    if order.state == "delivered" and _NOT_HERE.search(ctx.call.text):
        offer(ctx, "talk_to_human")
        rules = current_rules(session)
        days = rule(rules, "shipping.lost_search_days")
        buttons = [complaint, person_button(ctx)]
        return Result("answered", [Reply(f"{text}\n{say(ctx, 'order_not_found', days=days)}", buttons)])
    if is_late(session, ctx, order):
        offer(ctx, "talk_to_human")
        return Result("answered", [Reply(text, [complaint, person_button(ctx)])])
    return Result("answered", [Reply(text, _next_steps(session, ctx, order))])


def _next_steps(session: Session, ctx: TurnContext, order: Order) -> list[Button]:
    if order.state in ("paid", "preparing") and not list_pending(session, order_id=order.id):
        return [
            button(ctx, "cancel_order", payload("cancel_order", order)),
            button(ctx, "change_address", payload("change_address", order)),
        ]
    if order.state == "delivered" and in_time(session, ctx, order, fault=False) and pieces_left(session, order):
        buttons = [
            button(ctx, "return", payload("request_return", order)),
            button(ctx, "swap", payload("request_exchange", order)),
        ]
        not_here = [button(ctx, "not_received", payload("complain", order))] if arrived_lately(ctx, order) else []
        return [*not_here, *buttons]
    if order.state in ("delivered", "returned"):
        return [button(ctx, "reorder", payload("reorder", order))]
    return []


def tell_orders(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The latest orders, five at a time; of a period or with the goods that were named."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    every = list_orders(session, ctx.customer.id, MOST)
    if not every:
        return Result("answered", [Reply(say(ctx, "no_orders"), [button(ctx, "recommend", "/recommend_product")])])
    start, span = _page(session, ctx)
    orders = [order for order in every if _within(session, order, span)]
    named = set(orders_named(session, ctx, orders).ids) if ctx.values("product") or ctx.value("date") else set()
    orders = [order for order in orders if order.id in named] if named else orders
    if not orders:
        return Result("answered", [Reply(say(ctx, "orders_none_then"), [button(ctx, "all_orders", "/list_orders")])])
    page = orders[start : start + LISTED]
    ctx.memory.show_orders([order.id for order in page])
    lead = "orders_then" if span or named else "orders_latest" if not start else "orders_more"
    lines = [_line(session, ctx, order, at) for at, order in enumerate(page, start=1)]
    buttons = _status_buttons(session, ctx, page)
    if len(orders) > start + LISTED and not named:
        buttons.append(button(ctx, "more_orders", _more(start + LISTED, span)))
    text = "\n".join([say(ctx, lead, count=len(orders)), *lines])
    return Result("answered", [Reply(text, buttons)])


def _line(session: Session, ctx: TurnContext, order: Order, at: int) -> str:
    return say(
        ctx, "orders_line", at=at, when=short_day(ctx, order.placed_at), number=order.number,
        items=describe_items(session, ctx, order), total=won(ctx, order.total), state=say(ctx, f"state_{order.state}"),
    )  # fmt: skip


def _page(session: Session, ctx: TurnContext) -> tuple[int, Span | None]:
    """Where the list begins and the period it is of: as the button says, else the words."""
    chosen = ctx.value("choice")
    if not ctx.call.pressed or chosen is None:
        return 0, find_period(ctx.call.text, today(session, ctx))
    start, *days = str(chosen).split("|")
    span = (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if len(days) == 2 else None
    return int(start), span


def _more(start: int, span: Span | None) -> str:
    parts = [str(start), *(day.isoformat() for day in span or ())]
    return f"/list_orders{json.dumps({'choice': '|'.join(parts)})}"


def _within(session: Session, order: Order, span: Span | None) -> bool:
    return span is None or span[0] <= local_date(order.placed_at, timezone(session)) <= span[1]


HANDLERS: dict[str, Handler] = {"ask_order_status": tell_status, "list_orders": tell_orders}
