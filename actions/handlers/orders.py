"""Where an order is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.result import Reply, Result
from actions.run import Handler, Tools
from actions.wording import day, local, person_button, say, won
from crm_store.catalogue.queries import products_by_id
from crm_store.orders.models import Order
from crm_store.orders.queries import find_order, latest_shipment, list_orders

_OPEN = ("paid", "preparing", "shipped")
SHOWN = 3


def _items(session: Session, ctx: TurnContext, order: Order) -> str:
    """What was ordered, in a few words: the first product, and how many more kinds."""
    products = products_by_id(session, [line.product_id for line in order.lines])
    if not order.lines or order.lines[0].product_id not in products:
        return order.number
    first = local(ctx, products[order.lines[0].product_id].name)
    more = len(order.lines) - 1
    return say(ctx, "items_more", first=first, count=more) if more else first


def describe(session: Session, ctx: TurnContext, order: Order) -> str:
    """An order's state in a sentence or two."""
    lines = [
        say(ctx, "order_line", number=order.number, items=_items(session, ctx, order), total=won(ctx, order.total))
    ]
    parcel = latest_shipment(order)
    when = {"shipped": parcel.expected_on if parcel else None, "delivered": order.delivered_at}.get(order.state)
    if when is not None:
        lines.append(say(ctx, f"order_{order.state}", when=day(ctx, when)))
    else:
        # A shop's own data may know the state and not the day.
        undated = "_undated" if order.state in ("shipped", "delivered") else ""
        lines.append(say(ctx, f"order_{order.state}{undated}"))
    if parcel and parcel.tracking_number and order.state == "shipped":
        lines.append(say(ctx, "order_tracking", courier=parcel.courier or "", number=parcel.tracking_number))
    return "\n".join(lines)


def tell_status(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The order named, else those on their way, else the latest one. Somebody else's number is as good as unknown."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    number = ctx.value("order_number")
    if number is not None:
        order = find_order(session, ctx.customer.id, str(number))
        if order is None:
            return Result("declined", [Reply(say(ctx, "order_unknown", number=str(number)), [person_button(ctx)])])
        return Result("answered", [Reply(describe(session, ctx, order))])
    orders = list_orders(session, ctx.customer.id)
    if not orders:
        return Result("answered", [Reply(say(ctx, "no_orders"))])
    shown = [order for order in orders if order.state in _OPEN][:SHOWN] or orders[:1]
    parts = [describe(session, ctx, order) for order in shown]
    if len(shown) > 1:
        parts.insert(0, say(ctx, "orders_lead", count=len(shown)))
    return Result("answered", [Reply("\n\n".join(parts))])


HANDLERS: dict[str, Handler] = {"ask_order_status": tell_status}
