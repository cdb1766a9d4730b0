"""Signing in from the chat: a one-time code to the account's e-mail, or the shop's own sign-in."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import serve_after_sign_in
from actions.handlers.mailbox import can_mail, code_step, email_step, proved, refuse_without_mail
from actions.result import Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import TaskKind, TaskTurn
from actions.tasks.running import begin
from actions.wording import button, person_button, say
from core.errors import ConflictError
from crm_store.accounts.signing_in import sign_in_verified
from crm_store.customers.models import Customer
from crm_store.customers.queries import get_customer


def link(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Find out who is writing; somebody known is told so, and what they asked for before is served."""
    if ctx.customer is not None:
        serve_after_sign_in(ctx)
        return Result("answered", [Reply(_greeting(ctx, "already_verified", ctx.customer))])
    if ctx.call.pressed and ctx.value("channel") == "web":
        return Result("asked", [Reply(say(ctx, "shop_login_how"), [button(ctx, "code_login", "/link_account")])])
    if not can_mail(session, tools):
        return refuse_without_mail(ctx)
    return begin(session, ctx, tools, LINK)


def _ask_email(turn: TaskTurn) -> Reply:
    return Reply(say(turn.ctx, "link_ask_email"))


def _finish(turn: TaskTurn) -> Result:
    customer_id = proved(turn).customer_id
    assert customer_id is not None  # a code to sign in is only ever right for an account
    return enter(turn.session, turn.ctx, customer_id, "verified")


def enter(session: Session, ctx: TurnContext, customer_id: str, lead: str) -> Result:
    """Sign in as the owner of a proved mailbox; `lead` is the key of the text."""
    try:
        sign_in_verified(session, conversation_id=ctx.conversation.id, customer_id=customer_id, now=ctx.now)
    except ConflictError:
        return Result("declined", [Reply(say(ctx, "signed_in_as_another"), [person_button(ctx)])])
    session.refresh(ctx.conversation)
    customer = get_customer(session, customer_id)
    text = _greeting(ctx, lead, customer)
    if not serve_after_sign_in(ctx):
        text = f"{text} {say(ctx, 'verified_what_next')}"
    return Result("acted", [Reply(text)])


def _greeting(ctx: TurnContext, key: str, customer: Customer) -> str:
    return say(ctx, f"{key}_by_name", name=customer.name) if customer.name else say(ctx, key)


LINK = TaskKind(
    "link_account",
    frozenset({"link_account"}),
    (email_step(_ask_email), code_step("sign_in")),
    _finish,
    corrects={"email": ("code", "sent")},
)
HANDLERS: dict[str, Handler] = {"link_account": link}
TASKS = (LINK,)
