"""Run an action once, whatever is repeated: its handler, its effects and its replies in one transaction under one key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions import memory
from actions.context import ActionCall, Entity, Part, TurnContext, read_call, with_entities
from actions.own_numbers import with_own_numbers
from actions.result import Result
from core.clock import utc_now
from core.logging import get_logger
from core.settings import Settings
from crm_store.conversations.models import ActionRun
from crm_store.conversations.queries import get_conversation
from crm_store.customers.queries import get_customer
from crm_store.db import transaction
from crm_store.shop.queries import shop_manner
from knowledge.catalogue_terms import Term
from knowledge.faq import Candidate
from knowledge.live import LiveKnowledge

KEPT_CANDIDATES = 3
# What only buttons carry.
_OF_BUTTONS = frozenset({"topic", "step", "choice", "id"})
_NOT_OF_GOODS = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "help", "bot_challenge", "cancel_flow", "chitchat", "abuse",
    "out_of_scope", "talk_to_human", "ask_points", "ask_coupons", "request_coupon", "exchange_points", "ask_tier",
    "check_in", "refer_friend", "sign_up", "link_account", "update_profile", "opt_in_marketing", "opt_out_marketing",
    "export_my_data", "delete_my_data",
})  # fmt: skip
_OF_CATALOGUE = frozenset({"product", "category", "brand"})


@dataclass(frozen=True, slots=True)
class Tools:
    """What handlers use beside the store."""

    knowledge: LiveKnowledge
    settings: Settings


Handler = Callable[[Session, TurnContext, Tools], Result]


def with_catalogue(call: ActionCall, tools: Tools) -> ActionCall:
    """The call with what the catalogue recognises; a category only where something is looked for (as the contract wants it).

    Of two entities that overlap the longer one counts: "로즈" is no colour in "로즈 토너". What the bot took for goods, a brand or
    a category gets the catalogue's id where the catalogue names it too, and is `unsold` where it does not.
    """
    terms = [term for term in tools.knowledge.find_terms(call.text) if _may_be_meant(term, call)]
    if call.intent != "search_product":
        terms = [replace(term, entity="product") if term.entity == "category" else term for term in terms]
    found = [Entity(term.entity, term.raw, term.value, term.start, term.end, term.ids) for term in terms]
    tagged = [entity for entity in call.entities if entity.entity in _OF_CATALOGUE and entity.start is not None]
    named = [_resolved(entity, found) for entity in tagged]
    resolved = list(dict.fromkeys(entity for entity in named if entity.ids))
    read = [entity for entity in call.entities if entity not in tagged]
    kept = [entity for entity in read if not any(_swallows(other, entity) for other in [*found, *resolved])]
    more = [
        other
        for other in found
        if (_names_goods(other) or not tagged) and not any(_overlap(other, entity) for entity in [*kept, *resolved])
    ]
    placed = [*resolved, *more]
    unsold = tuple(
        entity for entity in named if not entity.ids and not any(_overlap(entity, other) for other in placed)
    )
    return with_entities(replace(call, entities=tuple(kept), unsold=unsold), placed)


def _may_be_meant(term: Term, call: ActionCall) -> bool:
    """Outside of talk about goods a name counts only as an answer, where it is most of what was said: 모자 in 모자란 is none."""
    return call.intent not in _NOT_OF_GOODS or 2 * len(term.raw) >= len(call.text.strip())


def _names_goods(entity: Entity) -> bool:
    """Whether it is one product's or brand's name; a kind of goods in passing is only that where the bot hears none at all."""
    return entity.entity == "brand" or (
        entity.entity == "product" and len(entity.ids) == 1 and " " in entity.raw.strip()
    )


def _resolved(tagged: Entity, found: Sequence[Entity]) -> Entity:
    """What the bot took for a name, with the catalogue's longest name in it or around it; without ids where there is none."""
    makers = tagged.entity == "brand"
    there = [other for other in found if _overlap(other, tagged) and (other.entity == "brand") == makers]
    if not there:
        return replace(tagged, value=None)
    best = max(there, key=lambda other: len(other.raw))
    wider = best if len(best.raw) > len(tagged.raw) else tagged
    return replace(tagged, raw=wider.raw, start=wider.start, end=wider.end, value=best.value, ids=best.ids)


