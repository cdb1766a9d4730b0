"""Send an order somewhere else, before it has left: which order, where to, and a yes."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.cancelling import payload, pending_refusal
from actions.handlers.order_words import describe_items
from actions.handlers.picking import Rules, confirm_step, order_step, own_orders, picked_order
from actions.handlers.postal import needs_postcode, one_line, parse_address, phone_number, same_street
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import begin, choice
from actions.wording import button, person_button, say, won
from core.errors import RuleViolationError
from crm_store.orders.agreed import OPEN_STATES
from crm_store.orders.fees import remote_fee
from crm_store.orders.models import Order
from crm_store.orders.service import change_address
from crm_store.shop.queries import current_rules
from crm_store.shop_requests.queries import list_pending

INTENTS = frozenset({"change_address"})
# Addresses of earlier orders that are offered.
OFFERED = 3


def _allows(turn: TaskTurn, order: Order) -> bool:
    return order.state in OPEN_STATES and not list_pending(turn.session, order_id=order.id)


def _refuse(turn: TaskTurn, order: Order) -> Reply:
    ctx = turn.ctx
    if order.state in OPEN_STATES and (reply := pending_refusal(turn, order)) is not None:
        return reply
    buttons = [button(ctx, "track", payload("ask_order_status", order))] if order.state == "shipped" else []
    return Reply(say(ctx, f"address_refused_{order.state}", number=order.number), [*buttons, person_button(ctx)])


def _stated(ctx: TurnContext) -> dict[str, Any] | None:
    """What the message says of an address: the parts that are there."""
    raw, phone = ctx.value("address"), ctx.value("phone")
    found: dict[str, Any] = parse_address(ctx.call.text or str(raw or ""), raw=str(raw) if raw else None) or {}
    if phone is not None:
        found["phone"] = str(phone)
    return found or None


def complete(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A stated address in full. Another street has another door and postcode, also where they were left out."""
    if "line1" in found and not same_street(str(found["line1"]), str(before.get("line1", ""))):
        moved = {"postcode": "", "line2": ""}
    else:
        moved = {}
    return {**before, **moved, **found}


def _address_step() -> Step:
    def earlier(turn: TaskTurn) -> list[dict[str, Any]]:
        """Where earlier orders went, each place once, but for where this one goes."""
        now = picked_order(turn).address
        places: dict[str, dict[str, Any]] = {}
        for order in own_orders(turn):
            if order.address.get("line1") and order.address.get("postcode"):
                places.setdefault(one_line(order.address), order.address)
        return [place for line, place in places.items() if line != one_line(now)][:OFFERED]

    def ask(turn: TaskTurn) -> Reply:
        buttons = [choice(turn.ctx, "address", str(at), one_line(place)) for at, place in enumerate(earlier(turn))]
        return Reply(say(turn.ctx, "address_where", now=one_line(picked_order(turn).address)), buttons)

    def read(turn: TaskTurn) -> dict[str, Any] | None:
        pressed = chosen("address")(turn)
        if pressed is None:
            found, before = _stated(turn.ctx), turn.values.get("address")
            return complete(before, found) if found and before else found  # only the door or the postcode is corrected
        places = earlier(turn)
        at = int(pressed) if str(pressed).isdigit() else len(places)
        return places[at] if at < len(places) else None

    def check(turn: TaskTurn, value: Any) -> str | None:
        before = picked_order(turn).address
        address = complete(before, value)
        if not address.get("line1"):
            return say(turn.ctx, "address_incomplete")
        return say(turn.ctx, "address_same") if address == before else None

    return Step(
        "address", ask, read, lambda turn: turn.values.pop("stated", None), check,
        takes=frozenset({"update_profile"}), certain=True,
    )  # fmt: skip


def _postcode_step() -> Step:
    def read(turn: TaskTurn) -> str | None:
        found = parse_address(turn.ctx.call.text) or {}
        return found.get("postcode")

    return Step(
        "postcode", lambda turn: Reply(say(turn.ctx, "address_postcode")), read,
        needed=lambda values: needs_postcode(values["address"]),
    )  # fmt: skip


def _wanted(turn: TaskTurn) -> dict[str, Any]:
    address = complete(picked_order(turn).address, turn.values["address"])
    if postcode := turn.values.get("postcode"):
        address["postcode"] = postcode
    return address


def _confirm(turn: TaskTurn) -> str:
    ctx, order, address = turn.ctx, picked_order(turn), _wanted(turn)
    lines = [
        say(ctx, "address_confirm", number=order.number, items=describe_items(turn.session, ctx, order)),
        say(ctx, "address_new", address=one_line(address)),
    ]
    if address.get("recipient"):
        who = ", ".join(filter(None, (str(address["recipient"]), phone_number(str(address.get("phone") or "")))))
        lines.append(say(ctx, "address_recipient", who=who))
    rules = current_rules(turn.session)
    more = max(0, remote_fee(rules, address) - remote_fee(rules, order.address))
    if more:
        lines.append(say(ctx, "address_more_fee", amount=won(ctx, more)))
    return "\n".join([*lines, say(ctx, "address_sure")])


def _finish(turn: TaskTurn) -> Result:
    ctx, order = turn.ctx, picked_order(turn)
    try:
        request = change_address(
            turn.session, order_id=order.id, address=_wanted(turn), conversation_id=ctx.conversation.id,
            idempotency_key=f"{ctx.call.key}:address", actor="bot", now=ctx.now,
        )  # fmt: skip
    except RuleViolationError:  # it left, or was cancelled, while this was talked about
        turn.session.refresh(order, ["state"])
        return Result("declined", [_refuse(turn, order)])
    if request.state == "refused":
        return Result("declined", [Reply(say(ctx, "shop_refused"), [person_button(ctx)])])
    if request.state == "pending":
        return Result("acted", [Reply(say(ctx, "address_requested", number=order.number))])
    text = say(ctx, "address_done", number=order.number, address=one_line(_wanted(turn)))
    return Result("acted", [Reply(text)], [Effect("address_changed", order.id)])


_ORDER, _ADDRESS = order_step(Rules("address", INTENTS, _allows, _refuse)), _address_step()
KIND = TaskKind(
    "change_address",
    INTENTS,
    (_ORDER, _ADDRESS, _postcode_step(), confirm_step(_confirm, "address_yes", (_ORDER, _ADDRESS))),
    _finish,
    corrects={"order": (), "address": ("postcode",)},
)  # fmt: skip


def begin_changing(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin to change where an order goes."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    return begin(session, ctx, tools, KIND, **({"stated": stated} if (stated := _stated(ctx)) else {}))


HANDLERS: dict[str, Handler] = {"change_address": begin_changing}
TASKS = (KIND,)
