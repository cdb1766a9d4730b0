"""Which order a request is about: named, pointed at, or asked for with buttons. Never guessed among several."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.order_words import order_titles
from actions.references import Meant, orders_meant
from actions.result import Reply, Result
from actions.tasks.kinds import Step, TaskStopped, TaskTurn
from actions.tasks.reading import YES, chosen, insists
from actions.tasks.running import choice
from actions.wording import button, person_button, say
from core.clock import local_date
from core.errors import NotFoundError
from crm_store.orders.models import Order
from crm_store.orders.queries import find_order, get_order, list_orders

# Orders looked through, and those offered.
LOOKED_AT, OFFERED = 50, 5
_ANOTHER, _SEVERAL = "another", "several"
# What stands before it is what is not meant: "그 주문 말고 두 번째 거", "not that one, the second".
_NOT_MEANT = re.compile(
    r"^.*?(?:말고|아니고|아니라)\s*|^.*?\b(?:not|instead\s+of)\s+(?:that|this|the\s+\w+)(?:\s+(?:one|order))?[\s,.;]*(?:but\s+)?",
    re.IGNORECASE | re.DOTALL,
)
_OTHER = re.compile(
    r"다른\s*(?:거|것|걸|주문|건)|(?:an)?other\s+(?:one|order)|different\s+(?:one|order)", re.IGNORECASE
)


# An order told by how far it is: "배송 중인 거", "the one that already shipped".
_THING = r"\s*(?:거|것|걸|건|게|주문|상품|물건|택배)"
_BY_STATE = {
    ("paid", "preparing", "shipped"): rf"(?:아직\s*)?(?:안|못)\s*(?:온|받은|도착한){_THING}"
    r"|\b(?:haven'?t|not|hasn'?t|didn'?t)\s+(?:received|arrived|got|gotten|come)\s+yet\b",
    ("shipped",): rf"(?:배송\s*중인|오고\s*있는|오는\s*중인|출발한|발송(?:된|한)|이미\s*보낸){_THING}"
    r"|\b(?:already\s+)?(?:shipped|in[-\s]transit)\s+(?:order|one|parcel)\b"
    r"|\b(?:one|order|parcel)\s+(?:that(?:'s|\s+is|\s+has)?\s+)?(?:already\s+)?(?:been\s+)?(?:shipped|on\s+(?:its|the)\s+way)\b",
    ("delivered",): rf"(?:(?:배송|배달)\s*(?:완료된|완료한|된|받은)|(?<![안못] )(?:도착한|받은)){_THING}"
    r"|\b(?:already\s+)?delivered\s+(?:order|one|parcel)\b"
    r"|\b(?:one|order|parcel)\s+(?:that(?:'s|\s+is|\s+has|\s+was)?\s+)?(?:already\s+)?(?:been\s+)?(?:delivered|arrived)\b",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """Which orders a task can be about, begun by `intents`; `key` words it. `refuse` is the reply about an order it cannot be."""

    key: str
    intents: frozenset[str]
    allows: Callable[[TaskTurn, Order], bool]
    refuse: Callable[[TaskTurn, Order], Reply]


def customer_id(ctx: TurnContext) -> str:
    """The signed-in customer; a task of an account is begun by nobody else."""
    assert ctx.customer is not None
    return ctx.customer.id


def own_orders(turn: TaskTurn) -> list[Order]:
    """The customer's orders, newest first."""
    return list_orders(turn.session, customer_id(turn.ctx), LOOKED_AT)


def picked_order(turn: TaskTurn) -> Order:
    """The order that was decided on."""
    return get_order(turn.session, turn.values["order"])


def find_own(turn: TaskTurn, order_id: str) -> Order | None:
    """The customer's order with this id, None for anybody else's."""
    try:
        order = get_order(turn.session, order_id)
    except NotFoundError:
        return None
    return order if order.customer_id == customer_id(turn.ctx) else None


def unknown_order(ctx: TurnContext, number: str) -> Result:
    """Somebody else's number is as good as none."""
    return Result("declined", [Reply(say(ctx, "order_unknown", number=number), [person_button(ctx)])])


def without_refused(ctx: TurnContext) -> TurnContext:
    """The turn with its text without what it says is not meant."""
    left = _NOT_MEANT.sub("", ctx.call.text)
    return replace(ctx, call=replace(ctx.call, text=left)) if left else ctx


def orders_named(session: Session, ctx: TurnContext, orders: Sequence[Order]) -> Meant:
    """Which of `orders` (newest first) the words mean: a number, one pointed at, its goods, its day, its state."""
    meant = orders_meant(session, without_refused(ctx), orders)
    day = ctx.value("date")
    if not meant.ids and day is None:
        return Meant(_in_state(ctx.call.text, orders))
    if meant.ids:
        return meant
    return Meant(tuple(order.id for order in orders if local_date(order.placed_at).isoformat() == str(day)))


def _in_state(text: str, orders: Sequence[Order]) -> tuple[str, ...]:
    """The orders that are as far as the words say."""
    states = {state for some, words in _BY_STATE.items() if re.search(words, text, re.IGNORECASE) for state in some}
    return tuple(order.id for order in orders if order.state in states)


def order_step(rules: Rules) -> Step:
    """The step `order`, an order's id. Without a question only the request itself is read."""
    return Step("order", partial(_ask, rules), partial(_read, rules), partial(_find, rules), partial(_check, rules))


