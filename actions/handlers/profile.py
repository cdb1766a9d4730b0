"""Changing what the shop knows of a customer."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.handlers.mailbox import can_mail, code_step, proved, refuse_without_mail
from actions.handlers.profile_values import FIELDS, find_value, read_field, read_value, shown
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskStopped, TaskTurn
from actions.tasks.reading import NO, YES, yes_or_no
from actions.tasks.running import begin, choice
from actions.wording import day, person_button, replies, say
from core.clock import local_date
from core.errors import ConflictError, RuleViolationError
from crm_store.accounts.emails import normal_email
from crm_store.accounts.profile import (
    GENDERS,
    SKIN_TYPES,
    birthday_free_on,
    change_email,
    change_profile,
    check_profile,
)
from crm_store.customers.queries import get_customer

_OPTIONS = {"gender": (*GENDERS, "none"), "skin_type": (*SKIN_TYPES, "none"), "language": ("ko", "en")}


def update(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Change one thing, step by step."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "profile")
    return begin(session, ctx, tools, PROFILE, customer=ctx.customer.id)


def _ask_field(turn: TaskTurn) -> Reply:
    labels = {field: _label(turn.ctx, field) for field in FIELDS}
    buttons = [choice(turn.ctx, "field", field, label[:1].upper() + label[1:]) for field, label in labels.items()]
    return Reply(say(turn.ctx, "profile_ask_field"), buttons)


def _label(ctx: TurnContext, field: str) -> str:
    return replies().say(f"field_{field}", ctx.locale)


def _ask_value(turn: TaskTurn) -> Reply:
    ctx, field = turn.ctx, str(turn.values["field"])
    _stop_what_may_not_change(turn, field)
    options = [
        choice(ctx, "value", option, replies().say(f"{field}_{option}", ctx.locale))
        for option in _OPTIONS.get(field, ())
    ]
    return Reply(say(ctx, f"profile_ask_{field}"), options)


def _stop_what_may_not_change(turn: TaskTurn, field: str) -> None:
    ctx = turn.ctx
    if field == "email" and not can_mail(turn.session, turn.tools):
        raise TaskStopped(refuse_without_mail(ctx))
    if field == "birthday":
        again_on = birthday_free_on(turn.session, get_customer(turn.session, turn.values["customer"]))
        if again_on is not None and local_date(ctx.now) < again_on:
            text = say(ctx, "birthday_changed", when=day(ctx, again_on))
            raise TaskStopped(Result("declined", [Reply(text, [person_button(ctx)])]))


def _find_value(turn: TaskTurn) -> Any:
    _stop_what_may_not_change(turn, str(turn.values["field"]))
    return find_value(turn)


def _check_value(turn: TaskTurn, value: Any) -> str | None:
    field = str(turn.values["field"])
    try:
        if field == "email":
            turn.values["email"] = normal_email(str(value))
        else:
            customer = get_customer(turn.session, turn.values["customer"])
            new = None if value == "none" else value
            check_profile(turn.session, customer, field=field, value=new, now=turn.ctx.now)
    except RuleViolationError as error:
        return _why_not(turn.ctx, error)
    return None


def _why_not(ctx: TurnContext, error: RuleViolationError) -> str:
    if error.code == "birthday_too_young":
        return say(ctx, "birthday_too_young", minimum=error.context["minimum"])
    return say(ctx, error.code)


def _change(turn: TaskTurn, field: str, value: Any) -> None:
    change_profile(
        turn.session, customer_id=turn.values["customer"], field=field, value=None if value == "none" else value,
        actor="customer", now=turn.ctx.now,
    )  # fmt: skip


def _ask_sure(turn: TaskTurn) -> Reply:
    ctx, field = turn.ctx, str(turn.values["field"])
    text = say(ctx, "profile_ask_sure", field=_label(ctx, field), value=shown(ctx, field, turn.values["value"]))
    return Reply(text, [choice(ctx, "sure", value, _word(ctx, value)) for value in (YES, NO)])


def _word(ctx: TurnContext, value: str) -> str:
    return replies().say(f"button_{value}", ctx.locale)


def _is_email(values: Any) -> bool:
    return bool(values.get("field") == "email")


def _finish(turn: TaskTurn) -> Result:
    ctx, field, value = turn.ctx, str(turn.values["field"]), turn.values["value"]
    customer_id = str(turn.values["customer"])
    if not _is_email(turn.values) and turn.values["sure"] != YES:
        return Result("answered", [Reply(say(ctx, "profile_kept"))])
    try:
        if field == "email":
            change_email(turn.session, customer_id=customer_id, code=proved(turn), actor="customer", now=ctx.now)
        else:
            _change(turn, field, value)
    except ConflictError:
        return Result("declined", [Reply(say(ctx, "email_taken"), [person_button(ctx)])])
    except RuleViolationError as error:
        return Result("declined", [Reply(_why_not(ctx, error))])
    if field == "language":
        ctx.conversation.locale = str(value)
    text = say(ctx, "profile_changed", field=_label(ctx, field), value=shown(ctx, field, value))
    return Result("acted", [Reply(text)], [Effect("profile_changed", customer_id)])


PROFILE = TaskKind(
    "update_profile",
    frozenset({"update_profile"}),
    (
        Step("field", _ask_field, read_field, find=read_field),
        Step("value", _ask_value, read_value, find=_find_value, check=_check_value, free=True),
        code_step("email", needed=_is_email),
        Step("sure", _ask_sure, yes_or_no("sure"), needed=lambda values: not _is_email(values)),
    ),
    _finish,
    corrects={"value": ("code", "sent", "sure")},
)
HANDLERS: dict[str, Handler] = {"update_profile": update}
TASKS = (PROFILE,)
