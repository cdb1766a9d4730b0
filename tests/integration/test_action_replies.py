"""Actions on a real store: rows as a shop's own data may have them, and a chat that a person took meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from actions.context import ActionCall, TurnContext
from actions.handlers.orders import tell_status
from actions.memory import Memory
from actions.result import Effect, Reply, Result
from actions.run import Tools, execute
from core.language import LOCALES, Locale
from crm_store.conversations.ownership import queue_for_staff
from crm_store.conversations.queries import get_conversation
from crm_store.customers.queries import get_customer
from crm_store.db import reading
from crm_store.orders.models import ORDER_STATES
from knowledge.live import LiveKnowledge
from tests.dialogue import SETTINGS
from tests.store.builders import NOW, make_conversation, make_customer, make_order, make_staff, put_rules
from tests.store.talk import accept, claimed, complete, said, take

# What is pressed asks nothing of the knowledge base.
TOOLS = Tools(LiveKnowledge.__new__(LiveKnowledge), SETTINGS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", ORDER_STATES)
def test_an_order_without_dates_is_described(sqlite_store: str, state: str, locale: Locale) -> None:
    put_rules()
    customer_id, conversation_id = make_customer(), make_conversation()
    make_order(customer_id, state=state)
    call = ActionCall("action_ask_order_status", "k", "m", conversation_id, locale, "", "", True, ())
    with reading() as session:
        conversation, customer = get_conversation(session, conversation_id), get_customer(session, customer_id)
        context = TurnContext(call, NOW, conversation, customer, (), Memory())
        result = tell_status(session, context, TOOLS)
    assert result.outcome == "answered"
    assert len(result.replies[0].text.splitlines()) == 2


def _give_coupon(session: Session, ctx: TurnContext, _: Tools) -> Result:
    queue_for_staff(session, ctx.conversation.id, ctx.now)
    return Result("acted", [Reply("쿠폰을 드렸어요.")], [Effect("coupon_issued", "c1")])


@pytest.mark.parametrize("taken", [False, True])
def test_an_action_does_nothing_once_a_person_owns_the_chat(store: str, taken: bool) -> None:
    conversation_id = make_conversation()
    message_id = accept(conversation_id, "m1").message.id
    work = claimed(conversation_id)
    if taken:
        take(conversation_id, make_staff())
    call = ActionCall("action_test", f"{message_id}:a:0", message_id, conversation_id, "ko", "", "", True, ())
    results = [execute(call, _give_coupon, TOOLS) for _ in range(2)]
    assert results[0] == results[1]
    assert len(results[0]["effects"]) == (0 if taken else 1)
    assert complete(work) is not taken
    assert [author for author, _ in said(conversation_id)] == (["customer"] if taken else ["customer", "bot"])
