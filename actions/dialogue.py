"""Decide what a message is in its conversation: an answer to an open task, a change of mind, a new request, several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from actions.context import Entity, Part, TurnContext
from actions.doubt import doubt, is_doubtful
from actions.followups import complete_request
from actions.handlers.conversation import decline_not_yet
from actions.memory import Said
from actions.result import Effect, Reply, Result
from actions.run import Handler, Tools
from actions.tasks.kinds import Step, TaskKind, TaskTurn
from actions.tasks.reading import agrees, asks_for_something, begins_with_yes, hesitates
from actions.tasks.running import miss, resume, take, task_name
from actions.wording import say
from crm_store.customers.queries import get_customer

# From here on a message in the middle of a task is a request of its own and no answer: surer where an answer was found.
CLEAR = 0.6
# "I found a cheaper place" sounds like a search, and is why an order is cancelled.
CLEAR_OF_A_REASON = 0.9
CLEAR_AGAINST_ANSWER = 0.75
# So sure of another request after a yes: "네, 근데 포인트 먼저 알려줘".
SURE_OF_OTHER = 0.9
# Nothing that anybody asks for in the middle of something.
_NO_REQUEST = frozenset({"affirm", "deny", "nlu_fallback", "out_of_scope", "chitchat", "greet", "thank", "abuse"})
# Turns that say nothing which a follow-up could hang on.
_SMALL = _NO_REQUEST | {"goodbye", "help", "bot_challenge", "cancel_flow", "choose", "withdraw_handover"}


class Dialogue:
    """The handlers and task kinds there are, put to work on one message at a time."""

    def __init__(self, handlers: Mapping[str, Handler], kinds: Mapping[str, TaskKind]) -> None:
        self._handlers, self._kinds = handlers, kinds

    @property
    def intents(self) -> list[str]:
        """The intents that have a handler."""
        return list(self._handlers)

    def converse(self, session: Session, ctx: TurnContext, tools: Tools) -> Result:
        """What to do and say. Writes the conversation's memory into `ctx.memory`; the caller keeps it."""
        ctx.memory.next_turn()
        result = self._in_task(session, ctx, tools) if ctx.memory.task is not None else None
        if result is None:
            ctx = complete_request(session, ctx, tools)
            result = self._serve(session, ctx, tools)
        if ctx.memory.task is None and ctx.memory.waiting and result.outcome != "handed_over":
            result = self._serve_waiting(session, ctx, tools, result)
        _remember(ctx, result)
        return result

    def handle(self, session: Session, ctx: TurnContext, tools: Tools) -> Result:
        """The handler of the message's intent, without regard to what is open."""
        return self._handlers.get(ctx.call.intent, decline_not_yet)(session, ctx, tools)

    # ------------------------------------------------------------------ an open task
    def _in_task(self, session: Session, ctx: TurnContext, tools: Tools) -> Result | None:
        """What the message means for the open task; None when it is over and the message stands for itself."""
        task = ctx.memory.task
        kind = self._kinds.get(task.kind) if task else None
        step = kind.step(task.step) if kind and task else None
        if task is None or kind is None or step is None:
            ctx.memory.task = None
            return None
        if not ctx.call.pressed and _agrees(ctx, step):  # "네, 바꿔 주세요" is no wish to exchange something
            ctx = replace(ctx, call=replace(ctx.call, intent="affirm"))
        elif not ctx.call.pressed and hesitates(ctx.call.text):
            ctx = replace(ctx, call=replace(ctx.call, intent="chitchat"))
        turn = TaskTurn(session, ctx, tools, task)
        plain = None if ctx.call.pressed else step.plain(turn)
        if plain is None and ctx.call.intent == "cancel_flow" and (ctx.call.confidence >= CLEAR or not step.free):
            return _stop(ctx, kind)
        if ctx.call.pressed:
            return self._pressed(turn, kind)
        if plain is not None:
            return replace(take(turn, kind, step, plain), answers=True)
        if ctx.call.intent == "affirm" and ctx.memory.offered is not None:
            return self._interrupted(replace(turn, ctx=_for_part(ctx, _kept(ctx.memory.offered), 0)), kind)
        return self._read(turn, kind, step)

    def _read(self, turn: TaskTurn, kind: TaskKind, step: Step) -> Result:
        """A written message at a step: a new request, an answer, a correction of an earlier one, or of no use."""
        ctx = turn.ctx
        value = step.read(turn)
        if self._interrupts(ctx, kind, step, value):
            return self._interrupted(turn, kind)
        if step.free and ctx.call.intent in kind.intents and (corrected := _correct(turn, kind)) is not None:
            return replace(corrected, answers=True)
        if value is not None:
            return replace(take(turn, kind, step, value), answers=True)
        if (corrected := _correct(turn, kind)) is not None:
            return replace(corrected, answers=True)
        if ctx.call.intent == "deny":
            return _stop(ctx, kind)
        asks = ctx.call.intent not in kind.intents and _is_question(ctx, turn.tools)
        return self._interrupted(turn, kind) if asks else miss(turn, kind, step)

    def _pressed(self, turn: TaskTurn, kind: TaskKind) -> Result:
        if turn.ctx.call.intent != "choose":
            return self._interrupted(turn, kind)
        step = kind.step(turn.ctx.value("step"))
        value = step.read(turn) if step else None
        if step is None or value is None:
            return self._with_resumed(turn, kind, Result("asked", [Reply(say(turn.ctx, "choice_stale"))]))
        return take(turn, kind, step, value)

    def _interrupts(self, ctx: TurnContext, kind: TaskKind, step: Step, value: Any) -> bool:
        intent, sure = ctx.call.intent, ctx.call.confidence
        if intent in _NO_REQUEST or intent in kind.intents or is_doubtful(ctx):
            return False
        if intent in step.takes:
            return step.free and sure >= CLEAR_AGAINST_ANSWER and asks_for_something(ctx.call.text)
        if step.certain and value is not None:
            return False
        if step.free and not asks_for_something(ctx.call.text):
            return sure >= CLEAR_OF_A_REASON
        return sure >= (CLEAR if value is None or step.free else CLEAR_AGAINST_ANSWER)

    def _interrupted(self, turn: TaskTurn, kind: TaskKind) -> Result:
        """Serve what came in between; the task goes on after it unless another one was begun or a person is called."""
        ctx = turn.ctx
        result = self.handle(turn.session, ctx, turn.tools)
        if ctx.memory.task is not turn.task:
            left = Reply(say(ctx, "task_left", task=task_name(ctx, kind)))
            return replace(result, replies=[left, *result.replies])
        if result.outcome == "handed_over":
            ctx.memory.task = None
            return result
        return self._with_resumed(turn, kind, result)

    def _with_resumed(self, turn: TaskTurn, kind: TaskKind, result: Result) -> Result:
        return replace(result, replies=[*result.replies, *resume(turn, kind)], unclear=False)

    # ------------------------------------------------------------------ new requests
    def _serve(self, session: Session, ctx: TurnContext, tools: Tools) -> Result:
        if ctx.memory.offered is not None and _accepts(ctx):
            return self.handle(session, _for_part(ctx, _kept(ctx.memory.offered), 0), tools)
        if ctx.memory.offered is not None and ctx.memory.offered["intent"] == "link_account" and ctx.value("email"):
            # The address itself, in answer to whether a code may be sent there.
            return self.handle(session, replace(ctx, call=replace(ctx.call, intent="link_account")), tools)
        if len(ctx.call.parts) < 2:
            if is_doubtful(ctx):
                return doubt(session, ctx, tools)
            return self.handle(session, ctx, tools)
        results: list[Result] = []
        for number, part in enumerate(ctx.call.parts):
            alone = _for_part(ctx, part, number)
            serve = doubt if is_doubtful(alone) else self.handle
            results.append(serve(session, alone, tools))
            if ctx.memory.task is not None or results[-1].outcome == "handed_over":
                ctx.memory.waiting = [_waiting(left) for left in ctx.call.parts[number + 1 :]]
                break
        return _together(results)

    def _serve_waiting(self, session: Session, ctx: TurnContext, tools: Tools, before: Result) -> Result:
        """The requests that came in one message with the task that is over now."""
        waiting, ctx.memory.waiting = ctx.memory.waiting, []
        if ctx.customer is None and ctx.conversation.customer_id is not None:  # the task was to sign in
            ctx = replace(ctx, customer=get_customer(session, ctx.conversation.customer_id))
        results = [before]
        for number, kept in enumerate(waiting):
            candidates = tuple(tools.knowledge.rank_articles(kept["text"], ctx.locale, 3))
            part = replace(_kept(kept), candidates=candidates)
            alone = _for_part(ctx, part, number)
            serve = doubt if is_doubtful(alone) else self.handle
            results.append(serve(session, alone, tools))
            if ctx.memory.task is not None:
                ctx.memory.waiting = waiting[number + 1 :]
                break
        return _together(results)


