"""A follow-up that leaves out what it is about ("and to Jeju?", "any in blue?") is completed from the last request."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.references import points_at_shown
from actions.run import Tools
from actions.shopping_followups import intent_gone_on_with, names_goods_alone, price_bound

_LEADS_ON = re.compile(
    r"^\s*(?:(?:그럼|그러면|그렇다면|그리고|아\s*그럼)|(?:(?:and|what|how)\s+about|then|and|so|what\s+if)\b)",
    re.IGNORECASE,
)
# "제주도는요?", "M은?": a topic particle and a question mark stand for a whole question.
_BARE_TOPIC = re.compile(r"^\s*\S+(?:\s\S+)?(?:은|는|도)(?:요)?\s*\?*\s*$")
_SHORT = 40
# What goes on with a request is as sure as a request of its own that is well understood.
_GOES_ON = 0.8
_SEARCHES = frozenset({"search_product", "recommend_product"})
_REFINES = frozenset({"colour", "size", "skin_type", "price_min", "price_max", "brand"})
_KEPT_CANDIDATES = 3
_OF_ORDERS = frozenset({"ask_order_status", "list_orders"})
_PLACE_ALONE = re.compile(
    r"^\s*(?:그럼|그러면|그리고|(?:and|then|what\s+about|how\s+about)\b)?[\s,]*(?:the\s+)?"
    r"(?:(?:첫|두|세|네|다섯)\s*번째|[1-5]\s*번(?:째)?|마지막|(?:first|second|third|fourth|fifth|last)\b)"
    r"\s*(?:거|것|건|주문|one|order)?\s*(?:은|는|도)?(?:요)?\s*[?.!]*\s*$",
    re.IGNORECASE,
)


def complete_request(session: Session, ctx: TurnContext, tools: Tools) -> TurnContext:
    """The turn with what the message leaves out, where it is a follow-up; unchanged otherwise."""
    said, call = ctx.memory.said, ctx.call
    if call.pressed or len(call.text) > _SHORT or len(call.parts) > 1:
        return ctx
    if (intent := intent_gone_on_with(session, ctx)) is not None:
        return replace(ctx, call=replace(call, intent=intent, confidence=max(_GOES_ON, call.confidence)))
    likely = bool(ctx.candidates) and ctx.candidates[0].score >= tools.knowledge.ask_threshold
    if names_goods_alone(ctx) and not likely:
        return replace(ctx, call=replace(call, intent="search_product", confidence=_GOES_ON))
    if said.intent in _SEARCHES:
        return _refined(session, ctx)
    if said.intent == "ask_faq" and (_LEADS_ON.search(call.text) or _BARE_TOPIC.match(call.text)):
        return _continued_question(ctx, tools)
    if said.intent in _OF_ORDERS and _names_another_order(ctx):
        return replace(ctx, call=replace(call, intent="ask_order_status", confidence=max(_GOES_ON, call.confidence)))
    return ctx


def _names_another_order(ctx: TurnContext) -> bool:
    """Whether the message asks for nothing but another of the orders shown: "and the last one?", "두 번째 거는요?"."""
    return bool(ctx.memory.orders) and bool(_PLACE_ALONE.match(ctx.call.text))


def _refined(session: Session, ctx: TurnContext) -> TurnContext:
    """The search before with what this message adds to it; the turn as it is where it adds nothing."""
    bound, call = price_bound(session, ctx), ctx.call
    if bound is None and not _refines(ctx):
        return ctx
    entities = call.entities if bound is None else (*call.entities, bound)
    text = f"{ctx.memory.said.text} {call.text}"
    return replace(ctx, call=replace(call, intent="search_product", text=text, entities=entities, refines=True))


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
    return bool(named & _REFINES) and not own_noun and doubtful and not points_at_shown(ctx.call.text)


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
