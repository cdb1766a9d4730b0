"""Coupons: which there are, and asking for one that a rule gives."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, day, local, person_button, replies, say, won
from core.errors import RuleViolationError
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
# Each leaves the transaction as it was.
_REFUSALS = (NotEligibleError, CouponExhaustedError, CouponExpiredError, CouponNotUsableError)
_REQUESTS = {"birthday": request_birthday, "welcome": request_welcome}


def coupon_json(ctx: TurnContext, coupon: IssuedCoupon, terms: CouponTerms) -> dict[str, Any]:
    """A coupon as the API shows it."""
    return {"code": coupon.code, "title": local(ctx, terms.title), "expires_at": coupon.expires_at.isoformat()}


def worth(ctx: TurnContext, terms: CouponTerms) -> str:
    """What a coupon gives, and from which order on."""
    value = f"{terms.value}%" if terms.kind == "percent" else won(ctx, terms.value)
    return say(ctx, "coupon_worth", value=value, minimum=won(ctx, terms.minimum_order))


def show(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The customer's usable coupons."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "coupons")
    usable = list_usable(session, ctx.customer.id, ctx.now)
    if not usable:
        return Result("answered", [Reply(say(ctx, "coupons_none"), [button(ctx, "ask_coupon", "/request_coupon")])])
    text = say(ctx, "coupons_lead", count=len(usable))
    return Result("answered", [Reply(text, coupons=[coupon_json(ctx, coupon, terms) for coupon, terms in usable])])


def _wanted(text: str) -> list[str]:
    """Which benefits are meant: those named, in the order tried; both when none is."""
    named = [name for name, pattern in (("birthday", _BIRTHDAY), ("welcome", _WELCOME)) if pattern.search(text)]
    return named or ["birthday", "welcome"]


def _reason(ctx: TurnContext, benefit: str, error: RuleViolationError) -> str:
    """Why a benefit is refused, with the dates that help."""
    if isinstance(error, CouponAlreadyIssuedError):
        expires = datetime.fromisoformat(str(error.context["expires_at"]))
        return say(ctx, f"{benefit}_already", when=day(ctx, expires))
    if error.code == "birthday_not_near":
        start, end = (date.fromisoformat(str(error.context[key])) for key in ("window_start", "window_end"))
        return say(ctx, "birthday_not_near", start=day(ctx, start), end=day(ctx, end))
    if error.code == "welcome_too_late":
        return say(ctx, "welcome_too_late", when=day(ctx, date.fromisoformat(str(error.context["last_day"]))))
    return say(ctx, error.code if error.code in replies().keys(ctx.locale) else "coupon_inactive")


def request(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Issue the birthday or welcome coupon when its rule allows, else say why not."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "coupons")
    reasons = []
    for benefit in _wanted(ctx.call.text):
        try:
            coupon = _REQUESTS[benefit](
                session,
                customer_id=ctx.customer.id,
                idempotency_key=f"{ctx.call.key}:{benefit}",
                actor="bot",
                now=ctx.now,
            )
        except _REFUSALS as error:
            reasons.append(_reason(ctx, benefit, error))
            continue
        terms = get_terms(session, coupon.terms_id)
        text = say(ctx, f"{benefit}_issued", worth=worth(ctx, terms), when=day(ctx, coupon.expires_at))
        reply = Reply(text, coupon=coupon_json(ctx, coupon, terms))
        return Result("acted", [reply], [Effect("coupon_issued", coupon.id)])
    buttons = [button(ctx, "coupons", "/ask_coupons"), person_button(ctx)]
    return Result("declined", [Reply("\n".join(reasons), buttons)])


HANDLERS: dict[str, Handler] = {"ask_coupons": show, "request_coupon": request}
