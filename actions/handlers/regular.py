"""Regular deliveries: begin one, look, skip the next, change, end."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.choosing import choose_variant
from actions.handlers.product_questions import which_product
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import NO, YES, chosen, yes_or_no
from actions.tasks.running import begin, choice
from actions.wording import button, day, local, person_button, replies, say, won
from core.errors import RuleViolationError
from crm_store.catalogue.queries import get_product, get_variant, variants_by_id
from crm_store.regular_deliveries import service as regular
from crm_store.regular_deliveries.models import RegularDelivery
from crm_store.shop.queries import current_rules, rule

_END = re.compile(r"해지|그만|중단|끊|취소|안\s*받|\b(?:end|stop|cancel|quit|unsubscribe|terminate)\b", re.I)
_SKIP = re.compile(
    r"건너|스킵|이번\s*(?:달|회차|주)?.*(?:빼|쉬|말)|한\s*번\s*(?:쉬|빼)|미뤄|\bskip\b|\bpause\b|\bpostpone\b", re.I
)
_CHANGE = re.compile(r"바꿔|변경|늘려|줄여|주기|수량|\bchange\b|\bswitch\b|\bevery\b.*\binstead\b", re.I)
_LOOK = re.compile(
    r"내\s*정기|정기\s*배송\s*(?:뭐|목록|내역|언제|확인|조회|현황|보여)|\bmy (?:subscription|regular)|\bwhen is my next\b",
    re.I,
)
_WEEKS = re.compile(
    r"(?P<number>\d+)\s*(?:주|weeks?|wks?)|(?P<ko>한|두|세|네|여덟)\s*(?:주|달)|(?P<month>매달|매월|한\s*달|monthly|every month)",
    re.I,
)
_KO_NUMBERS = {"한": 1, "두": 2, "세": 3, "네": 4, "여덟": 8}
_WEEKS_OF_A_MONTH = 4


def weeks_said(text: str) -> int | None:
    """An interval in weeks; a month counts as four."""
    match = _WEEKS.search(text)
    if match is None:
        return None
    if match["month"]:
        return _WEEKS_OF_A_MONTH
    if match["ko"]:
        return _KO_NUMBERS[match["ko"]] * (_WEEKS_OF_A_MONTH if "달" in match[0] else 1)
    return int(match["number"])


# ---------------------------------------------------------------------- beginning one
def _find_interval(turn: TaskTurn) -> int | None:
    return weeks_said(turn.ctx.call.text)


def _read_interval(turn: TaskTurn) -> int | None:
    pressed = chosen("interval")(turn)
    return int(pressed) if pressed is not None else weeks_said(turn.ctx.call.text)


def _check_interval(turn: TaskTurn, weeks: Any) -> str | None:
    rules = current_rules(turn.session)
    if int(weeks) in regular.intervals(rules):
        return None
    return say(turn.ctx, "regular_interval_not_offered", offered=local(turn.ctx, rule(rules, "subscription.intervals")))


def _ask_interval(turn: TaskTurn) -> Reply:
    rules = current_rules(turn.session)
    buttons = [
        choice(turn.ctx, "interval", str(weeks), replies().say("button_weeks", turn.ctx.locale, weeks=weeks))
        for weeks in regular.intervals(rules)
    ]
    text = say(
        turn.ctx, "regular_interval", name=_name(turn), percent=rule(rules, "subscription.discount_percent")
    )  # fmt: skip
    return Reply(text, buttons)


def _name(turn: TaskTurn) -> str:
    variant = get_variant(turn.session, str(turn.values["variant"]))
    return local(turn.ctx, get_product(turn.session, variant.product_id).name)


def _ask_sure(turn: TaskTurn) -> Reply:
    ctx, rules = turn.ctx, current_rules(turn.session)
    assert ctx.customer is not None
    if not ctx.customer.address:
        raise TaskStopped(Result("declined", [Reply(say(ctx, "regular_address_missing"), [person_button(ctx)])]))
    variant = get_variant(turn.session, str(turn.values["variant"]))
    price = variant.price if variant.price is not None else get_product(turn.session, variant.product_id).price
    count = int(turn.values.get("quantity", 1))
    amount = price * count * (100 - int(rule(rules, "subscription.discount_percent"))) // 100
    address = " ".join(str(ctx.customer.address.get(part) or "") for part in ("line1", "line2")).strip()
    text = say(
        ctx, "regular_sure", name=_name(turn), count=count, weeks=turn.values["interval"], address=address,
        amount=won(ctx, amount),
    )  # fmt: skip
    return Reply(text, _yes_no(ctx))


def _yes_no(ctx: TurnContext) -> list[Button]:
    return [choice(ctx, "sure", answer, replies().say(f"button_{answer}", ctx.locale)) for answer in (YES, NO)]


def _finish(turn: TaskTurn) -> Result:
    ctx = turn.ctx
    assert ctx.customer is not None
    if turn.values["sure"] != YES:
        return Result("answered", [Reply(say(ctx, "deny"))])
    try:
        delivery = regular.begin(
            turn.session, customer_id=ctx.customer.id, variant_id=str(turn.values["variant"]),
            quantity=int(turn.values.get("quantity", 1)), interval_weeks=int(turn.values["interval"]),
            idempotency_key=f"{ctx.call.key}:regular", actor="bot", now=ctx.now,
        )  # fmt: skip
    except RuleViolationError as error:
        return _refusal(turn.session, ctx, error, _name(turn))
    text = say(ctx, "regular_begun", when=day(ctx, delivery.next_on))
    return Result("acted", [Reply(text)], [Effect("subscription_changed", delivery.id)])


BEGIN = TaskKind(
    "regular",
    frozenset({"subscribe_product"}),
    (
        Step("interval", _ask_interval, _read_interval, find=_find_interval, check=_check_interval),
        Step("sure", _ask_sure, yes_or_no("sure")),
    ),
    _finish,
    corrects={"interval": ("sure",)},
)


# ---------------------------------------------------------------------- those there are
def _refusal(session: Session, ctx: TurnContext, error: RuleViolationError, name: str) -> Result:
    values: dict[str, object] = {"name": name}
    if "next_on" in error.context:
        values["when"] = day(ctx, date.fromisoformat(str(error.context["next_on"])))
    if error.code == "interval_not_offered":
        values["offered"] = local(ctx, rule(current_rules(session), "subscription.intervals"))
    return Result("declined", [Reply(say(ctx, f"regular_{error.code}", **values), [person_button(ctx)])])


def _product_name(session: Session, ctx: TurnContext, delivery: RegularDelivery) -> str:
    return local(ctx, get_product(session, delivery.product_id).name)


def _line(session: Session, ctx: TurnContext, delivery: RegularDelivery) -> str:
    return say(
        ctx, "regular_line", name=_product_name(session, ctx, delivery), count=delivery.quantity,
        weeks=delivery.interval_weeks, when=day(ctx, delivery.next_on),
    )  # fmt: skip


def _look(session: Session, ctx: TurnContext, active: list[RegularDelivery]) -> Result:
    if not active:
        return Result("answered", [Reply(say(ctx, "regular_none"))])
    lines = [_line(session, ctx, delivery) for delivery in active]
    buttons = []
    if len(active) == 1:
        buttons = [
            button(ctx, f"regular_{what}", f'/subscribe_product{{"id": "{active[0].id}", "choice": "{what}"}}')
            for what in ("skip", "end")
        ]
    return Result("answered", [Reply("\n".join([say(ctx, "regular_lead"), *lines]), buttons)])


def _meant(session: Session, ctx: TurnContext, active: list[RegularDelivery]) -> list[RegularDelivery]:
    """The deliveries a message is about: by id, by product or kind, else all there are."""
    ids = {str(value) for value in ctx.values("id")}
    named = {str(value) for value in ctx.values("product")}
    if ids:
        return [delivery for delivery in active if delivery.id in ids]
    if named:
        products = {delivery.id: get_product(session, delivery.product_id) for delivery in active}
        fitting = [
            one for one in active if named & {products[one.id].id, products[one.id].kind, products[one.id].category}
        ]
        return fitting or active
    return active


def manage(session: Session, ctx: TurnContext, what: str, active: list[RegularDelivery]) -> Result:
    """Skip the next one, change or end: of the delivery meant, asked for where it is not clear."""
    assert ctx.customer is not None
    meant = _meant(session, ctx, active)
    if not meant:
        return Result("answered", [Reply(say(ctx, "regular_none"))])
    if len(meant) > 1:
        buttons = [
            Button(_product_name(session, ctx, one)[:60], f'/subscribe_product{{"id": "{one.id}", "choice": "{what}"}}')
            for one in meant[:8]
        ]
        return Result("asked", [Reply(say(ctx, "regular_which"), buttons)])
    [delivery] = meant
    name = _product_name(session, ctx, delivery)
    own: dict[str, Any] = {"delivery_id": delivery.id, "customer_id": ctx.customer.id, "actor": "bot", "now": ctx.now}
    try:
        if what == "skip":
            changed = regular.skip_next(session, **own)
            text = say(ctx, "regular_skipped", name=name, when=day(ctx, changed.next_on))
        else:
            quantity = ctx.value("quantity")
            changed = regular.change(
                session, quantity=int(quantity) if quantity else None, interval_weeks=weeks_said(ctx.call.text), **own
            )
            text = say(
                ctx, "regular_changed", name=name, count=changed.quantity, weeks=changed.interval_weeks,
                when=day(ctx, changed.next_on),
            )  # fmt: skip
    except RuleViolationError as error:
        return _refusal(session, ctx, error, name)
    return Result("acted", [Reply(text)], [Effect("subscription_changed", delivery.id)])


def _find_ending(turn: TaskTurn) -> str | None:
    assert turn.ctx.customer is not None
    active = _meant(turn.session, turn.ctx, regular.list_active(turn.session, turn.ctx.customer.id))
    if not active:
        raise TaskStopped(Result("answered", [Reply(say(turn.ctx, "regular_none"))]))
    return active[0].id if len(active) == 1 else None


def _ask_ending(turn: TaskTurn) -> Reply:
    assert turn.ctx.customer is not None
    active = regular.list_active(turn.session, turn.ctx.customer.id)
    buttons = [choice(turn.ctx, "delivery", one.id, _product_name(turn.session, turn.ctx, one)) for one in active[:8]]
    return Reply(say(turn.ctx, "regular_which"), buttons)


def _read_ending(turn: TaskTurn) -> str | None:
    pressed = chosen("delivery")(turn)
    if pressed is not None:
        return str(pressed)
    return _find_ending(turn) if turn.ctx.values("product") else None


def _ending(turn: TaskTurn) -> RegularDelivery | None:
    assert turn.ctx.customer is not None
    active = regular.list_active(turn.session, turn.ctx.customer.id)
    return next((one for one in active if one.id == turn.values["delivery"]), None)


def _ask_end_sure(turn: TaskTurn) -> Reply:
    delivery = _ending(turn)
    if delivery is None:
        raise TaskStopped(Result("answered", [Reply(say(turn.ctx, "regular_none"))]))
    name = _product_name(turn.session, turn.ctx, delivery)
    return Reply(say(turn.ctx, "regular_end_sure", name=name), _yes_no(turn.ctx))


def _finish_end(turn: TaskTurn) -> Result:
    ctx, delivery = turn.ctx, _ending(turn)
    assert ctx.customer is not None
    if turn.values["sure"] != YES or delivery is None:
        return Result("answered", [Reply(say(ctx, "deny"))])
    name = _product_name(turn.session, ctx, delivery)
    reason = turn.values.get("reason")
    try:
        regular.end(
            turn.session, delivery_id=delivery.id, customer_id=ctx.customer.id, reason=str(reason) if reason else None,
            actor="bot", now=ctx.now,
        )  # fmt: skip
    except RuleViolationError as error:
        return _refusal(turn.session, ctx, error, name)
    return Result("acted", [Reply(say(ctx, "regular_ended", name=name))], [Effect("subscription_changed", delivery.id)])


END = TaskKind(
    "regular_end",
    frozenset(),
    (
        Step("delivery", _ask_ending, _read_ending, find=_find_ending),
        Step("sure", _ask_end_sure, yes_or_no("sure")),
    ),
    _finish_end,
)


def subscribe(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """What is wanted with a regular delivery: a new one, or something done to one there is."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "regular")
    active, text = regular.list_active(session, ctx.customer.id), ctx.call.text
    what = ctx.value("choice")
    if what == "end" or (what is None and _END.search(text)):
        known = {"reason": ctx.value("reason")} if ctx.value("reason") else {}
        return begin(session, ctx, tools, END, **known)
    if what == "skip" or (what is None and _SKIP.search(text)):
        return manage(session, ctx, "skip", active)
    if what == "change" or (what is None and active and _CHANGE.search(text)):
        return manage(session, ctx, "change", active)
    if _LOOK.search(text) or (ctx.call.pressed and not ctx.values("id")):
        return _look(session, ctx, active)
    return _begin(session, ctx, tools, active)


def _begin(session: Session, ctx: TurnContext, tools: Tools, active: list[RegularDelivery]) -> Result:
    quantity = ctx.value("quantity")
    known = {"quantity": int(quantity)} if quantity else {}
    pressed = variants_by_id(session, [str(value) for value in ctx.values("id")])
    if pressed:
        return begin(session, ctx, tools, BEGIN, variant=next(iter(pressed)), **known)
    products, reply = which_product(session, ctx, tools, "subscribe_product")
    if reply is not None:
        nothing_named = not reply.replies[0].buttons
        return _look(session, ctx, active) if nothing_named and active else reply
    product = products[0]
    if not product.consumable:
        return Result("declined", [Reply(say(ctx, "regular_not_consumable", name=local(ctx, product.name)))])
    option = choose_variant(session, ctx, product, "subscribe_product", in_stock=False)
    if option.variant is None:
        assert option.reply is not None
        return option.reply
    return begin(session, ctx, tools, BEGIN, variant=option.variant.id, **known)


HANDLERS: dict[str, Handler] = {"subscribe_product": subscribe}
TASKS = (BEGIN, END)
