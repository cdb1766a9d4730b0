"""Put many orders with their lines: new ones added, imported ones changed where something differs, others left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from core.ids import new_id
from crm_store.catalogue.models import Product, Variant
from crm_store.imports.products import CHUNK
from crm_store.orders.models import ORDER_STATES, Order, OrderLine

_LARGEST = 2_000_000_000


@dataclass(frozen=True, slots=True)
class LineIn:
    """A line at its place in the order. Its variant is the plain one unless named."""

    position: int
    product_id: str
    variant_id: str | None
    quantity: int
    unit_price: int


@dataclass(frozen=True, slots=True)
class OrderIn:
    """An order; `values` by column of `Order`. `total` is computed where it is not among them."""

    number: str
    customer_id: str
    values: Mapping[str, Any]
    lines: Sequence[LineIn]


@dataclass(slots=True)
class OrderOutcome:
    """What became of an order (added, updated, unchanged, or why it was refused) and of its lines by position."""

    order: str
    lines: dict[int, str] = field(default_factory=dict)


def put_orders(session: Session, orders: Sequence[OrderIn], currency: str, now: datetime) -> dict[str, OrderOutcome]:
    """What became of every order, by number. An order never goes back to an earlier state.

    Refused: goods_missing (no line that can be taken in), order_not_imported (placed here), order_of_another (customer),
    amount_too_large. Lines refused: product_unknown, variant_unknown, line_returned (more came back than would remain).
    """
    known = _known(session, (order.number for order in orders))
    goods = _Goods(session, [line for order in orders for line in order.lines])
    outcomes: dict[str, OrderOutcome] = {}
    new_orders: list[dict[str, Any]] = []
    new_lines: list[dict[str, Any]] = []
    for order in orders:
        row = known.get(order.number)
        if row is None:
            outcomes[order.number] = _add(order, goods, currency, new_orders, new_lines)
        else:
            outcomes[order.number] = _update(row, order, goods, new_lines)
    session.flush()
    if new_orders:
        session.execute(insert(Order), new_orders)
    if new_lines:
        session.execute(insert(OrderLine), new_lines)
    session.flush()
    return outcomes


def _known(session: Session, numbers: Iterable[str]) -> dict[str, Order]:
    wanted = sorted(set(numbers))
    found: dict[str, Order] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(Order).where(Order.number.in_(wanted[start : start + CHUNK])).options(selectinload(Order.lines))
        query = query.order_by(Order.id).with_for_update(key_share=True).execution_options(populate_existing=True)
        found |= {row.number: row for row in session.scalars(query)}
    return found


class _Goods:
    """Which products and variants there are, of those the lines name."""

    def __init__(self, session: Session, lines: list[LineIn]) -> None:
        named = {line.product_id for line in lines}
        self.products = set(_ids(session, Product, named))
        wanted = named | {line.variant_id for line in lines if line.variant_id}
        self.variants = _ids(session, Variant, wanted)

    def refuse(self, line: LineIn) -> str | None:
        """Why a line cannot be taken in."""
        if line.product_id not in self.products:
            return "product_unknown"
        if line.variant_id is not None and self.variants.get(line.variant_id) != line.product_id:
            return "variant_unknown"
        return None

    def variant_of(self, line: LineIn) -> str | None:
        """The variant named, else the plain one where there is one."""
        return line.variant_id or (line.product_id if line.product_id in self.variants else None)


def _ids(session: Session, model: type[Product | Variant], ids: set[str]) -> dict[str, str]:
    """Those that exist, with the product they belong to."""
    wanted = sorted(ids)
    found: dict[str, str] = {}
    owner = Variant.product_id if model is Variant else model.id
    for start in range(0, len(wanted), CHUNK):
        query = select(model.id, owner).where(model.id.in_(wanted[start : start + CHUNK]))
        found |= {row[0]: row[1] for row in session.execute(query)}
    return found


def _worth(lines: Iterable[Any], values: Mapping[str, Any]) -> int:
    goods = sum(line.quantity * line.unit_price for line in lines)
    fees = int(values.get("shipping_fee", 0)) - int(values.get("discount", 0)) - int(values.get("points_used", 0))
    return max(0, int(goods) + fees)


def _add(
    order: OrderIn, goods: _Goods, currency: str, new_orders: list[dict[str, Any]], new_lines: list[dict[str, Any]]
) -> OrderOutcome:
    refused = {line.position: reason for line in order.lines if (reason := goods.refuse(line))}
    kept = [line for line in order.lines if line.position not in refused]
    if not kept:
        return OrderOutcome("goods_missing", refused)
    total = int(order.values.get("total", _worth(kept, order.values)))
    if total > _LARGEST:
        return OrderOutcome("amount_too_large", refused)
    order_id = new_id()
    columns: dict[str, Any] = {
        "shipping_fee": 0, "discount": 0, "points_used": 0, "address": {}, "shipped_at": None, "delivered_at": None,
        "cancelled_at": None,
    }  # fmt: skip
    values = {**columns, **order.values}
    # Points for it are in the balances that the shop brings along; it counts for the tier.
    confirmed = (
        (values["delivered_at"] or values["placed_at"]) if values["state"] in ("delivered", "returned") else None
    )
    new_orders.append(
        {
            "id": order_id, "number": order.number, "customer_id": order.customer_id, "currency": currency,
            "source": "import", "confirmed_at": confirmed, **values, "total": total,
        }
    )  # fmt: skip
    new_lines += [_line_row(order_id, line, goods) for line in kept]
    return OrderOutcome("added", {**refused, **{line.position: "added" for line in kept}})


def _line_row(order_id: str, line: LineIn, goods: _Goods) -> dict[str, Any]:
    return {
        "order_id": order_id, "position": line.position, "product_id": line.product_id,
        "variant_id": goods.variant_of(line), "quantity": line.quantity, "returned": 0, "unit_price": line.unit_price,
    }  # fmt: skip


def _update(row: Order, order: OrderIn, goods: _Goods, new_lines: list[dict[str, Any]]) -> OrderOutcome:
    if row.source != "import":
        return OrderOutcome("order_not_imported")
    if row.customer_id != order.customer_id:
        return OrderOutcome("order_of_another")
    lines = {line.position: line for line in row.lines}
    outcomes: dict[int, str] = {}
    added: list[LineIn] = []
    for line in order.lines:
        if reason := goods.refuse(line):
            outcomes[line.position] = reason
        elif line.position not in lines:
            outcomes[line.position] = "added"
            added.append(line)
            new_lines.append(_line_row(row.id, line, goods))
        else:
            outcomes[line.position] = _change_line(lines[line.position], line, goods)
    changed = _change(row, order.values)
    total = order.values.get("total")
    if total is None and (changed or "added" in outcomes.values() or "updated" in outcomes.values()):
        total = _worth([*row.lines, *added], {name: getattr(row, name) for name in _SUMS})
    if total is not None and total != row.total:
        row.total, changed = total, True
    return OrderOutcome("updated" if changed else "unchanged", outcomes)


_SUMS = ("shipping_fee", "discount", "points_used")


def _change(row: Order, values: Mapping[str, Any]) -> bool:
    changed = False
    for name, value in values.items():
        before = getattr(row, name)
        if name == "total" or before == value:
            continue
        if name == "state" and ORDER_STATES.index(value) < ORDER_STATES.index(before):
            continue
        after = {**before, **value} if name == "address" else value
        changed = changed or before != after
        setattr(row, name, after)
    return changed


def _change_line(row: OrderLine, line: LineIn, goods: _Goods) -> str:
    variant_id = line.variant_id or row.variant_id or goods.variant_of(line)
    wanted = (line.product_id, variant_id, line.quantity, line.unit_price)
    if (row.product_id, row.variant_id, row.quantity, row.unit_price) == wanted:
        return "unchanged"
    if line.quantity < row.returned:
        return "line_returned"
    row.product_id, row.variant_id, row.quantity, row.unit_price = wanted
    return "updated"
