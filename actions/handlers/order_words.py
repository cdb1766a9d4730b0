"""An order in words: what was bought, where it is, and what the courier last wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_time
from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.product_facts import variant_name
from actions.options import attribute_words
from actions.wording import day, local, replies, say, won
from core.clock import local_date, zone
from core.money import LOCALES
from crm_store.catalogue.queries import products_by_id, variants_by_id
from crm_store.orders.models import Order, OrderLine, Shipment
from crm_store.orders.queries import latest_shipment
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.queries import list_pending

# A day of this year, and one of another.
_SHORT = {"ko": ("M월 d일", "yyyy년 M월 d일"), "en": ("MMM d", "MMM d, yyyy")}


def timezone(session: Session) -> str:
    """The shop's time zone, whose days count."""
    return str(rule(current_rules(session), "shop.timezone"))


def today(session: Session, ctx: TurnContext) -> date:
    """The shop's day."""
    return local_date(ctx.now, timezone(session))


def describe_items(session: Session, ctx: TurnContext, order: Order) -> str:
    """What was ordered, in a few words: the first product, and how many more kinds."""
    products = products_by_id(session, [line.product_id for line in order.lines])
    if not order.lines or order.lines[0].product_id not in products:
        return order.number
    first = local(ctx, products[order.lines[0].product_id].name)
    more = len(order.lines) - 1
    return say(ctx, "items_more", first=first, count=more) if more else first


def describe_line(session: Session, ctx: TurnContext, line: OrderLine, quantity: int | None = None) -> str:
    """A line with its colour and size, and how many of it where that is more than one."""
    product = products_by_id(session, [line.product_id]).get(line.product_id)
    name = local(ctx, product.name) if product else line.product_id
    variant = variants_by_id(session, [line.variant_id]).get(line.variant_id) if line.variant_id else None
    if variant is not None and (option := variant_name(ctx, variant, attribute_words(session))):
        name = say(ctx, "line_option", name=name, option=option)
    pieces = line.quantity if quantity is None else quantity
    return say(ctx, "line_pieces", name=name, count=pieces) if pieces > 1 else name


def order_titles(session: Session, ctx: TurnContext, orders: Sequence[Order]) -> dict[str, str]:
    """What orders are called on buttons, by id: day and goods, with the number where two would read alike."""
    titles = {
        order.id: say(ctx, "order_title", when=short_day(ctx, order.placed_at), items=describe_items(session, ctx, order))
        for order in orders
    }  # fmt: skip
    often = Counter(titles.values())
    numbers = {order.id: order.number for order in orders}
    return {one: title if often[title] == 1 else f"{numbers[one]} · {title}" for one, title in titles.items()}


def short_day(ctx: TurnContext, when: date | datetime) -> str:
    """A day without its weekday, with the year where it is another one."""
    moment = local_date(when) if isinstance(when, datetime) else when
    pattern = _SHORT[ctx.locale][moment.year != local_date(ctx.now).year]
    return str(format_date(moment, pattern, locale=LOCALES[ctx.locale]))


def describe(session: Session, ctx: TurnContext, order: Order) -> str:
    """An order's state in a few sentences."""
    items, total = describe_items(session, ctx, order), won(ctx, order.total)
    lines = [say(ctx, "order_line", number=order.number, items=items, total=total)]
    parcel = latest_shipment(order)
    lines.append(_tell_state(session, ctx, order, parcel))
    if parcel and parcel.tracking_number and order.state == "shipped":
        lines.append(say(ctx, "order_tracking", courier=_courier(session, ctx, parcel), number=parcel.tracking_number))
    if parcel and order.state == "shipped" and (scan := _last_scan(session, ctx, parcel)):
        lines.append(scan)
    lines += [say(ctx, f"order_pending_{request.kind}") for request in list_pending(session, order_id=order.id)]
    return "\n".join(lines)


def is_late(session: Session, ctx: TurnContext, order: Order) -> bool:
    """Whether the day on which an order was to arrive has passed."""
    parcel = latest_shipment(order)
    expected = parcel.expected_on if parcel else None
    return order.state in ("paid", "preparing", "shipped") and expected is not None and expected < today(session, ctx)


def _tell_state(session: Session, ctx: TurnContext, order: Order, parcel: Shipment | None) -> str:
    expected = parcel.expected_on if parcel else None
    if parcel and order.state == "shipped" and parcel.state in ("lost", "sent_back"):
        return say(ctx, f"parcel_{parcel.state}")
    if is_late(session, ctx, order) and expected is not None:
        return say(ctx, "order_late", when=day(ctx, expected))
    if order.state == "shipped" and expected is not None:
        near = {0: "_today", 1: "_tomorrow"}.get((expected - today(session, ctx)).days, "")
        return say(ctx, f"order_shipped{near}", when=short_day(ctx, expected) if near else day(ctx, expected))
    if order.state == "delivered" and order.delivered_at is not None:
        return say(ctx, "order_delivered", when=day(ctx, order.delivered_at))
    if order.state in ("paid", "preparing") and expected is not None:
        return f"{say(ctx, f'order_{order.state}')} {say(ctx, 'order_expected', when=day(ctx, expected))}"
    # A shop's own data may know the state and not the day.
    undated = "_undated" if order.state in ("shipped", "delivered") else ""
    return say(ctx, f"order_{order.state}{undated}")


def _courier(session: Session, ctx: TurnContext, parcel: Shipment) -> str:
    """Who carries a parcel; the shop's own courier in the language of the turn."""
    names = rule(current_rules(session), "shipping.courier")
    own = isinstance(names, dict) and parcel.courier in names.values()
    return local(ctx, names) if own else parcel.courier or ""


def _last_scan(session: Session, ctx: TurnContext, parcel: Shipment) -> str | None:
    """What the courier wrote last, None where nothing can be made of it."""
    scan: dict[str, Any] = parcel.scans[-1] if parcel.scans else {}
    try:
        at = datetime.fromisoformat(str(scan.get("at")))
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    at = at.astimezone(zone(timezone(session)))
    key = f"scan_{scan.get('code')}"
    what = say(ctx, key) if key in replies().keys(ctx.locale) else ""
    place = str(scan.get("place") or "")
    if ctx.locale == "en" and what and not place.isascii():
        place = ""  # the courier writes in Korean
    if not what and not place:
        return None
    hour = str(format_time(at, "aaaa h:mm" if ctx.locale == "ko" else "h:mm a", locale=LOCALES[ctx.locale]))
    return say(ctx, "order_scan", when=day(ctx, at.date()), hour=hour, what=" ".join(filter(None, (place, what))))


def arrived_lately(ctx: TurnContext, order: Order, within: timedelta = timedelta(days=3)) -> bool:
    """Whether an order is said to have been delivered only just now, and so may not have been found yet."""
    return order.state == "delivered" and order.delivered_at is not None and ctx.now - order.delivered_at <= within
