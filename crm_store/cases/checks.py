"""What a return or an exchange must satisfy when it is asked for. Whether goods are unopened, staff find out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.clock import add_months, local_date
from core.errors import NotFoundError, RuleViolationError
from crm_store.cases.queries import pieces_under_way
from crm_store.catalogue.queries import get_variant
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.queries import current_rules, rule


def check_sending_back(
    session: Session, order: Order, items: Sequence[dict[str, Any]], wanted: dict[str, Any], now: datetime
) -> Counter[int]:
    """The pieces by position. RuleViolationError: order_not_delivered (state), return_window_over (deadline), items_missing,
    item_invalid (position), already_returned (position), item_in_open_case (position, case_number).
    """
    if order.state != "delivered" or order.delivered_at is None:
        raise RuleViolationError("order_not_delivered", order_id=order.id, state=order.state)
    rules = current_rules(session)
    last = deadline(order.delivered_at, rules, fault=bool(wanted.get("fault")))
    if local_date(now, str(rule(rules, "shop.timezone"))) > last:
        raise RuleViolationError("return_window_over", order_id=order.id, state=order.state, deadline=last.isoformat())
    if not items:
        raise RuleViolationError("items_missing", order_id=order.id)
    pieces: Counter[int] = Counter()
    for item in items:
        pieces[int(item["position"])] += int(item["quantity"])
    under_way, case_number = pieces_under_way(session, order.id)
    lines = {line.position: line for line in order.lines}
    for position, quantity in pieces.items():
        line = lines.get(position)
        if line is None or not 1 <= quantity <= line.quantity:
            raise RuleViolationError("item_invalid", position=position)
        if quantity > line.quantity - line.returned:
            raise RuleViolationError("already_returned", position=position)
        if quantity > line.quantity - line.returned - under_way[position]:
            raise RuleViolationError("item_in_open_case", position=position, case_number=case_number)
    return pieces


def deadline(delivered_at: datetime, rules: dict[str, Any], *, fault: bool) -> date:
    """The last day, the shop's, on which a return or exchange can be asked for; longer where the shop is at fault."""
    received = local_date(delivered_at, str(rule(rules, "shop.timezone")))
    if fault:
        return add_months(received, int(rule(rules, "returns.defective_months")))
    return received + timedelta(days=int(rule(rules, "returns.days")))


def check_exchange(session: Session, order: Order, pieces: Counter[int], wanted: dict[str, Any]) -> None:
    """One line for another colour or size of the same product, or for the same one again.

    RuleViolationError: exchange_one_item, exchange_other_product; NotFoundError("variant_not_found").
    """
    if len(pieces) != 1:
        raise RuleViolationError("exchange_one_item", order_id=order.id)
    variant_id = wanted.get("variant_id")
    if not isinstance(variant_id, str):
        raise NotFoundError("variant_not_found")
    if get_variant(session, variant_id).product_id != exchanged_line(order, pieces).product_id:
        raise RuleViolationError("exchange_other_product", variant_id=variant_id)


def exchanged_line(order: Order, pieces: Counter[int]) -> OrderLine:
    """The line of the order that the pieces of an exchange are of."""
    [position] = pieces
    return next(line for line in order.lines if line.position == position)
