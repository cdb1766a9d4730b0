"""What a return and an exchange share: which orders, which pieces, and why not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.cancelling import payload
from actions.handlers.order_words import describe_line, today
from actions.handlers.picking import Rules, picked_order
from actions.handlers.why import is_fault
from actions.references import products_meant
from actions.result import Reply, Result
from actions.tasks.kinds import Step, TaskStopped, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import choice
from actions.wording import button, day, person_button, say
from crm_store.cases.checks import deadline
from crm_store.cases.queries import pieces_under_way
from crm_store.catalogue.queries import products_by_id
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.queries import current_rules

ALL = "all"
_EVERY = re.compile(r"전부|모두|둘\s*다|셋\s*다|다\s*(?:반품|보낼|돌려)|\b(?:all|both|everything)\b", re.IGNORECASE)
_PLACE = re.compile(
    r"번째|(?<!\d)[1-6]\s*번(?!\d)|마지막|싼|비싼|\b(?:first|second|third|fourth|fifth|last|cheap\w*|expensive|number\s+\d)\b",
    re.IGNORECASE,
)


def pieces_left(session: Session, order: Order) -> dict[int, int]:
    """How many pieces of each position can still be sent back."""
    under_way, _ = pieces_under_way(session, order.id)
    left = {line.position: line.quantity - line.returned - under_way[line.position] for line in order.lines}
    return {position: count for position, count in left.items() if count > 0}


def in_time(session: Session, ctx: TurnContext, order: Order, *, fault: bool) -> bool:
    """Whether an order that arrived can still be sent back; longer where the shop is at fault."""
    if order.delivered_at is None:
        return False
    return today(session, ctx) <= deadline(order.delivered_at, current_rules(session), fault=fault)


def rules_for(key: str, intents: frozenset[str]) -> Rules:
    """Orders that can be sent back; as long as the reason is not known, also those that only faulty goods can come from."""

    def allows(turn: TaskTurn, order: Order) -> bool:
        fault = is_fault(turn.values["reason"]) if "reason" in turn.values else True
        return (
            order.state == "delivered"
            and in_time(turn.session, turn.ctx, order, fault=fault)
            and bool(pieces_left(turn.session, order))
        )

    def refuse(turn: TaskTurn, order: Order) -> Reply:
        ctx = turn.ctx
        if order.state in ("paid", "preparing"):
            return Reply(
                say(ctx, f"{key}_refused_open", number=order.number),
                [button(ctx, "cancel_order", payload("cancel_order", order))],
            )
        if order.state == "shipped":
            buttons = [button(ctx, "track", payload("ask_order_status", order))]
            return Reply(say(ctx, f"{key}_refused_shipped", number=order.number), buttons)
        if order.state != "delivered":
            buttons = [button(ctx, "refund_status", payload("ask_refund_status", order))]
            return Reply(say(ctx, f"sending_refused_{order.state}", number=order.number), buttons)
        if not pieces_left(turn.session, order):
            return _under_way(turn, order)
        return too_late(turn.session, ctx, order)

    return Rules(key, intents, allows, refuse)


def _under_way(turn: TaskTurn, order: Order) -> Reply:
    _, number = pieces_under_way(turn.session, order.id)
    key = "sending_refused_open_case" if number else "sending_refused_returned"
    text = say(turn.ctx, key, number=order.number, case=number or "")
    return Reply(text, [button(turn.ctx, "case_status", payload("ask_case_status", order)), person_button(turn.ctx)])


def too_late(session: Session, ctx: TurnContext, order: Order) -> Reply:
    """Why an order that arrived long ago cannot be sent back, and what still can be done about faulty goods."""
    if order.delivered_at is None:
        return Reply(say(ctx, "sending_refused_undated", number=order.number), [person_button(ctx)])
    rules = current_rules(session)
    text = say(
        ctx, "sending_refused_late", number=order.number, days=rules["returns"]["days"],
        when=day(ctx, deadline(order.delivered_at, rules, fault=False)),
    )  # fmt: skip
    if in_time(session, ctx, order, fault=True):
        text = f"{text} {say(ctx, 'sending_unless_faulty', months=rules['returns']['defective_months'])}"
    return Reply(text, [person_button(ctx)])


def check_time(turn: TaskTurn) -> None:
    """TaskStopped when, with the reason now known, it is too late."""
    order = picked_order(turn)
    if not in_time(turn.session, turn.ctx, order, fault=is_fault(turn.values["reason"])):
        raise TaskStopped(Result("declined", [too_late(turn.session, turn.ctx, order)]))


def stated(ctx: TurnContext) -> dict[str, Any]:
    """What the request itself says of the goods, kept until the order is known."""
    names = [str(value) for value in (*ctx.values("product"), *ctx.values("id"))]
    quantities = [int(value) for value in ctx.values("quantity") if isinstance(value, int)]
    said = {
        "names": names, "quantity": min(quantities, default=None), "colour": ctx.value("colour"),
        "size": ctx.value("size"), "every": bool(_EVERY.search(ctx.call.text)), "text": ctx.call.text[:200],
    }  # fmt: skip
    return {name: value for name, value in said.items() if value}


def lines_of(order: Order, items: list[dict[str, int]]) -> list[tuple[OrderLine, int]]:
    """The lines that items name, with their quantities."""
    lines = {line.position: line for line in order.lines}
    return [(lines[item["position"]], item["quantity"]) for item in items]


def name_items(turn: TaskTurn) -> str:
    """The goods decided on, in words."""
    parts = lines_of(picked_order(turn), turn.values["items"])
    return ", ".join(describe_line(turn.session, turn.ctx, line, quantity) for line, quantity in parts)


def _items(left: Mapping[int, int], positions: list[int], quantity: int | None) -> list[dict[str, int]]:
    """Items of these positions: all pieces, or so many of a single one."""
    fewer = quantity if quantity and len(positions) == 1 else None
    return [{"position": at, "quantity": min(left[at], fewer or left[at])} for at in positions]


def _fitting(session: Session, order: Order, left: Mapping[int, int], said: Mapping[str, Any]) -> list[int]:
    """Positions that named goods stand at."""
    goods = products_by_id(session, [line.product_id for line in order.lines])
    names = set(said.get("names", ()))

    def fits(line: OrderLine) -> bool:
        product = goods.get(line.product_id)
        return product is not None and bool(names & {product.id, product.kind, product.category})

    return [line.position for line in order.lines if line.position in left and fits(line)]


def items_step(key: str, *, single: bool) -> Step:
    """The step `items`, [{position, quantity}]; with `single` of one line only."""
    return Step("items", partial(_ask_items, key, single), partial(_read_items, single), partial(_find_items, single))


def _pick(turn: TaskTurn, single: bool, said: Mapping[str, Any]) -> list[dict[str, int]] | None:
    """The items that words name; None when they leave a doubt."""
    order = picked_order(turn)
    left = pieces_left(turn.session, order)
    fitting = _fitting(turn.session, order, left, said)
    if said.get("every") and not fitting and not single:
        return _items(left, list(left), None)
    each = Counter(line.product_id for line in order.lines if line.position in fitting)
    # Two lines of one product are told apart by buttons; different goods that were all named all go back.
    if len(fitting) == 1 or (fitting and not single and max(each.values()) == 1 and len(said["names"]) > 1):
        return _items(left, fitting, said.get("quantity"))
    return None


def _find_items(single: bool, turn: TaskTurn) -> list[dict[str, int]] | None:
    order, said = picked_order(turn), turn.values.get("said", {})
    left = pieces_left(turn.session, order)
    if said.get("names") and not _fitting(turn.session, order, left, said):
        if _fitting(turn.session, order, {line.position: 0 for line in order.lines}, said):
            raise TaskStopped(Result("declined", [_under_way(turn, order)]))
        return None  # something else was named: what there is, is asked about
    return _items(left, list(left), said.get("quantity")) if len(left) == 1 else _pick(turn, single, said)


def _ask_items(key: str, single: bool, turn: TaskTurn) -> Reply:
    order = picked_order(turn)
    left = pieces_left(turn.session, order)
    lines = [line for line in order.lines if line.position in left]
    turn.ctx.memory.show_products([line.product_id for line in lines])
    buttons = [
        choice(turn.ctx, "items", str(line.position), describe_line(turn.session, turn.ctx, line, left[line.position]))
        for line in lines
    ]
    if not single:
        buttons.append(choice(turn.ctx, "items", ALL, say(turn.ctx, "all_items")))
    return Reply(say(turn.ctx, f"{key}_which_items"), buttons)


def _read_items(single: bool, turn: TaskTurn) -> list[dict[str, int]] | None:
    left = pieces_left(turn.session, picked_order(turn))
    pressed = chosen("items")(turn)
    if pressed is not None:
        positions = list(left) if pressed == ALL and not single else [int(pressed)] if str(pressed).isdigit() else []
        return _items(left, positions, None) if positions and left.keys() >= set(positions) else None
    said = stated(turn.ctx)
    return _pick(turn, single, said) or _pointed(turn, left, said) or _fewer(turn, left, said)


def _pointed(turn: TaskTurn, left: Mapping[int, int], said: Mapping[str, Any]) -> list[dict[str, int]] | None:
    """The line that "the second one" or "the cheaper one" picks out."""
    if not _PLACE.search(turn.ctx.call.text):
        return None
    one = products_meant(turn.session, turn.ctx).one
    positions = [line.position for line in picked_order(turn).lines if line.product_id == one and line.position in left]
    return _items(left, positions, said.get("quantity")) if len(positions) == 1 else None


def _fewer(turn: TaskTurn, left: Mapping[int, int], said: Mapping[str, Any]) -> list[dict[str, int]] | None:
    """Another number of the one line decided on."""
    items = turn.values.get("items", [])
    if len(items) != 1 or not said.get("quantity") or items[0]["position"] not in left:
        return None
    return _items(left, [items[0]["position"]], said["quantity"])
