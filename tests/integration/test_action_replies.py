"""Handlers on rows as a shop's own data may have them: a reply that lacks a value would fail the customer's turn."""

from __future__ import annotations

import pytest

from actions.context import ActionCall, TurnContext
from actions.handlers.orders import tell_status
from actions.run import Tools
from core.language import LOCALES, Locale
from crm_store.conversations.queries import get_conversation
from crm_store.customers.queries import get_customer
from crm_store.db import reading
from crm_store.orders.models import ORDER_STATES
from knowledge.live import LiveKnowledge
from tests.store.builders import NOW, make_conversation, make_customer, make_order, put_rules


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", ORDER_STATES)
def test_an_order_without_dates_is_described(sqlite_store: str, state: str, locale: Locale) -> None:
    put_rules()
    customer_id, conversation_id = make_customer(), make_conversation()
    make_order(customer_id, state=state)
    call = ActionCall("action_ask_order_status", "k", "m", conversation_id, locale, "", "", True, ())
    with reading() as session:
        conversation, customer = get_conversation(session, conversation_id), get_customer(session, customer_id)
        context = TurnContext(call, NOW, conversation, customer, ())
        result = tell_status(session, context, Tools(LiveKnowledge.__new__(LiveKnowledge)))
    assert result.outcome == "answered"
    assert len(result.replies[0].text.splitlines()) == 2
