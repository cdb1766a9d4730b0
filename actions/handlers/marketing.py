"""Agreeing to advertising and taking it back: for each channel, at night apart, with what the law wants said (정보통신망법 §50)."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.wording import button, local, say
from core.clock import local_date
from crm_store.accounts.mails import written_day
from crm_store.consents.queries import standing
from crm_store.consents.service import ADVERTISING, give, withdraw
from crm_store.customers.models import Customer
from crm_store.shop.queries import current_rules, rule

MARKETING, NIGHT = ADVERTISING
_NIGHT = re.compile(r"야간|밤|새벽|심야|저녁|night|evening|late\b|overnight|after\s*(?:9|nine|dark)", re.IGNORECASE)
_EVERY = re.compile(r"전부|모두|모든|다\s*(?:받|보내|켜|동의)|\ball\b|every", re.IGNORECASE)
_REACH = ("email", "sms", "telegram", "kakao", "push")


def own_channel(ctx: TurnContext) -> str:
    """Where advertising reaches whoever writes here: on the messenger itself, from the page by e-mail."""
    return ctx.conversation.channel if ctx.conversation.channel in _REACH else "email"


def _named(ctx: TurnContext) -> list[str]:
    channels = [str(channel) for channel in ctx.values("channel")]
    return list(dict.fromkeys("email" if channel == "web" else channel for channel in channels if channel))


def opt_in(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Note the agreement: to the channels named, else to the one that reaches them; at night only where night is said."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "consents")
    night = bool(_NIGHT.search(ctx.call.text))
    wanted = _named(ctx) or [own_channel(ctx)]
    channels = [channel for channel in wanted if _reaches(ctx.customer, channel)]
    if not channels:
        missing = "phone" if "sms" in wanted else "email"
        change = button(ctx, "update_profile", "/update_profile")
        return Result("declined", [Reply(say(ctx, f"opt_in_no_{missing}"), [change])])
    for purpose in ADVERTISING if night else (MARKETING,):
        for channel in channels:
            give(
                session, customer_id=ctx.customer.id, purpose=purpose, channel=channel, source="chat",
                message_id=ctx.call.message_id, actor="customer", now=ctx.now,
            )  # fmt: skip
    text = f"{_statement(session, ctx, 'opted_in_night' if night else 'opted_in', channels)} {say(ctx, 'opted_in_how_out')}"
    return Result("acted", [Reply(text)], [Effect("consent_changed", ctx.customer.id)])


def _reaches(customer: Customer, channel: str) -> bool:
    return {"email": customer.email, "sms": customer.phone}.get(channel, "known") is not None


def opt_out(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """Take agreements back at once: on the channels named, else on all; of night messages alone where only night is said."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "consents")
    night = bool(_NIGHT.search(ctx.call.text)) and not _EVERY.search(ctx.call.text)
    purposes = (NIGHT,) if night else ADVERTISING
    named = _named(ctx)
    given = [row for row in standing(session, ctx.customer.id) if row.given and row.purpose in purposes]
    ending = {(row.purpose, row.channel) for row in given if not named or row.channel in named}
    # A refusal where nothing was agreed to is evidence too, so that nobody asks or begins again.
    refused = {(purpose, channel) for purpose in purposes for channel in named or ["all"]}
    changed = False
    for purpose, channel in sorted(ending | refused):
        changed |= withdraw(
            session, customer_id=ctx.customer.id, purpose=purpose, channel=channel, source="chat",
            message_id=ctx.call.message_id, actor="customer", now=ctx.now,
        )  # fmt: skip
    channels = named or sorted({channel for _, channel in ending}) or ["all"]
    if not changed:
        return Result("answered", [Reply(_statement(session, ctx, "opt_out_already", channels))])
    text = _statement(session, ctx, "opted_out_night" if night else "opted_out", channels)
    text = f"{text} {say(ctx, 'opted_out_service')}"
    return Result("acted", [Reply(text)], [Effect("consent_changed", ctx.customer.id)])


def _statement(session: Session, ctx: TurnContext, key: str, channels: list[str]) -> str:
    """What was agreed to or taken back, when, and with whom: the notice the law asks for within two weeks."""
    rules = current_rules(session)
    names = ", ".join(say(ctx, f"channel_{channel}") for channel in channels)
    today = written_day(local_date(ctx.now, str(rule(rules, "shop.timezone"))), ctx.locale)
    years = int(rule(rules, "consents.reconfirm_months")) // 12
    clock = {"begin": rule(rules, "consents.night_from"), "end": rule(rules, "consents.night_to")}
    return say(ctx, key, shop=local(ctx, rule(rules, "shop.name")), today=today, channels=names, years=years, **clock)


HANDLERS: dict[str, Handler] = {"opt_in_marketing": opt_in, "opt_out_marketing": opt_out}
