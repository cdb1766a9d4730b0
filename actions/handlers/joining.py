"""Becoming a member in the chat: what must be agreed to and what may be, each asked apart, then the welcome coupon."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.coupons import coupon_json, worth
from actions.handlers.mailbox import can_mail, code_step, email_step, proved, refuse_without_mail
from actions.handlers.marketing import own_channel
from actions.handlers.verification import enter
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import NO, YES, chosen, yes_or_no
from actions.tasks.running import begin, choice
from actions.wording import button, day, replies, say
from core.errors import ConflictError, DangolError, NotFoundError, RuleViolationError
from crm_store.accounts.emails import normal_email
from crm_store.accounts.joining import join
from crm_store.accounts.profile import checked_name
from crm_store.conversations.models import Conversation
from crm_store.coupons.errors import CouponExhaustedError, CouponExpiredError, CouponNotUsableError, NotEligibleError
from crm_store.coupons.queries import get_terms
from crm_store.coupons.service import request_welcome
from crm_store.customers.models import ChannelIdentity
from crm_store.loyalty.referrals import enter as enter_referral
from crm_store.shop.queries import current_rules, rule

_NAME = re.compile(
    r"^(?:제|내|저의)?\s*(?:이름은|성함은|저는|전|name\s+is|my\s+name\s+is|i\s*am|i'm|it'?s|call\s+me)?\s*(?P<name>.+?)"
    r"\s*(?:이라고\s*(?:해요|합니다|불러\s*주세요)|라고\s*(?:해요|합니다|불러\s*주세요)|이에요|예요|입니다|이요|요)?\s*[.!~]*$",
    re.IGNORECASE,
)
_REFUSALS = (NotEligibleError, CouponExhaustedError, CouponExpiredError, CouponNotUsableError)


def sign_up(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Make whoever writes a member, step by step."""
    if ctx.customer is not None:
        return Result("declined", [Reply(say(ctx, "join_already"), [button(ctx, "coupons", "/ask_coupons")])])
    if not can_mail(session, tools):
        return refuse_without_mail(ctx)
    known = {"email": ctx.value("email"), "referral": ctx.value("referral_code")}
    given = {name: str(value) for name, value in known.items() if value is not None}
    if not _is_email(given.get("email", "")):
        given.pop("email", None)
    return begin(session, ctx, tools, JOIN, **given)


def read_name(turn: TaskTurn) -> str | None:
    """The name in an answer: alone, or in a sentence that gives it."""
    if (pressed := chosen("name")(turn)) is not None:
        return str(pressed)
    match = _NAME.match(turn.ctx.call.text.strip())
    return match["name"].strip() if match and len(match["name"].strip()) > 1 else None


def check_name(turn: TaskTurn, value: Any) -> str | None:
    """Why a name will not do."""
    try:
        checked_name(value)
    except RuleViolationError:
        return say(turn.ctx, "name_invalid")
    return None


def _agreeing(step: str, text: str, **more: Any) -> Step:
    """A question for agreement, with buttons."""

    def ask(turn: TaskTurn) -> Reply:
        age = rule(current_rules(turn.session), "account.minimum_age")
        channel = say(turn.ctx, f"channel_{own_channel(turn.ctx)}")
        titles = {YES: f"button_{step}_yes", NO: f"button_{step}_no"}
        buttons = [choice(turn.ctx, step, value, replies().say(key, turn.ctx.locale)) for value, key in titles.items()]
        return Reply(say(turn.ctx, text, age=age, channel=channel), buttons)

    return Step(step, ask, yes_or_no(step), **more)


def _stop_on(step: str, text: str) -> Any:
    """A `find` that answers nothing, but ends the joining where an agreement before it was refused."""

    def find(turn: TaskTurn) -> None:
        if turn.values.get(step) == NO:
            age = rule(current_rules(turn.session), "account.minimum_age")
            raise TaskStopped(Result("declined", [Reply(say(turn.ctx, text, age=age))]))

    return find


def _ask_name(turn: TaskTurn) -> Reply:
    session, known = turn.session, turn.ctx.conversation.identity_id
    shown = session.get_one(ChannelIdentity, known).display_name if known else None
    suggested = shown if shown and _is_name(shown) else None
    return Reply(say(turn.ctx, "join_ask_name"), [choice(turn.ctx, "name", suggested, suggested)] if suggested else [])


def _is_name(text: str) -> bool:
    try:
        return bool(checked_name(text))
    except RuleViolationError:
        return False


def _is_email(text: str) -> bool:
    try:
        return bool(normal_email(text))
    except RuleViolationError:
        return False


