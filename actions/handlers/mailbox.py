"""Proving a mailbox in the chat: an e-mail address, then the code sent there. Steps that several tasks share."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.result import Effect, Reply, Result
from actions.run import Tools
from actions.tasks.kinds import Step, TaskStopped, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import choice
from actions.wording import person_button, replies, say
from core.errors import RateLimitedError, RuleViolationError
from crm_store.accounts.caught import catches_mail
from crm_store.accounts.codes import Purpose, redeem_code, send_code
from crm_store.accounts.emails import normal_email
from crm_store.accounts.models import OneTimeCode

AGAIN = "again"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"(?<![\w@.+-])(\d{3})[\s-]?(\d{3})(?![\w@.-]*@|[-\s]?\d)")
_AGAIN = re.compile(
    r"다시|재전송|재발송|안\s*(?:왔|와|옴|오네)|못\s*받|resend|again|another|new\s+code|(?:didn'?t|not|haven'?t|never)\s+(?:\w+\s+)?"
    r"(?:get|got|receive|arrive|come)",
    re.IGNORECASE,
)


def key_of(tools: Tools) -> bytes:
    """The key codes are hashed with."""
    return tools.settings.secret_key.get_secret_value().encode()


def can_mail(session: Session, tools: Tools) -> bool:
    """Whether a mail would arrive anywhere."""
    return bool(tools.settings.smtp.url) or catches_mail(session)


def refuse_without_mail(ctx: TurnContext) -> Result:
    """Say that no code can be sent here."""
    return Result("declined", [Reply(say(ctx, "code_no_mail"), [person_button(ctx)])])


def _plain(turn: TaskTurn) -> str:
    return "" if turn.ctx.call.pressed else unicodedata.normalize("NFKC", turn.ctx.call.text)


def read_email(turn: TaskTurn) -> str | None:
    """The address in the message."""
    if (found := turn.ctx.value("email")) is not None:
        return str(found).lower()
    match = _EMAIL.search(_plain(turn))
    return match.group().lower().rstrip(".") if match else None


def email_step(
    ask: Callable[[TaskTurn], Reply], *, needed: Callable[[Mapping[str, Any]], bool] = lambda _: True
) -> Step:
    """Ask for an address."""

    def check(turn: TaskTurn, value: Any) -> str | None:
        try:
            normal_email(str(value))
        except RuleViolationError:
            return say(turn.ctx, "email_invalid")
        return None

    return Step("email", ask, read_email, find=read_email, check=check, needed=needed, certain=True)


def code_step(purpose: Purpose, *, needed: Callable[[Mapping[str, Any]], bool] = lambda _: True) -> Step:
    """Send a code to the address in `values["email"]` and ask for it. Afterwards `values["proved"]` is the used code's id."""

    def ask(turn: TaskTurn) -> Reply:
        again = choice(turn.ctx, "code", AGAIN, replies().say("button_code_again", turn.ctx.locale))
        if "sent" in turn.values:
            return Reply(say(turn.ctx, "code_ask_again", email=turn.values["email"]), [again])
        try:
            _send(turn, purpose)
        except RateLimitedError as error:
            if error.code != "code_too_soon":
                raise TaskStopped(_too_many(turn.ctx)) from error
            return Reply(_too_soon(turn.ctx, error), [again])
        text = say(turn.ctx, f"code_ask_{purpose}", email=turn.values["email"])
        if not turn.tools.settings.smtp.url:  # only the demonstration comes here without a mail server
            text = f"{text} {say(turn.ctx, 'code_ask_demo', page=f'{turn.tools.settings.pages_url}/demo/mail')}"
        return Reply(text, [again])

    def check(turn: TaskTurn, value: Any) -> str | None:
        return _send_again(turn, purpose) if value == AGAIN else _try(turn, purpose, str(value))

    return Step("code", ask, _read_code, check=check, needed=needed, certain=True)


def proved(turn: TaskTurn) -> OneTimeCode:
    """The code that was used."""
    return turn.session.get_one(OneTimeCode, turn.values["proved"])


def _read_code(turn: TaskTurn) -> str | None:
    if (pressed := chosen("code")(turn)) is not None:
        return AGAIN if pressed == AGAIN else None
    text = _plain(turn)
    if (match := _CODE.search(text)) is not None and "@" not in text:
        return match[1] + match[2]
    return AGAIN if _AGAIN.search(text) and "@" not in text else None


def _send(turn: TaskTurn, purpose: Purpose) -> None:
    code = send_code(
        turn.session, conversation_id=turn.ctx.conversation.id, email=turn.values["email"], purpose=purpose,
        secret_key=key_of(turn.tools), language=turn.ctx.locale, now=turn.ctx.now,
    )  # fmt: skip
    turn.values["sent"] = True
    turn.effects.append(Effect("verification_started", code.id))


def _send_again(turn: TaskTurn, purpose: Purpose) -> str:
    turn.task.misses -= 1  # asking for another code is no answer of no use
    try:
        _send(turn, purpose)
    except RateLimitedError as error:
        return _too_soon(turn.ctx, error) if error.code == "code_too_soon" else say(turn.ctx, "code_too_many")
    return say(turn.ctx, "code_resent")


def _try(turn: TaskTurn, purpose: Purpose, digits: str) -> str | None:
    try:
        code = redeem_code(
            turn.session, conversation_id=turn.ctx.conversation.id, purpose=purpose, code=digits,
            secret_key=key_of(turn.tools), now=turn.ctx.now,
        )  # fmt: skip
    except RuleViolationError as error:
        return say(turn.ctx, error.code, **error.context)
    turn.values["proved"] = code.id
    return None


def _too_soon(ctx: TurnContext, error: RateLimitedError) -> str:
    return say(ctx, "code_too_soon", seconds=math.ceil(float(str(error.context["retry_after"]))))


def _too_many(ctx: TurnContext) -> Result:
    return Result("declined", [Reply(say(ctx, "code_too_many"), [person_button(ctx)])])