def _agrees(ctx: TurnContext, step: Step) -> bool:
    """Whether a message at a step is a yes, whatever it was taken for."""
    text, sure = ctx.call.text, ctx.call.confidence
    return agrees(text) or (not step.free and begins_with_yes(text) and sure < SURE_OF_OTHER)


def _accepts(ctx: TurnContext) -> bool:
    """Whether a message takes what was offered: a yes, or one with words that make nothing else clear ("네, 코드 보내 주세요")."""
    call = ctx.call
    if call.pressed or not call.text:
        return call.intent == "affirm"
    return (
        call.intent == "affirm" or agrees(call.text) or (begins_with_yes(call.text) and call.confidence < SURE_OF_OTHER)
    )


def _stop(ctx: TurnContext, kind: TaskKind) -> Result:
    ctx.memory.task = None
    return Result("answered", [Reply(say(ctx, "task_stopped", task=task_name(ctx, kind)))], answers=True)


def _correct(turn: TaskTurn, kind: TaskKind) -> Result | None:
    """An answer given before, changed by this message."""
    for name in kind.corrects:
        step = kind.step(name)
        if step is None or name not in turn.values:
            continue
        value = step.read(turn)
        if value is not None and value != turn.values[name]:
            return take(turn, kind, step, value)
    return None


