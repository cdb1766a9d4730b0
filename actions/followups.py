"""A follow-up that leaves out what it is about ("and to Jeju?", "any in blue?") is completed from the last request."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.run import Tools

_LEADS_ON = re.compile(
    r"^\s*(?:(?:그럼|그러면|그렇다면|그리고|아\s*그럼)|(?:(?:and|what|how)\s+about|then|and|so|what\s+if)\b)",
    re.IGNORECASE,
)
# "제주도는요?", "M은?": a topic particle and a question mark stand for a whole question.
_BARE_TOPIC = re.compile(r"^\s*\S+(?:\s\S+)?(?:은|는|도)(?:요)?\s*\?*\s*$")
_SHORT = 40
_SEARCHES = frozenset({"search_product", "recommend_product"})
_REFINES = frozenset({"colour", "size", "skin_type", "price_min", "price_max", "brand"})
_KEPT_CANDIDATES = 3


def complete_request(session: Session, ctx: TurnContext, tools: Tools) -> TurnContext:
    """The turn with what the message leaves out, where it is a follow-up; unchanged otherwise."""
    said, call = ctx.memory.said, ctx.call
    if call.pressed or not said.intent or len(call.text) > _SHORT or len(call.parts) > 1:
        return ctx
    if said.intent in _SEARCHES and _refines(ctx):
        return replace(ctx, call=replace(call, intent="search_product", text=f"{said.text} {call.text}", refines=True))
    if said.intent == "ask_faq" and (_LEADS_ON.search(call.text) or _BARE_TOPIC.match(call.text)):
        return _continued_question(ctx, tools)
    return ctx


def _refines(ctx: TurnContext) -> bool:
    """Whether the message only says more about what is looked for."""
    named = {entity.entity for entity in ctx.call.entities}
    own_noun = named & {"category", "product"}
    doubtful = ctx.call.confidence < 0.6 or ctx.call.intent in (
        "search_product",
        "check_stock",
        "affirm",
        "nlu_fallback",
    )
    return bool(named & _REFINES) and not own_noun and doubtful


def _continued_question(ctx: TurnContext, tools: Tools) -> TurnContext:
    """The question asked anew together with the one before, unless it stands well enough by itself."""
    alone = ctx.candidates[0].score if ctx.candidates else 0.0
    text = f"{ctx.memory.said.text} {ctx.call.text}"
    together = tuple(tools.knowledge.rank_articles(text, ctx.locale, _KEPT_CANDIDATES))
    if not together or (ctx.call.intent == "ask_faq" and alone >= together[0].score):
        return ctx
    return replace(
        ctx, call=replace(ctx.call, intent="ask_faq", confidence=max(0.6, ctx.call.confidence)), candidates=together
    )
