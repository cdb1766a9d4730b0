"""Coupons: which there are, and asking for one that a rule gives: birthday, welcome, coming back, attendance."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.offers import offer
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, day, local, person_button, replies, say, won
from core.errors import RuleViolationError
from crm_store.coupons.benefits import request_attendance, request_winback
from crm_store.coupons.errors import (
    CouponAlreadyIssuedError,
    CouponExhaustedError,
    CouponExpiredError,
    CouponNotUsableError,
    NotEligibleError,
)
from crm_store.coupons.models import CouponTerms, IssuedCoupon
from crm_store.coupons.queries import get_terms, list_usable
from crm_store.coupons.service import request_birthday, request_welcome

_BIRTHDAY = re.compile(r"생일|생신|탄신|귀\s*빠진|birth\s*-?day|b-?day|bday", re.IGNORECASE)
_WELCOME = re.compile(
    r"웰컴|환영|신규|첫\s*(?:구매|주문|가입)|가입|회원\s*된|welcome|new\s+(?:member|customer)|sign(?:ed|ing)?[\s-]*up|join|first",
    re.IGNORECASE,
)
_WINBACK = re.compile(
    r"오랜만|오랫만|다시\s*(?:왔|온|돌아|찾)|컴백|복귀|돌아온|winback|win-back|come\s*back|coming\s+back|been\s+a\s+while"
    r"|long\s+time|back\s+again|welcome\s+back|returning",
    re.IGNORECASE,
)
_ATTENDANCE = re.compile(r"출석|출첵|개근|attendance|check(?:ed|ing)?[\s-]*in|streak", re.IGNORECASE)
_EVENT = re.compile(r"이벤트|행사|프로모션|특가|\bevents?\b|\bpromo(?:tion)?s?\b|\bsale\b", re.IGNORECASE)
_APOLOGY = re.compile(r"사과|보상|죄송|미안|apolog|compensat|make\s+up\s+for|sorry\s+coupon", re.IGNORECASE)
# In the order tried. Coming back says "welcome" too.
_NAMED = {"birthday": _BIRTHDAY, "winback": _WINBACK, "welcome": _WELCOME, "attendance": _ATTENDANCE}
# Each leaves the transaction as it was.
_REFUSALS = (NotEligibleError, CouponExhaustedError, CouponExpiredError, CouponNotUsableError)
_REQUESTS = {
    "birthday": request_birthday, "welcome": request_welcome, "winback": request_winback,
    "attendance": request_attendance,
}  # fmt: skip


def coupon_json(ctx: TurnContext, coupon: IssuedCoupon, terms: CouponTerms) -> dict[str, Any]:
    """A coupon as the API shows it."""
    return {"code": coupon.code, "title": local(ctx, terms.title), "expires_at": coupon.expires_at.isoformat()}


def worth(ctx: TurnContext, terms: CouponTerms) -> str:
    """What a coupon gives, and from which order on."""
    value = f"{terms.value}%" if terms.kind == "percent" else won(ctx, terms.value)
    if terms.minimum_order == 0:
        return say(ctx, "coupon_worth_any", value=value)
    return say(ctx, "coupon_worth", value=value, minimum=won(ctx, terms.minimum_order))


def issued_reply(session: Session, ctx: TurnContext, benefit: str, coupon: IssuedCoupon) -> Reply:
    """The reply that gives a coupon: why, what it is worth and until when, and the coupon itself."""
    terms = get_terms(session, coupon.terms_id)
    text = say(ctx, f"{benefit}_issued", worth=worth(ctx, terms), when=day(ctx, coupon.expires_at))
    return Reply(text, coupon=coupon_json(ctx, coupon, terms))


def show(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The customer's usable coupons, with what they give and from which order on."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "coupons")
    usable = list_usable(session, ctx.customer.id, ctx.now)
    if not usable:
        offer(ctx, "request_coupon")
        return Result("answered", [Reply(say(ctx, "coupons_none"), [button(ctx, "ask_coupon", "/request_coupon")])])
    lines = [
        say(
            ctx,
            "coupons_line",
            title=local(ctx, terms.title),
            worth=worth(ctx, terms),
            when=day(ctx, coupon.expires_at),
        )
        for coupon, terms in usable
    ]
    text = "\n".join([say(ctx, "coupons_lead", count=len(usable)), *lines])
    return Result("answered", [Reply(text, coupons=[coupon_json(ctx, coupon, terms) for coupon, terms in usable])])


def _wanted(text: str) -> list[str]:
    """Which benefits are meant by name, in the order tried."""
    named = [name for name, pattern in _NAMED.items() if pattern.search(text)]
    return [name for name in named if name != "welcome" or "winback" not in named]


def _reason(ctx: TurnContext, benefit: str, error: RuleViolationError) -> str:
    """Why a benefit is refused, with the dates and numbers that help."""
    if isinstance(error, CouponAlreadyIssuedError):
        expires = datetime.fromisoformat(str(error.context["expires_at"]))
        return say(ctx, f"{benefit}_already", when=day(ctx, expires))
    key = error.code
    if key == "attendance_streak_short" and error.context["streak"] == 0:
        key = "attendance_streak_none"
    if key not in replies().keys(ctx.locale):
        return say(ctx, "coupon_inactive")
    numbers = {name: value for name, value in error.context.items() if isinstance(value, int)}
    return say(ctx, key, **{**numbers, **_dates(ctx, error)})


def _dates(ctx: TurnContext, error: RuleViolationError) -> dict[str, str]:
    """The days of a refusal, as its text calls them."""
    names = {"window_start": "start", "window_end": "end", "last_day": "when", "from_day": "when"}
    found = {shown: error.context[name] for name, shown in names.items() if name in error.context}
    return {shown: day(ctx, date.fromisoformat(str(when))) for shown, when in found.items()}


def request(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Issue the coupon that was asked for when its rule allows, else say why not; without a name, whichever there is."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "coupons")
    named, reasons = _wanted(ctx.call.text), list[str]()
    for benefit in named or _REQUESTS:
        try:
            coupon = _REQUESTS[benefit](
                session, customer_id=ctx.customer.id, idempotency_key=f"{ctx.call.key}:{benefit}", actor="bot",
                now=ctx.now,
            )  # fmt: skip
        except _REFUSALS as error:
            if named or benefit in ("birthday", "welcome"):
                reasons.append(_reason(ctx, benefit, error))
            continue
        return Result("acted", [issued_reply(session, ctx, benefit, coupon)], [Effect("coupon_issued", coupon.id)])
    return _refused(ctx, named, reasons)


def _refused(ctx: TurnContext, named: list[str], reasons: list[str]) -> Result:
    """Why there is none; an event or an apology that was asked for is told as it is."""
    text = ctx.call.text
    if not named and _APOLOGY.search(text):
        return Result("asked", [Reply(say(ctx, "coupon_apology_how"), [person_button(ctx)])])
    if not named and _EVENT.search(text):
        reasons = [say(ctx, "coupon_event_none")]
    buttons = [button(ctx, "coupons", "/ask_coupons"), person_button(ctx)]
    return Result("declined", [Reply("\n".join(reasons), buttons)])


HANDLERS: dict[str, Handler] = {"ask_coupons": show, "request_coupon": request}
