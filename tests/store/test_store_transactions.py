"""What `crm_store.db` promises: a reading transaction is one moment, and an error tells nothing of the rows."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from core.ids import new_id
from crm_store.conversations.models import Conversation
from crm_store.conversations.ownership import queue_for_staff
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from tests.store.builders import NOW, make_conversation


def test_a_reading_transaction_sees_one_moment(store: str) -> None:
    first, second = make_conversation(), make_conversation()
    with reading() as session:
        before = session.get_one(Conversation, first).state
        with transaction() as writing:
            queue_for_staff(writing, second, NOW)
        assert (before, session.get_one(Conversation, second).state) == ("bot", "bot")
    with reading() as session:
        assert session.get_one(Conversation, second).state == "waiting_for_staff"


def test_an_error_of_the_database_quotes_no_row(store: str) -> None:
    row = {"id": new_id(), "name": "김비밀", "email": "secret@dangol.example", "tier": None, "created_at": NOW}
    with pytest.raises(IntegrityError) as caught, transaction() as session:
        session.add(Customer(**row))
    for error in (caught.value, caught.value.orig):
        assert "김비밀" not in str(error)
        assert "secret@" not in str(error)
        assert "tier" in str(error)
