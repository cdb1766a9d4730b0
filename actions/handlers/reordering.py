"""Buy again: what was bought before goes into the cart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.order_words import describe_line, order_titles
from actions.handlers.picking import OFFERED, customer_id, find_own, orders_named, own_orders, unknown_order
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import begin, choice
from actions.wording import button, local, say
from core.errors import NotFoundError, RuleViolationError
from crm_store.carts.service import add
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import list_variants, products_by_id
from crm_store.orders.models import Order, OrderLine
from crm_store.orders.queries import find_order, get_order

INTENTS = frozenset({"reorder"})
_LAST = re.compile(
    r"저번|지난\s*번|지난번|최근|마지막|이전|직전|last\s+(?:time|order)|latest|previous|same\s+as\s+before",
    re.IGNORECASE,
)


@dataclass
class _Added:
    """What went into the cart, and what could not."""

    names: list[str] = field(default_factory=list)
    sold_out: list[tuple[str, int]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)


def _names(ctx: TurnContext) -> set[str]:
    return {str(value) for value in (*ctx.values("product"), *ctx.values("id"))}


def _bought(session: Session, orders: list[Order], names: set[str]) -> dict[str, tuple[Order, OrderLine]]:
    """Products bought that names mean, each with its latest order and line."""
    goods = products_by_id(session, {line.product_id for order in orders for line in order.lines})
    found: dict[str, tuple[Order, OrderLine]] = {}
    for order in orders:
        for line in order.lines:
            product = goods.get(line.product_id)
            if product is not None and names & {product.id, product.kind, product.category}:
                found.setdefault(product.id, (order, line))
    return found


def _read_what(turn: TaskTurn) -> dict[str, Any] | None:
    """What is to be bought again: {order} as a whole, or {order, position} for a line of it."""
    ctx, orders = turn.ctx, own_orders(turn)
    pressed = chosen("what")(turn)
    if pressed is not None:
        order_id, _, position = str(pressed).partition(":")
        if find_own(turn, order_id) is None:
            return None
        return {"order": order_id, "position": int(position)} if position.isdigit() else {"order": order_id}
    bought = _bought(turn.session, _of_number(turn, orders), _names(ctx))
    if bought:
        return _one_line(turn, list(bought.values()))
    one = orders_named(turn.session, ctx, _of_number(turn, orders)).one
    if one is None and _LAST.search(ctx.call.text) and orders:
        one = orders[0].id
    return {"order": one} if one else None


def _one_line(turn: TaskTurn, bought: list[tuple[Order, OrderLine]]) -> dict[str, Any] | None:
    """The line that was meant; with several they are remembered to be asked about."""
    if len(bought) > 1:
        turn.values["among"] = [f"{order.id}:{line.position}" for order, line in bought]
        return None
    [(order, line)] = bought
    return {"order": order.id, "position": line.position}


def _find_what(turn: TaskTurn) -> dict[str, Any] | None:
    if turn.ctx.call.intent not in INTENTS:
        return None
    orders = own_orders(turn)
    if not orders:
        reply = Reply(say(turn.ctx, "reorder_nothing"), [button(turn.ctx, "recommend", "/recommend_product")])
        raise TaskStopped(Result("declined", [reply]))
    _check_named(turn, orders)
    found = _read_what(turn)
    if found is None and len(orders) == 1 and "among" not in turn.values:
        return {"order": orders[0].id}
    return found


def _ask_what(turn: TaskTurn) -> Reply:
    orders = own_orders(turn)
    among = turn.values.pop("among", None)
    if among:
        return Reply(say(turn.ctx, "reorder_which_product"), _line_buttons(turn, orders, among))
    offered = orders[:OFFERED]
    turn.ctx.memory.show_orders([order.id for order in offered])
    titles = order_titles(turn.session, turn.ctx, offered)
    buttons = [choice(turn.ctx, "what", order_id, title) for order_id, title in titles.items()]
    return Reply(say(turn.ctx, "reorder_which"), buttons)


def _of_number(turn: TaskTurn, orders: list[Order]) -> list[Order]:
    """The order of the number named beside the goods, else all."""
    number = turn.ctx.value("order_number")
    if number is None:
        return orders
    order = find_order(turn.session, customer_id(turn.ctx), str(number))
    return [order] if order else []


def _check_named(turn: TaskTurn, orders: list[Order]) -> None:
    """TaskStopped for an unknown order, and for goods that were never bought."""
    ctx = turn.ctx
    number = ctx.value("order_number")
    if number is not None and find_order(turn.session, customer_id(ctx), str(number)) is None:
        raise TaskStopped(unknown_order(ctx, str(number)))
    names = _names(ctx)
    if names and number is None and not _bought(turn.session, orders, names):
        products = products_by_id(turn.session, names)
        buttons = [_product_button(ctx, "add_to_cart", product) for product in products.values()]
        named = ", ".join(local(ctx, product.name) for product in products.values())
        text = say(ctx, "reorder_never", name=named) if named else say(ctx, "reorder_never_kind")
        buttons.append(button(ctx, "all_orders", "/list_orders"))
        raise TaskStopped(Result("declined", [Reply(text, buttons)]))


def _line_buttons(turn: TaskTurn, orders: list[Order], among: list[str]) -> list[Button]:
    lines = {f"{order.id}:{line.position}": line for order in orders for line in order.lines}
    return [
        choice(turn.ctx, "what", key, describe_line(turn.session, turn.ctx, lines[key], 1)) for key in among[:OFFERED]
    ]


def _product_button(ctx: TurnContext, intent: str, product: Product) -> Button:
    title = say(ctx, f"reorder_button_{intent}", name=local(ctx, product.name))
    return Button(title[:60], f"/{intent}{json.dumps({'id': product.id})}")


def _variant_of(session: Session, line: OrderLine) -> str | None:
    """The variant to put into the cart; None where an old order does not say which of several it was."""
    if line.variant_id is not None:
        return line.variant_id
    variants = list_variants(session, line.product_id)
    return variants[0].id if len(variants) == 1 else None


def _put(turn: TaskTurn, lines: list[OrderLine], quantity: int | None) -> _Added:
    added, ctx = _Added(), turn.ctx
    for line in lines:
        pieces = quantity or line.quantity
        name, variant_id = describe_line(turn.session, ctx, line, pieces), _variant_of(turn.session, line)
        if variant_id is None:
            added.gone.append(name)
            continue
        try:
            add(turn.session, customer_id=customer_id(ctx), variant_id=variant_id, quantity=pieces, now=ctx.now)
        except RuleViolationError as error:
            if error.code != "out_of_stock":
                added.gone.append(name)
                continue
            added.sold_out.append((name, int(str(error.context.get("available", 0)))))
            added.missing.append(variant_id)
        except NotFoundError:
            added.gone.append(name)
        else:
            added.names.append(name)
            added.variants.append(variant_id)
    return added


def _finish(turn: TaskTurn) -> Result:
    ctx, what = turn.ctx, turn.values["what"]
    order = get_order(turn.session, what["order"])
    lines = [line for line in order.lines if what.get("position") in (None, line.position)]
    ctx.memory.order = order.id
    quantity = turn.values.get("quantity") if len(lines) == 1 else None
    added = _put(turn, lines, quantity)
    parts = [say(ctx, "reorder_done", items=", ".join(added.names))] if added.names else []
    for name, available in added.sold_out:
        parts.append(say(ctx, "reorder_short" if available else "reorder_sold_out", name=name, count=available))
    parts += [say(ctx, "reorder_gone", name=name) for name in added.gone]
    alerts = [
        Button(button(ctx, "tell_me_when_back", "").title, f"/notify_restock{json.dumps({'id': variant_id})}")
        for variant_id in added.missing[:1]
    ]
    if not added.names:
        return Result("declined", [Reply("\n".join(parts), [*alerts, button(ctx, "recommend", "/recommend_product")])])
    buttons = [button(ctx, "checkout", "/checkout"), button(ctx, "view_cart", "/view_cart"), *alerts]
    return Result(
        "acted", [Reply("\n".join(parts), buttons)], [Effect("cart_changed", one) for one in added.variants[:1]]
    )


_WHAT = Step(
    "what", _ask_what, _read_what, _find_what, takes=frozenset({"add_to_cart", "search_product", "check_stock"})
)  # fmt: skip
KIND = TaskKind("reorder", INTENTS, (_WHAT,), _finish)


def begin_reordering(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin to buy again."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    quantities = [int(value) for value in ctx.values("quantity") if isinstance(value, int)]
    return begin(session, ctx, tools, KIND, **({"quantity": quantities[0]} if quantities else {}))


HANDLERS: dict[str, Handler] = {"reorder": begin_reordering}
TASKS = (KIND,)
