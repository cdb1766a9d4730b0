"""Tiers, attendance, inviting friends; and the way to the next tier that every reply on a purchase tells."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.coupons import issued_reply
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.running import begin
from actions.wording import button, day, local, replies, say, won
from core.errors import NotFoundError, RuleViolationError
from crm_store.coupons.benefits import request_attendance
from crm_store.customers.queries import get_customer
from crm_store.loyalty import attendance, referrals, tiers
from crm_store.points.queries import find_by_key
from crm_store.shop.queries import current_rules, rule

_CODE = re.compile(r"(?<![A-Za-z0-9])DG[A-Z2-9]{6}(?![A-Za-z0-9])", re.IGNORECASE | re.ASCII)
# The customer's own code is asked for.
_OWN = re.compile(
    r"(?:내|제|나의|저의)\s*(?:친구\s*)?(?:추천|초대|코드|리퍼럴)|\bmy\s+(?:own\s+)?(?:referral|invite|invitation|code|friend\s+code)",
    re.IGNORECASE,
)
# A friend's code is to be entered, though it was not said yet.
_ENTERING = re.compile(
    r"등록|입력|넣(?:어|을|고|는)|받았|초대받|추천받|추천인|친구\s*코드|친구가\s*준"
    r"|\benter|\bregister|\bapply|\bredeem|referred\s+(?:by|me)|invited\s+me|gave\s+me|friend['’]?s\s+(?:referral\s+)?code"
    r"|friend\s+has\s+a\s+code|as\s+my\s+referrer",
    re.IGNORECASE,
)


def _tier(ctx: TurnContext, rules: dict[str, Any], code: str) -> dict[str, Any]:
    """What a tier is called in the reader's language, and its rate: {name, rate, from}."""
    given = rule(rules, "tiers").get(code, {})
    rate = given.get("rate_percent", rule(rules, "points.rate_percent"))
    return {"name": local(ctx, given.get("name", {})) or code, "rate": rate, "from": int(given.get("from", 0))}


def progress_line(session: Session, ctx: TurnContext, coming: int = 0) -> str:
    """The way to the next tier in a sentence, "" for who is not signed in.

    `coming` is what a purchase made just now will count once it is confirmed, in minor units: goods less discount and points.
    """
    if ctx.customer is None:
        return ""
    rules, progress = current_rules(session), tiers.progress(session, ctx.customer.id, ctx.now)
    if progress.next_tier is None:
        tier = _tier(ctx, rules, progress.tier)
        return say(ctx, "progress_top", tier=tier["name"], rate=tier["rate"])
    missing, name = progress.missing - coming, _tier(ctx, rules, progress.next_tier)["name"]
    if missing <= 0:
        return say(ctx, "progress_reaching", next=name)
    return say(ctx, "progress_coming" if coming else "progress_next", next=name, missing=won(ctx, missing))