def _overlap(one: Entity, other: Entity) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end


def _swallows(one: Entity, other: Entity) -> bool:
    return _overlap(one, other) and len(one.raw) > len(other.raw)


def _understand(call: ActionCall, tools: Tools) -> tuple[ActionCall, tuple[Candidate, ...]]:
    """The call with the catalogue's entities, and the articles nearest to it. Outside the transaction: it may take a while."""
    if call.pressed or not call.text.strip():
        return call, ()
    candidates = _candidates(call.text, call, tools)
    parts = tuple(_understand_part(part, call, tools) for part in call.parts)
    return with_catalogue(replace(call, parts=parts), tools), candidates


def _candidates(text: str, call: ActionCall, tools: Tools) -> tuple[Candidate, ...]:
    return tuple(tools.knowledge.rank_articles(text, call.locale, KEPT_CANDIDATES))


def _understand_part(part: Part, call: ActionCall, tools: Tools) -> Part:
    alone = replace(call, text=part.text, intent=part.intent, entities=part.entities, parts=())
    return replace(part, entities=with_catalogue(alone, tools).entities, candidates=_candidates(part.text, call, tools))


def _find_run(session: Session, key: str) -> dict[str, Any] | None:
    return session.scalar(select(ActionRun.result).where(ActionRun.key == key))


def _run_once(call: ActionCall, candidates: tuple[Candidate, ...], converse: Handler, tools: Tools) -> dict[str, Any]:
    with transaction() as session:
        before = _find_run(session, call.key)
        if before is not None:
            return before
        conversation = get_conversation(session, call.conversation_id)
        customer = get_customer(session, conversation.customer_id) if conversation.customer_id else None
        now = utc_now()
        if conversation.state == "staff":
            # Taken over since the message came: a person decides now, and the bot would act behind their back.
            result = Result("declined", []).to_json()
        else:
            remembered = memory.load(session, conversation)
            call = with_own_numbers(session, call, customer)
            ctx = TurnContext(call, now, conversation, customer, candidates, remembered, *shop_manner(session))
            result = converse(session, ctx, tools).to_json()
            memory.save(session, conversation, remembered, now)
        result["entities"] = [_entity_json(entity) for entity in call.said if entity.entity not in _OF_BUTTONS]
        result["candidates"] = [{"topic": c.topic, "score": round(c.score, 4)} for c in candidates]
        run = ActionRun(key=call.key, message_id=call.message_id, action=call.action, result=result, created_at=now)
        session.add(run)
        session.flush()
        return result


def _entity_json(entity: Entity) -> dict[str, Any]:
    """As the public API has it."""
    return {name: getattr(entity, name) for name in ("entity", "raw", "value", "start", "end")}


def execute(call: ActionCall, converse: Handler, tools: Tools) -> dict[str, Any]:
    """The result of the run, as stored; the same key again returns the stored one."""
    call, candidates = _understand(call, tools)
    try:
        return _run_once(call, candidates, converse, tools)
    except IntegrityError:
        # The same turn ran in two places at once: the other was first, and its result counts.
        with transaction() as session:
            before = _find_run(session, call.key)
        if before is None:
            raise
        return before


class DangolAction(Action):
    """The dialogue as Rasa calls it. The reply stays in the store; Rasa gets nothing but the run's key."""

    def __init__(self, name: str, converse: Handler, tools: Tools) -> None:
        self._name, self._converse, self._tools = name, converse, tools

    def name(self) -> str:
        """The action's name in the domain."""
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Run it in a thread, so that one slow action holds up nobody; every exception fails the turn."""
        call = read_call(self._name, tracker)
        result = await asyncio.to_thread(execute, call, self._converse, self._tools)
        get_logger().info(
            "action_ran", action=self._name, conversation_id=call.conversation_id, message_id=call.message_id,
            outcome=result["outcome"],
        )  # fmt: skip
        dispatcher.utter_message(json_message={"run": call.key})
        return []