def _known_member(turn: TaskTurn) -> None:
    """Somebody whose proved address has an account is signed in to it: nobody else is ever told that there is one."""
    customer_id = proved(turn).customer_id
    if customer_id is not None:
        raise TaskStopped(enter(turn.session, turn.ctx, customer_id, "join_known"))


def _ask_referral(turn: TaskTurn) -> Reply:
    none = choice(turn.ctx, "referral", NO, replies().say("button_referral_none", turn.ctx.locale))
    return Reply(say(turn.ctx, "join_ask_referral"), [none])


def _read_referral(turn: TaskTurn) -> str | None:
    if chosen("referral")(turn) is not None or turn.ctx.call.intent == "deny":
        return NO
    if (code := turn.ctx.value("referral_code") or turn.ctx.value("coupon_code")) is not None:
        return str(code)
    match = re.search(r"\b[A-Z]{2}[A-Z0-9]{4,10}\b", turn.ctx.call.text.upper())
    if match is not None:
        return match.group()
    return NO if re.search(r"없|몰라|모르|none|don'?t|no\b", turn.ctx.call.text, re.IGNORECASE) else None


def _finish(turn: TaskTurn) -> Result:
    session, ctx = turn.session, turn.ctx
    channel = own_channel(ctx)
    try:
        customer = join(
            session, code=proved(turn), name=turn.values["name"], language=ctx.locale,
            marketing=[channel] if turn.values["marketing"] == YES else [], source="chat",
            message_id=ctx.call.message_id, actor="bot", now=ctx.now,
        )  # fmt: skip
    except ConflictError as error:
        if error.code == "already_member":
            return enter(session, ctx, str(error.context["customer_id"]), "join_known")
        return Result("declined", [Reply(say(ctx, "signed_in_as_another"))])
    session.refresh(ctx.conversation, [Conversation.customer_id.key])
    effects = [Effect("profile_changed", customer.id), Effect("consent_changed", customer.id)]
    texts = [say(ctx, "joined", name=customer.name)]
    if turn.values["marketing"] == YES:
        texts.append(say(ctx, "joined_marketing", channel=say(ctx, f"channel_{channel}"), when=day(ctx, ctx.now)))
    if (told := _note_referral(turn, customer.id, effects)) is not None:
        texts.append(told)
    welcome = _welcome(turn, customer.id, effects)
    return Result("acted", [Reply(" ".join(texts)), *welcome], effects)


def _note_referral(turn: TaskTurn, customer_id: str, effects: list[Effect]) -> str | None:
    code = turn.values["referral"]
    if code == NO:
        return None
    try:
        referral = enter_referral(turn.session, friend_id=customer_id, code=code, now=turn.ctx.now)
    except NotFoundError:
        return say(turn.ctx, "joined_referral_unknown", code=code)
    except DangolError:
        return say(turn.ctx, "joined_referral_refused", code=code)
    effects.append(Effect("referral_recorded", referral.id))
    return say(turn.ctx, "joined_referral")


def _welcome(turn: TaskTurn, customer_id: str, effects: list[Effect]) -> list[Reply]:
    session, ctx = turn.session, turn.ctx
    try:
        coupon = request_welcome(
            session, customer_id=customer_id, idempotency_key=f"{ctx.call.key}:welcome", actor="bot", now=ctx.now
        )
    except _REFUSALS:
        return []
    terms = get_terms(session, coupon.terms_id)
    effects.append(Effect("coupon_issued", coupon.id))
    text = say(ctx, "welcome_issued", worth=worth(ctx, terms), when=day(ctx, coupon.expires_at))
    return [Reply(text, coupon=coupon_json(ctx, coupon, terms))]


JOIN = TaskKind(
    "sign_up",
    frozenset({"sign_up"}),
    (
        _agreeing("age", "join_ask_age"),
        _agreeing("terms", "join_ask_terms", find=_stop_on("age", "join_too_young")),
        _agreeing("privacy", "join_ask_privacy", find=_stop_on("terms", "join_refused")),
        Step("name", _ask_name, read_name, find=_stop_on("privacy", "join_refused"), check=check_name, free=True),
        email_step(lambda turn: Reply(say(turn.ctx, "join_ask_email", name=turn.values["name"]))),
        code_step("join"),
        _agreeing("marketing", "join_ask_marketing", find=_known_member),
        Step("referral", _ask_referral, _read_referral, certain=True),
    ),
    _finish,
    corrects={"email": ("code", "sent")},
)  # fmt: skip
HANDLERS: dict[str, Handler] = {"sign_up": sign_up}
TASKS = (JOIN,)