def tell_tier(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The tier, what it gives, what is missing to the next one, and how long it lasts."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "tier")
    rules, progress = current_rules(session), tiers.progress(session, ctx.customer.id, ctx.now)
    tier = _tier(ctx, rules, progress.tier)
    parts = [
        say(ctx, "tier_now", tier=tier["name"], rate=tier["rate"]),
        say(ctx, "tier_spent", months=rule(rules, "tier_review.months"), spent=won(ctx, progress.spent)),
    ]
    if progress.next_tier is None:
        parts.append(say(ctx, "tier_top"))
    else:
        above = _tier(ctx, rules, progress.next_tier)
        missing = won(ctx, progress.missing)
        parts.append(say(ctx, "tier_next", next=above["name"], missing=missing, rate=above["rate"]))
    last = tiers.last_day(progress)
    if progress.falls_to and progress.until:
        short = won(ctx, max(0, tier["from"] - progress.spent))
        below = _tier(ctx, rules, progress.falls_to)["name"]
        parts.append(say(ctx, "tier_falls", when=day(ctx, progress.until), next=below, missing=short))
    elif last is not None:
        parts.append(say(ctx, "tier_safe_until", when=day(ctx, last)))
    return Result("answered", [Reply("\n".join(parts), [button(ctx, "points", "/ask_points")])])


def check_in(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Note that the customer is there today; with it the coupon for days in a row, when it is due."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "attendance")
    key = f"{ctx.call.key}:attendance"
    try:
        there = attendance.check_in(
            session, customer_id=ctx.customer.id, idempotency_key=key, actor="bot", now=ctx.now
        )  # fmt: skip
    except RuleViolationError as error:
        if error.code != "already_checked_in":
            return Result("declined", [Reply(say(ctx, "members_only"))])
        streak = int(str(error.context["streak"]))
        return Result("declined", [Reply(say(ctx, "already_checked_in", streak=streak))])
    rules = current_rules(session)
    row_days, bonus = int(rule(rules, "attendance.streak_days")), int(rule(rules, "attendance.streak_points"))
    parts = [say(ctx, "checked_in", points=there.points, streak=there.streak)]
    left = -there.streak % row_days
    if bonus:
        parts.append(
            say(ctx, "checked_in_ahead", left=left, bonus=bonus)
            if left
            else say(ctx, "checked_in_bonus", days=row_days)
        )
    effects = [Effect("checked_in", f"{ctx.customer.id}:{there.day.isoformat()}")]
    earned = find_by_key(session, key)
    if earned is not None:
        effects.append(Effect("points_changed", earned.id))
    coupon = _attendance_coupon(session, ctx, there.streak, rules)
    replies_ = [Reply("\n".join(parts))] + ([coupon[0]] if coupon else [])
    return Result("acted", replies_, effects + ([coupon[1]] if coupon else []))


def _attendance_coupon(
    session: Session, ctx: TurnContext, streak: int, rules: dict[str, Any]
) -> tuple[Reply, Effect] | None:
    """The coupon that a streak of this length brings, if there is one."""
    given = rule(rules, "coupons").get("attendance")
    if ctx.customer is None or not given or streak % int(given["streak_days"]):
        return None
    try:
        coupon = request_attendance(
            session, customer_id=ctx.customer.id, idempotency_key=f"{ctx.call.key}:coupon", actor="bot", now=ctx.now
        )
    except RuleViolationError:
        return None
    return issued_reply(session, ctx, "attendance", coupon), Effect("coupon_issued", coupon.id)


# ---------------------------------------------------------------------- inviting friends
def _said_code(turn: TaskTurn) -> str | None:
    """A code in the message, whichever kind it was taken for."""
    ctx = turn.ctx
    found = ctx.value("referral_code") or ctx.value("coupon_code")
    if found is None and (match := _CODE.search(ctx.call.text)):
        found = match.group()
    return str(found).upper() if found else None


def _enter(turn: TaskTurn) -> Result:
    session, ctx, code = turn.session, turn.ctx, str(turn.values["code"])
    if ctx.customer is None:
        raise TaskStopped(ask_to_verify(ctx, "referral"))
    rules = current_rules(session)
    if referrals.find_referral(session, ctx.customer.id) is not None:
        return _noted_before(session, ctx, code)
    try:
        noted = referrals.enter(session, friend_id=ctx.customer.id, code=code, now=ctx.now)
    except (NotFoundError, RuleViolationError) as error:
        key = (
            error.code if error.code in replies().keys(ctx.locale) and error.code != "not_a_member" else "members_only"
        )
        last = error.context.get("last_day")
        when = day(ctx, date.fromisoformat(str(last))) if last else ""
        days = rule(rules, "referral.enter_days")
        return Result("declined", [Reply(say(ctx, key, code=code, when=when, days=days))])
    text = say(ctx, "referral_noted", **_terms(ctx, rules))
    return Result("acted", [Reply(text)], [Effect("referral_recorded", noted.id)])


def _noted_before(session: Session, ctx: TurnContext, code: str) -> Result:
    assert ctx.customer is not None
    try:
        referrals.enter(session, friend_id=ctx.customer.id, code=code, now=ctx.now)
    except (NotFoundError, RuleViolationError) as error:
        return Result("declined", [Reply(say(ctx, error.code, code=code))])
    return Result("answered", [Reply(say(ctx, "referral_already_noted"))])


def _terms(ctx: TurnContext, rules: dict[str, Any]) -> dict[str, Any]:
    given = rule(rules, "referral")
    return {
        "minimum": won(ctx, int(given["minimum_order"])), "inviter": int(given["inviter_points"]),
        "friend": int(given["friend_points"]), "days": given["enter_days"],
    }  # fmt: skip


REFERRAL = TaskKind(
    "refer_friend",
    frozenset({"refer_friend"}),
    (
        Step(
            "code", lambda turn: Reply(say(turn.ctx, "referral_ask_code")), _said_code, find=_said_code,
            takes=frozenset({"redeem_coupon", "request_coupon"}),
        ),
    ),
    _enter,
)  # fmt: skip


def refer(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Enter a friend's code when one is given or meant, else tell the customer's own."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "referral")
    given = ctx.value("referral_code") or ctx.value("coupon_code") or _CODE.search(ctx.call.text)
    if given or (_ENTERING.search(ctx.call.text) and not _OWN.search(ctx.call.text)):
        return begin(session, ctx, tools, REFERRAL)
    had = get_customer(session, ctx.customer.id).referral_code
    code = referrals.code_of(session, ctx.customer.id)
    parts = [say(ctx, "referral_own", code=code), say(ctx, "referral_how", **_terms(ctx, current_rules(session)))]
    invited = referrals.list_invited(session, ctx.customer.id)
    if invited:
        rewarded = sum(each.state == "rewarded" for each in invited)
        parts.append(say(ctx, "referral_invited", count=len(invited), rewarded=rewarded))
    effects = [] if had else [Effect("referral_recorded", code)]
    return Result("acted" if effects else "answered", [Reply("\n".join(parts))], effects)


HANDLERS: dict[str, Handler] = {"ask_tier": tell_tier, "check_in": check_in, "refer_friend": refer}
TASKS = (REFERRAL,)
