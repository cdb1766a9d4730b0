"""Answers from the knowledge base; asking back when it is not clear, and a person when that does not help."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from actions.context import TurnContext
from actions.handlers.handover import hand_over
from actions.result import Button, Reply, Result
from actions.run import Handler, Tools
from actions.wording import person_button, say
from crm_store.shop.queries import current_rules
from knowledge.faq import Candidate
from knowledge.quoting import render

# What was not understood as a question is answered from an article only when that is far from doubt: many
# utterances that are none of the shop's business resemble some article a little.
SURE = 0.6
# Unclear turns in a row after which a person is fetched instead of asking once more.
PATIENCE = 2
BUTTON_TITLE = 60


def _article_reply(session: Session, ctx: TurnContext, tools: Tools, topic: str, score: float) -> Reply | None:
    """An article as a reply, in the message's language, else in the other one; None when the topic has none."""
    article = tools.knowledge.find_article(topic, ctx.locale)
    if article is None:
        return None
    text = render(article.body, current_rules(session), article.locale)
    return Reply(text, sources=[{"topic": topic, "title": article.title, "score": round(score, 4)}])


def _best_reply(session: Session, ctx: TurnContext, tools: Tools) -> Reply | None:
    """The best article as a reply, when it is likely enough for what the message was understood as."""
    threshold = tools.knowledge.answer_threshold
    if ctx.call.intent != "ask_faq":
        threshold = max(SURE, threshold)
    best = ctx.candidates[0] if ctx.candidates else None
    if best is None or best.score < threshold:
        return None
    return _article_reply(session, ctx, tools, best.topic, best.score)


def _choices(ctx: TurnContext, candidates: list[Candidate]) -> list[Button]:
    return [
        Button(candidate.title[:BUTTON_TITLE], f"/ask_faq{json.dumps({'topic': candidate.topic})}")
        for candidate in candidates
    ] + [person_button(ctx)]


def answer(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """Answer with the topic chosen by a button, else from the best article when it is good enough."""
    topic = ctx.value("topic")
    chosen = _article_reply(session, ctx, tools, str(topic), 1.0) if topic else None
    return Result("answered", [chosen]) if chosen else ask_back(session, ctx, tools)


def ask_back(session: Session, ctx: TurnContext, tools: Tools) -> Result:
    """An article that fits well answers; else likely ones are offered, and the second time in a row a person comes."""
    reply = _best_reply(session, ctx, tools)
    if reply is not None:
        return Result("answered", [reply])
    if ctx.conversation.unclear_streak + 1 >= PATIENCE:
        return hand_over(session, ctx, "handover_unclear")
    sure_enough = bool(ctx.candidates) and ctx.candidates[0].score >= tools.knowledge.ask_threshold
    likely = list(ctx.candidates) if sure_enough else []
    key = "did_you_mean" if likely else "unclear"
    return Result("asked", [Reply(say(ctx, key), _choices(ctx, likely))], unclear=True)


HANDLERS: dict[str, Handler] = {"ask_faq": answer, "nlu_fallback": ask_back}
