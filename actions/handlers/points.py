"""The points balance."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.account import ask_to_verify
from actions.result import Reply, Result
from actions.run import Handler, Tools
from actions.wording import day, say
from crm_store.points.queries import balance, expiring
from crm_store.shop.queries import current_rules, rule


def tell_balance(session: Session, ctx: TurnContext, _: Tools) -> Result:
    """The balance, what expires soon, and from how many points they can be used."""
    if ctx.customer is None:
        return ask_to_verify(ctx, "points")
    rules = current_rules(session)
    points = balance(session, ctx.customer.id, ctx.now)
    parts = [say(ctx, "points_balance", points=points) if points else say(ctx, "points_none")]
    until = ctx.now + timedelta(days=rule(rules, "points.expiry_notice_days"))
    for when, amount in expiring(session, ctx.customer.id, now=ctx.now, until=until):
        parts.append(say(ctx, "points_expiring", when=day(ctx, when), points=amount))
    minimum = rule(rules, "points.minimum_use")
    if points:
        parts.append(say(ctx, "points_usable" if points >= minimum else "points_too_few", minimum=minimum))
    return Result("answered", [Reply("\n".join(parts))])


HANDLERS: dict[str, Handler] = {"ask_points": tell_balance}
