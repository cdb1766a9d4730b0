"""Swap something for another colour or size, or for one that is intact."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.cancelling import payload
from actions.handlers.order_words import describe_line
from actions.handlers.picking import confirm_step, order_step, picked_order
from actions.handlers.product_facts import variant_name
from actions.handlers.returns import REASONS, TAKES, details_step, open_sending_back, refused_case
from actions.handlers.sending_back import check_time, items_step, lines_of, rules_for, stated
from actions.handlers.why import category, is_fault, known, reason_step
from actions.options import attribute_words
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import begin, choice
from actions.wording import button, local, say, won
from core.errors import RuleViolationError
from crm_store.catalogue.models import Variant
from crm_store.catalogue.queries import get_product, list_variants
from crm_store.orders.models import OrderLine
from crm_store.shop.queries import current_rules, rule

INTENTS = frozenset({"request_exchange"})
# Variants on buttons.
OFFERED = 8
_SAME = re.compile(
    r"(?:같은|똑같은|동일|새|정상|멀쩡한|온전한)\s*(?:거|것|걸|게|상품|제품|색|사이즈)|새로\s*(?:보내|받)|정상품|맞교환"
    r"|\bsame\b|\bnew\s+one\b|\bintact\b|\breplacement\b|\breplace\b|\bworking\s+one\b",
    re.IGNORECASE,
)
_BIGGER = re.compile(
    r"(?:한|반)\s*(?:치수|사이즈)\s*(?:더\s*)?(?:큰|크|업|위)|큰\s*(?:거|것|걸|사이즈|치수)"
    r"|\b(?:bigger|larger|one\s+size\s+up|size\s+up)\b",
    re.IGNORECASE,
)
_SMALLER = re.compile(
    r"(?:한|반)\s*(?:치수|사이즈)\s*(?:더\s*)?(?:작|다운|아래)|작은\s*(?:거|것|걸|사이즈|치수)"
    r"|\b(?:smaller|one\s+size\s+down|size\s+down)\b",
    re.IGNORECASE,
)


def _line(turn: TaskTurn) -> tuple[OrderLine, int]:
    return lines_of(picked_order(turn), turn.values["items"])[0]


def _variants(turn: TaskTurn) -> tuple[list[Variant], Variant | None]:
    """What the product comes in, and which of it was bought."""
    line, _ = _line(turn)
    every = list_variants(turn.session, line.product_id)
    bought = next((one for one in every if one.id == (line.variant_id or line.product_id)), None)
    return every, bought


def _wanted(turn: TaskTurn, said: dict[str, Any]) -> Variant | None:
    """The variant that the words ask for, in stock or not; None when they do not say."""
    every, bought = _variants(turn)
    colour, size, text = said.get("colour"), said.get("size"), str(said.get("text", ""))
    if colour is None and size is None:
        return _another_size(every, bought, text) or (bought if _SAME.search(text) else None)
    own_colour, own_size = (bought.colour, bought.size) if bought else (None, None)
    fitting = [
        one for one in every
        if (one.colour == colour if colour is not None else own_colour in (None, one.colour))
        and ((one.size or "").lower() == str(size).lower() if size is not None else own_size in (None, one.size))
    ]  # fmt: skip
    return fitting[0] if len(fitting) == 1 else None


def _another_size(every: list[Variant], bought: Variant | None, text: str) -> Variant | None:
    """The next size up or down in the same colour."""
    step = 1 if _BIGGER.search(text) else -1 if _SMALLER.search(text) else 0
    if not step or bought is None:
        return None
    sizes = [one for one in every if one.colour == bought.colour]
    at = next((place for place, one in enumerate(sizes) if one.id == bought.id), -1) + step
    return sizes[at] if 0 <= at < len(sizes) else None


def _option(turn: TaskTurn, variant: Variant) -> str:
    """A variant's colour and size, else the product's name."""
    name = variant_name(turn.ctx, variant, attribute_words(turn.session))
    return name or local(turn.ctx, get_product(turn.session, variant.product_id).name)


def _instead(turn: TaskTurn, variant_id: str) -> list[Button]:
    """What else there is when a variant is sold out."""
    ctx = turn.ctx
    return [
        button(ctx, "tell_me_when_back", f"/notify_restock{json.dumps({'id': variant_id})}"),
        button(ctx, "return_instead", payload("request_return", picked_order(turn))),
    ]


def _check_variant(turn: TaskTurn, value: Any) -> str | None:
    every, _ = _variants(turn)
    variant = next((one for one in every if one.id == value), None)
    if variant is None:
        return say(turn.ctx, "swap_no_such_option")
    if variant.stock < _line(turn)[1]:
        turn.values["sold_out"] = variant.id
        return say(turn.ctx, "swap_sold_out", option=_option(turn, variant))
    turn.values.pop("sold_out", None)
    return None


def _nothing_left(turn: TaskTurn, variant: Variant | None) -> Result:
    """All is sold out: an alert or a return instead."""
    line, _ = _line(turn)
    wanted = variant.id if variant else line.variant_id or line.product_id
    return Result("declined", [Reply(say(turn.ctx, "swap_nothing_left"), _instead(turn, wanted))])


def _find_variant(turn: TaskTurn) -> str | None:
    every, bought = _variants(turn)
    said = turn.values.get("said", {})
    reason = turn.values.get("reason") or {"code": category(str(said.get("text", "")))}
    variant = _wanted(turn, said)
    if variant is None and bought is not None and (is_fault(reason) or len(every) == 1):
        variant = bought
    quantity = _line(turn)[1]
    if all(one.stock < quantity for one in every):
        raise TaskStopped(_nothing_left(turn, variant or bought))
    if variant is None:
        return None
    # Said once; what is asked after that is asked without it.
    turn.values.pop("said", None)
    if (complaint := _check_variant(turn, variant.id)) is not None:
        turn.values["told"] = complaint
        return None
    return variant.id


def _ask_variant(turn: TaskTurn) -> Reply:
    every, bought = _variants(turn)
    line, quantity = _line(turn)
    there = [one for one in every if one.stock >= quantity and one is not bought]
    same = [bought] if bought is not None and bought.stock >= quantity else []
    sold_out = turn.values.get("sold_out")
    told = turn.values.pop("told", "")
    instead = _instead(turn, sold_out or line.variant_id or line.product_id) if sold_out or not there else []
    buttons = [choice(turn.ctx, "variant", one.id, _option(turn, one)) for one in there[:OFFERED]]
    buttons += [choice(turn.ctx, "variant", one.id, say(turn.ctx, "swap_same_again")) for one in same]
    question = say(turn.ctx, "swap_for_what", items=describe_line(turn.session, turn.ctx, line, quantity))
    return Reply(f"{told}\n{question}" if told else question, [*buttons, *instead])


def _read_variant(turn: TaskTurn) -> str | None:
    pressed = chosen("variant")(turn)
    if pressed is not None:
        return str(pressed)
    variant = _wanted(turn, stated(turn.ctx))
    return variant.id if variant else None


def _swap(turn: TaskTurn) -> dict[str, str]:
    """What goes back and what comes, in words."""
    every, bought = _variants(turn)
    line, quantity = _line(turn)
    new = next(one for one in every if one.id == turn.values["variant"])
    return {
        "items": describe_line(turn.session, turn.ctx, line, quantity),
        "option": say(turn.ctx, "swap_same_again") if new is bought else _option(turn, new),
    }


def _confirm(turn: TaskTurn) -> str:
    ctx = turn.ctx
    fee = int(rule(current_rules(turn.session), "returns.exchange_fee"))
    cost = "swap_free" if is_fault(turn.values["reason"]) else "swap_fee"
    return "\n".join(
        [
            say(ctx, "swap_confirm", number=picked_order(turn).number, **_swap(turn)),
            say(ctx, cost, fee=won(ctx, fee)),
            say(ctx, "swap_sure"),
        ]
    )


def _finish(turn: TaskTurn) -> Result:
    ctx = turn.ctx
    try:
        case = open_sending_back(turn, "exchange", {"variant_id": turn.values["variant"]})
    except RuleViolationError as error:
        if error.code == "out_of_stock":
            text = say(ctx, "swap_sold_out", option=_swap(turn)["option"])
            return Result("declined", [Reply(text, _instead(turn, turn.values["variant"]))])
        return refused_case(turn, error)
    pickup = rule(current_rules(turn.session), "returns.pickup_days")
    text = say(ctx, "swap_opened", case=case.number, pickup=pickup, **_swap(turn))
    return Result(
        "acted", [Reply(text, [button(ctx, "case_status", "/ask_case_status")])], [Effect("case_opened", case.id)]
    )


_ORDER, _ITEMS = order_step(rules_for("swap", INTENTS)), items_step("swap", single=True)
_VARIANT = Step(
    "variant", _ask_variant, _read_variant, _find_variant, _check_variant,
    takes=frozenset({"check_stock", "search_product"}),
)  # fmt: skip
KIND = TaskKind(
    "request_exchange",
    INTENTS,
    (
        _ORDER, _ITEMS, _VARIANT, reason_step("swap", REASONS, TAKES), details_step(),
        confirm_step(_confirm, "swap_yes", (_ORDER, _ITEMS, _VARIANT), find=check_time),
    ),
    _finish,
    corrects={"order": ("items", "variant"), "items": ("variant",), "variant": ()},
)  # fmt: skip


def begin_exchange(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Begin to swap something."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "orders")
    return begin(session, ctx, tools, KIND, said=stated(ctx), **known(ctx))


HANDLERS: dict[str, Handler] = {"request_exchange": begin_exchange}
TASKS = (KIND,)
