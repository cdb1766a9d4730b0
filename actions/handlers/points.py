"""Points: the balance, what happened, and turning them into a coupon."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.coupons import coupon_json
from actions.handlers.loyalty import progress_line
from actions.handlers.points_in_cart import use_on_cart, wants_cart_discount
from actions.result import Button, Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import NO, YES, chosen, yes_or_no
from actions.tasks.running import begin, choice
from actions.wording import button, day, replies, say, won
from core.clock import local_date
from crm_store.coupons.benefits import exchange_points
from crm_store.coupons.queries import get_terms
from crm_store.points.models import LedgerEntry
from crm_store.points.queries import balance, expiring, history
from crm_store.shop.queries import current_rules, rule

_HISTORY = re.compile(
    r"내역|이력|기록|히스토리|어디(?:에|다)?\s*(?:썼|쓴|사용)|언제\s*(?:쌓|적립|썼|쓴)|왜\s*(?:줄|깎|빠|없)"
    r"|\bhistory\b|\bstatement\b|\btransactions?\b|\bwhere\s+did\b|\bwhen\s+did\b|\bhow\s+did\s+i\s+(?:earn|get|spend|use)\b"
    r"|\blog\b|\bearned\s+and\s+(?:spent|used)\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"전부|전액|모두|몽땅|다\s*(?:\S+\s*)?(?:써|쓸|바꿔|바꿀|교환|털)|있는\s*대로|\ball\b|\beverything\b", re.IGNORECASE
)
_HALF = re.compile(r"절반|반만|\bhalf\b", re.IGNORECASE)
_NUMBER = re.compile(r"^\D{0,6}(?P<amount>\d{1,3}(?:,\d{3})+|\d{2,9})\D{0,12}$")
_SHOWN_ENTRIES, _SHOWN_DAYS = 5, 3
_OFFERED = (1000, 3000, 5000, 10_000)


def tell_balance(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The balance, what expires soon, what can be done with it, the way to the next tier; what happened, when asked."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "points")
    rules = current_rules(session)
    points = balance(session, ctx.customer.id, ctx.now)
    parts = [say(ctx, "points_balance", points=points) if points else say(ctx, "points_none")]
    if _HISTORY.search(ctx.call.text):
        parts.append(_history(session, ctx, ctx.customer.id))
    until = ctx.now + timedelta(days=rule(rules, "points.expiry_notice_days"))
    parts += _expiring(ctx, expiring(session, ctx.customer.id, now=ctx.now, until=until))
    minimum = rule(rules, "points.minimum_use")
    if points:
        parts.append(say(ctx, "points_usable" if points >= minimum else "points_too_few", minimum=minimum))
    parts.append(progress_line(session, ctx))
    buttons = [button(ctx, "exchange", "/exchange_points")] if points >= minimum else []
    return Result("answered", [Reply("\n".join(parts), buttons)])


def _expiring(ctx: TurnContext, ending: list[tuple[date, int]]) -> list[str]:
    """What expires soon: day by day, or together when that would be a long list."""
    if len(ending) <= _SHOWN_DAYS:
        return [say(ctx, "points_expiring", when=day(ctx, when), points=amount) for when, amount in ending]
    together, (first, last) = sum(amount for _, amount in ending), (ending[0][0], ending[-1][0])
    return [say(ctx, "points_expiring_between", points=together, first=day(ctx, first), last=day(ctx, last))]


def _history(session: Session, ctx: TurnContext, customer_id: str) -> str:
    entries = history(session, customer_id, _SHOWN_ENTRIES)
    if not entries:
        return say(ctx, "points_history_none")
    lines = [
        say(ctx, "points_history_line", when=day(ctx, entry.created_at), what=_what(ctx, entry), amount=entry.amount)
        for entry in entries
    ]
    return "\n".join([say(ctx, "points_history_lead"), *lines])


def _what(ctx: TurnContext, entry: LedgerEntry) -> str:
    """What an entry was for, by its reason, else by its kind."""
    key = f"points_reason_{entry.reason.partition(':')[0]}"
    return say(ctx, key if key in replies().keys(ctx.locale) else f"points_reason_{entry.kind}")


# ---------------------------------------------------------------------- points for a coupon
def _available(turn: TaskTurn) -> int:
    customer = turn.ctx.customer
    if customer is None:
        raise TaskStopped(ask_to_verify(turn.ctx, "exchange"))
    return balance(turn.session, customer.id, turn.ctx.now)


def _minimum(turn: TaskTurn) -> int:
    return int(rule(current_rules(turn.session), "points.minimum_use"))


def _read_amount(turn: TaskTurn) -> int | None:
    """How many points: pressed, said, all of them or half."""
    pressed = chosen("amount")(turn)
    if turn.ctx.call.pressed:
        return int(pressed) if pressed is not None and str(pressed).isdigit() else None
    text = turn.ctx.call.text
    said = next((value for value in turn.ctx.values("quantity") if isinstance(value, int)), None)
    if said is not None:
        return said
    if match := _NUMBER.match(text.strip()):
        return int(match["amount"].replace(",", ""))
    if _HALF.search(text):
        return _available(turn) // 2
    return _available(turn) if _ALL.search(text) else None


def _check_amount(turn: TaskTurn, amount: int) -> str | None:
    points, minimum = _available(turn), _minimum(turn)
    if amount < minimum:
        return say(turn.ctx, "exchange_below_minimum", minimum=minimum)
    return say(turn.ctx, "exchange_above_balance", points=points) if amount > points else None


def _ask_amount(turn: TaskTurn) -> Reply:
    """Ask how many, with what was wrong with the number in the request itself."""
    ctx, points, minimum = turn.ctx, _available(turn), _minimum(turn)
    offered = [amount for amount in _OFFERED if minimum <= amount < points][-3:]
    buttons: list[Button] = [
        choice(ctx, "amount", str(amount), say(ctx, "exchange_choice", points=amount)) for amount in offered
    ]
    buttons.append(choice(ctx, "amount", str(points), say(ctx, "exchange_choice_all", points=points)))
    text = say(ctx, "exchange_ask_amount", points=points)
    wanted = _read_amount(turn) if ctx.call.intent in EXCHANGE.intents and not turn.task.misses else None
    complaint = None if wanted is None else _check_amount(turn, wanted)
    return Reply(f"{complaint}\n{text}" if complaint else text, buttons)


def _ask_confirm(turn: TaskTurn) -> Reply:
    ctx, amount = turn.ctx, int(turn.values["amount"])
    rules = current_rules(turn.session)
    given = rule(rules, "coupons.points_exchange")
    last = local_date(ctx.now, rule(rules, "shop.timezone")) + timedelta(days=int(given["valid_days"]))
    least = max(amount, int(given.get("minimum_order", 0)))
    text = say(
        ctx, "exchange_confirm", points=amount, value=won(ctx, amount), minimum=won(ctx, least), when=day(ctx, last)
    )
    return Reply(
        text, [choice(ctx, "confirm", each, replies().say(f"button_{each}", ctx.locale)) for each in (YES, NO)]
    )


def _exchange(turn: TaskTurn) -> Result:
    ctx, amount = turn.ctx, int(turn.values["amount"])
    if turn.values["confirm"] != YES:
        return Result("answered", [Reply(say(ctx, "exchange_left"))])
    complaint = _check_amount(turn, amount)  # points may be gone since they were asked about
    if complaint is not None or ctx.customer is None:
        return Result("declined", [Reply(complaint or "")])
    entry, coupon = exchange_points(
        turn.session, customer_id=ctx.customer.id, amount=amount, idempotency_key=f"{ctx.call.key}:exchange",
        actor="bot", now=ctx.now,
    )  # fmt: skip
    terms = get_terms(turn.session, coupon.terms_id)
    text = say(
        ctx, "exchange_done", points=amount, value=won(ctx, terms.value), when=day(ctx, coupon.expires_at),
        left=_available(turn),
    )  # fmt: skip
    effects = [Effect("points_changed", entry.id), Effect("coupon_issued", coupon.id)]
    return Result("acted", [Reply(text, coupon=coupon_json(ctx, coupon, terms))], effects)


# A bare amount ("천 포인트만요") sounds like a question about points.
_AMOUNT_SAID = frozenset({"ask_points", "ask_coupons"})
EXCHANGE = TaskKind(
    "exchange_points",
    frozenset({"exchange_points"}),
    (
        Step("amount", _ask_amount, _read_amount, find=_read_amount, check=_check_amount, takes=_AMOUNT_SAID),
        Step("confirm", _ask_confirm, yes_or_no("confirm")),
    ),
    _exchange,
    corrects={"amount": ("confirm",)},
)


def exchange(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Turn points into a coupon worth as much: how many, then whether that is right."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "exchange")
    points = balance(session, ctx.customer.id, ctx.now)
    minimum = int(rule(current_rules(session), "points.minimum_use"))
    if points < minimum:
        text = say(ctx, "exchange_too_few", minimum=minimum, points=points)
        return Result("declined", [Reply(text, [button(ctx, "check_in", "/check_in")])])
    if wants_cart_discount(ctx.call.text):
        asked = ctx.value("quantity")
        done = use_on_cart(session, ctx, min(points, int(asked)) if asked else points)
        if done is not None:
            return done
    return begin(session, ctx, tools, EXCHANGE)


HANDLERS: dict[str, Handler] = {"ask_points": tell_balance, "exchange_points": exchange}
TASKS = (EXCHANGE,)
