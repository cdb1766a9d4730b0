"""Why a coupon cannot be used, in words."""

from __future__ import annotations

from datetime import datetime

from actions.context import TurnContext
from actions.wording import day, replies, say, won
from core.errors import DangolError


def why_not_usable(ctx: TurnContext, error: DangolError) -> str:
    """The reason of a refusal, with the date or amount that helps."""
    key = f"refused_{error.code}"
    if key not in replies().keys(ctx.locale):
        return say(ctx, "refused_coupon")
    values: dict[str, object] = {}
    if "minimum" in error.context:
        missing = int(str(error.context["minimum"])) - int(str(error.context.get("goods", 0)))
        values = {"minimum": won(ctx, int(str(error.context["minimum"]))), "missing": won(ctx, max(0, missing))}
    for name in ("expires_at", "starts_at"):
        if name in error.context:
            values["when"] = day(ctx, datetime.fromisoformat(str(error.context[name])))
    return say(ctx, key, **values)