def _is_question(ctx: TurnContext, tools: Tools) -> bool:
    """Whether an article answers the message so well that it is a question, whatever it was taken for."""
    return bool(ctx.candidates) and ctx.candidates[0].score >= max(0.6, tools.knowledge.answer_threshold)


def _for_part(ctx: TurnContext, part: Part, number: int) -> TurnContext:
    call = replace(
        ctx.call, text=part.text, intent=part.intent, confidence=part.confidence, entities=part.entities, parts=(),
        key=f"{ctx.call.key}:{number}",
    )  # fmt: skip
    return replace(ctx, call=call, candidates=part.candidates)


def _waiting(part: Part) -> dict[str, Any]:
    return {"intent": part.intent, "text": part.text, "entities": [asdict(entity) for entity in part.entities]}


def _kept(request: dict[str, Any]) -> Part:
    """A request out of the memory, as if it came now."""
    return Part(request["text"], request["intent"], 1.0, tuple(Entity(**entity) for entity in request["entities"]))


# What happened counts more than what was only said.
_WEIGHT = ("chatted", "answered", "declined", "asked", "handed_over", "acted")


def _together(results: list[Result]) -> Result:
    replies = [reply for result in results for reply in result.replies]
    effects: list[Effect] = [effect for result in results for effect in result.effects]
    outcome = max((result.outcome for result in results), key=_WEIGHT.index)
    return Result(outcome, replies, effects, answers=results[0].answers)


def _remember(ctx: TurnContext, result: Result) -> None:
    shown = [str(card["id"]) for reply in result.replies for card in reply.products]
    if shown:
        ctx.memory.show_products(list(dict.fromkeys(shown)))
    if result.about is not None:
        ctx.memory.product = result.about
    if ctx.call.intent not in _SMALL and not result.answers:
        sources = [source["topic"] for reply in result.replies for source in reply.sources]
        kept = ctx.memory.said.filters if ctx.call.intent in ("search_product", "recommend_product") else {}
        ctx.memory.said = Said(ctx.call.intent, ctx.call.text, sources[0] if sources else None, kept)