def _allowed(rules: Rules, turn: TaskTurn) -> list[Order]:
    return [order for order in own_orders(turn) if rules.allows(turn, order)]


def _find(rules: Rules, turn: TaskTurn) -> str | None:
    orders = own_orders(turn)
    if turn.ctx.call.intent in rules.intents and (named := _named(turn, orders, rules)) is not None:
        return named
    open_to = _allowed(rules, turn)
    if not open_to:
        raise TaskStopped(_nothing(turn, orders, rules))
    return open_to[0].id if len(open_to) == 1 else None


def _ask(rules: Rules, turn: TaskTurn) -> Reply:
    orders = _narrowed(turn, _allowed(rules, turn))[:OFFERED]
    turn.ctx.memory.show_orders([order.id for order in orders])
    titles = order_titles(turn.session, turn.ctx, orders)
    buttons = [choice(turn.ctx, "order", order_id, title) for order_id, title in titles.items()]
    return Reply(say(turn.ctx, f"{rules.key}_which_order"), buttons)


def _read(rules: Rules, turn: TaskTurn) -> str | None:
    return _pressed(turn) or _said(turn, _allowed(rules, turn))


def _check(rules: Rules, turn: TaskTurn, value: Any) -> str | None:
    if value == _SEVERAL:
        return say(turn.ctx, "one_order_at_a_time")
    if value == _ANOTHER:
        if len(_allowed(rules, turn)) < 2:
            return say(turn.ctx, f"{rules.key}_no_other")
        turn.values.pop("order", None)
        return say(turn.ctx, "pick_another_order")
    order = find_own(turn, str(value))
    if order is None:
        return say(turn.ctx, "order_unknown", number=str(value))
    if not rules.allows(turn, order):
        return rules.refuse(turn, order).text
    turn.ctx.memory.order = order.id
    return None


def _pressed(turn: TaskTurn) -> str | None:
    value = chosen("order")(turn)
    return None if value is None else str(value)


def _named(turn: TaskTurn, orders: Sequence[Order], rules: Rules) -> str | None:
    """The order that the request itself names; TaskStopped when it cannot be that one."""
    number = turn.ctx.value("order_number")
    if number is not None:
        order = find_order(turn.session, customer_id(turn.ctx), str(number))
        if order is None:
            raise TaskStopped(unknown_order(turn.ctx, str(number)))
        meant = [order]
    else:
        ids = orders_named(turn.session, turn.ctx, orders).ids
        meant = [order for order in orders if order.id in ids]
    fitting = [order for order in meant if rules.allows(turn, order)]
    if meant and not fitting:
        raise TaskStopped(Result("declined", [rules.refuse(turn, meant[0])]))
    turn.ctx.memory.order = fitting[0].id if len(fitting) == 1 else turn.ctx.memory.order
    return fitting[0].id if len(fitting) == 1 else None


def _narrowed(turn: TaskTurn, orders: list[Order]) -> list[Order]:
    """Of the orders that could be meant those that the words leave."""
    ids = orders_named(turn.session, turn.ctx, orders).ids
    return [order for order in orders if order.id in ids] or orders


def _said(turn: TaskTurn, allowed: Sequence[Order]) -> str | None:
    """The order an answer names, or a correction of the one decided on."""
    number = turn.ctx.value("order_number")
    if number is not None:
        order = find_order(turn.session, customer_id(turn.ctx), str(number))
        return order.id if order else str(number)
    if not turn.ctx.call.text:
        return None
    ctx = without_refused(turn.ctx)
    meant = orders_named(turn.session, ctx, allowed)
    if meant.every and len(meant.ids) > 1:
        return _SEVERAL
    if meant.one is not None:
        return meant.one
    if _OTHER.search(ctx.call.text):
        others = [order.id for order in allowed if order.id != turn.values.get("order")]
        return others[0] if len(others) == 1 and "order" in turn.values else _ANOTHER
    return None


def _nothing(turn: TaskTurn, orders: Sequence[Order], rules: Rules) -> Result:
    """No order can be meant: why the latest one cannot, where there is one."""
    if not orders:
        return Result("declined", [Reply(say(turn.ctx, "no_orders"))])
    reply = rules.refuse(turn, orders[0])
    lead = say(turn.ctx, f"{rules.key}_none")
    return Result("declined", [Reply(f"{lead}\n{reply.text}", reply.buttons)])


def confirm_step(
    ask: Callable[[TaskTurn], str],
    yes: str,
    correctable: Sequence[Step],
    find: Callable[[TaskTurn], None] = lambda _: None,
) -> Step:
    """The step `sure`. A yes or no that also corrects one of the steps before is a correction; a plain no ends the task.

    `find` may stop the task before it is asked.
    """

    def read(turn: TaskTurn) -> str | None:
        pressed = chosen("sure")(turn)
        if pressed is not None:
            return YES if pressed == YES else None
        for step in correctable:
            value = step.read(turn)
            if value is not None and value != turn.values.get(step.name):
                return None
        call = turn.ctx.call
        again = call.intent == turn.task.kind and insists(call.text)  # "네, 취소해 주세요" is the request once more
        return YES if call.intent == "affirm" or again else None

    def question(turn: TaskTurn) -> Reply:
        return Reply(ask(turn), [choice(turn.ctx, "sure", YES, button(turn.ctx, yes, "").title)])

    return Step("sure", question, read, find)
