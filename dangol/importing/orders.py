"""Orders from a file of their lines; negative lines are returns, and some lines are fees rather than goods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator
from sqlalchemy.orm import Session

from crm_store.customers.models import Customer
from crm_store.imports.customers import by_ref, ensure_walk_in
from crm_store.imports.orders import LineIn, OrderIn, OrderOutcome, put_orders
from crm_store.imports.returns import ReturnIn, put_return
from dangol.importing.fields import Amount, Code, Moment, ProductId, Ref, Rejected, Row, Title, VariantId, Whole, wrong
from dangol.importing.kinds import Context, Judged, checked, merge
from dangol.importing.spool import Line

_ADDRESS = ("recipient", "phone", "postcode", "line1", "line2", "city", "country")
_HEADER = (
    "state",
    "placed_at",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "shipping_fee",
    "discount",
    "points_used",
    "total",
)
_MESSAGES = {
    "goods_missing": "the order has no goods that could be taken in",
    "order_not_imported": "number: an order with this number was placed here",
    "order_of_another": "number: the order is another customer's",
    "amount_too_large": "the order's sum is too large",
    "product_unknown": "product: import it first",
    "variant_unknown": "variant: this product has none with this id (from colour and size: shirt.white-l, in small letters)",
    "line_returned": "quantity: more pieces were sent back than would remain",
    "return_unmatched": "this customer's earlier orders hold fewer pieces of this product",
    "return_changed": "this return was imported before with another worth",
}


def _pieces(value: int) -> int:
    if value == 0:
        raise wrong("quantity_zero", "nothing was bought or sent back")
    return value


class OrderRow(Row):
    """A line of an order, with what is known of the order itself."""

    number: Annotated[Code, AfterValidator(str.upper)]
    line: Whole | None = None
    customer: Ref | None = None
    placed_at: Moment
    product: ProductId
    variant: VariantId | None = None
    quantity: Annotated[Whole, AfterValidator(_pieces)] = 1
    unit_price: Amount
    state: Literal["paid", "preparing", "shipped", "delivered", "cancelled", "returned"] = "delivered"
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    cancelled_at: Moment | None = None
    shipping_fee: Amount | None = None
    discount: Amount | None = None
    points_used: Whole | None = None
    total: Amount | None = None
    recipient: Ref | None = None
    phone: Code | None = None
    postcode: Code | None = None
    line1: Title | None = None
    line2: Title | None = None
    city: Ref | None = None
    country: Ref | None = None


Good = tuple[Line, OrderRow]


class Orders:
    """Importer of orders."""

    columns = frozenset(OrderRow.model_fields)

    def key(self, values: Mapping[str, str]) -> str:
        """The order's number."""
        return values.get("number", "").upper()

    def late(self, values: Mapping[str, str]) -> bool:
        """A return waits for all sales."""
        return any(sign in values.get("quantity", "") for sign in "-\u2212(")

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put orders, or returns."""
        judged: list[Judged] = []
        found: list[list[Good]] = []
        for group in groups:
            good, bad = checked(group, OrderRow, context)
            judged += bad
            found += [good] if good else []
        customers = _Customers(session, context, [row for group in found for _, row in group])
        if late:
            return judged + [_return(session, context, customers, one) for group in found for one in group]
        return judged + _put(session, context, customers, found)


class _Customers:
    """Whose orders these are."""

    def __init__(self, session: Session, context: Context, rows: list[OrderRow]) -> None:
        self._known: dict[str, Customer] = by_ref(session, {row.customer for row in rows if row.customer})
        self._walk_in: Customer | None = None
        if context.mapping.walk_in and any(not row.customer for row in rows):
            self._walk_in = ensure_walk_in(session, language=context.manner.language, now=context.now)

    def find(self, row: OrderRow) -> Customer | Rejected:
        """The customer of a row, or why there is none."""
        if not row.customer:
            return self._walk_in or Rejected(
                "customer_missing", "customer is missing (walk_in in the mapping takes them in)"
            )
        return self._known.get(row.customer) or Rejected("customer_unknown", "customer: import them first")

    def is_nobody(self, customer: Customer) -> bool:
        """Whether it is the one for all who are not known."""
        return self._walk_in is not None and customer.id == self._walk_in.id


def _put(session: Session, context: Context, customers: _Customers, groups: list[list[Good]]) -> list[Judged]:
    judged: list[Judged] = []
    wanted: list[tuple[OrderIn, list[Good], list[Good]]] = []
    for rows in groups:
        customer = customers.find(next((row for _, row in rows if row.customer), rows[0][1]))
        if isinstance(customer, Rejected):
            judged += [(line, customer) for line, _ in rows]
            continue
        fees = [one for one in rows if _fee(context, one) is not None]
        goods = [one for one in rows if _fee(context, one) is None]
        goods, doubled = _places(goods)
        judged += doubled
        if goods:
            wanted.append((_order(goods, fees, customer.id, context), goods, fees))
        else:
            judged += [(line, Rejected("goods_missing", _MESSAGES["goods_missing"])) for line, _ in fees]
    outcomes = put_orders(session, [order for order, _, _ in wanted], context.manner.currency, context.now)
    for order, goods, fees in wanted:
        judged += _judge(outcomes[order.number], goods, fees)
    return judged


def _fee(context: Context, one: Good) -> str | None:
    return next((rule.fee for rule in context.mapping.fees if rule.fee and rule.holds(one[0].values)), None)


def _place(one: Good) -> int:
    return one[1].line if one[1].line is not None else one[0].position


def _places(rows: list[Good]) -> tuple[list[Good], list[Judged]]:
    """Each place of an order once; a second line with the same number is rejected."""
    kept: dict[int, Good] = {}
    doubled: list[Judged] = []
    for one in rows:
        if kept.setdefault(_place(one), one) is not one:
            doubled.append((one[0], Rejected("line_twice", f"line: {_place(one)} stands twice in this order")))
    return list(kept.values()), doubled


def _order(goods: list[Good], fees: list[Good], customer_id: str, context: Context) -> OrderIn:
    rows = [row for _, row in goods]
    merged = merge(rows, {"placed_at": "first", **context.mapping.several})
    values: dict[str, Any] = {"state": "delivered", **{name: merged[name] for name in _HEADER if name in merged}}
    for one in fees:
        name = str(_fee(context, one))
        values[name] = values.get(name, 0) + one[1].quantity * one[1].unit_price
    address = {name: merged[name] for name in _ADDRESS if name in merged}
    if address:
        values["address"] = address
    lines = [LineIn(_place(one), one[1].product, one[1].variant, one[1].quantity, one[1].unit_price) for one in goods]
    return OrderIn(rows[0].number, customer_id, values, lines)


def _judge(outcome: OrderOutcome, goods: list[Good], fees: list[Good]) -> list[Judged]:
    judged: list[Judged] = []
    whole = outcome.order in ("added", "updated", "unchanged")
    changed = outcome.order == "updated"
    for one in goods:
        found = outcome.lines.get(_place(one), outcome.order)
        if not whole:
            found = found if found in _MESSAGES else outcome.order
        elif changed and found == "unchanged":  # the order itself changed: its first line tells
            found, changed = "updated", False
        judged.append((one[0], _named(found)))
    return judged + [(line, _named(outcome.order)) for line, _ in fees]


def _named(found: str) -> Any:
    return Rejected(found, _MESSAGES[found]) if found in _MESSAGES else found


def _return(session: Session, context: Context, customers: _Customers, one: Good) -> Judged:
    line, row = one
    if row.quantity > 0:  # a sign that meant something else
        return line, Rejected("quantity_invalid", "quantity: neither a sale nor a return")
    if _fee(context, one) is not None:
        return line, Rejected("fee_returned", "a fee given back belongs to no order; skip it in the mapping")
    customer = customers.find(row)
    if isinstance(customer, Rejected):
        return line, customer
    if customers.is_nobody(customer):
        return line, Rejected("return_anonymous", "nobody knows whose order these goods came back from")
    given = ReturnIn(row.number, _place(one), customer.id, row.product, -row.quantity, row.unit_price, row.placed_at)
    return line, _named(put_return(session, given, context.manner.currency))
