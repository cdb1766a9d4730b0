"""A shop's own data answers its own customers: in its currency, by its own order numbers, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_store.customers.queries import find_by_external_ref
from crm_store.db import reading
from tests.dialogue import Chat
from tests.store.builders import put_rules
from tests.store.import_files import take_in

ORDERS = """number,customer,placed_at,product,quantity,unit_price
ab-1001,c-1,2026-01-01,lantern,2,3.39
40312,c-1,2026-01-05,lantern,1,3.39
77,c-1,2026-01-06,lantern,1,1.05
ab-1002,c-2,2026-01-02,lantern,1,3.39
"""


@pytest.fixture
def chat(sqlite_store: str, tmp_path: Path) -> Chat:
    put_rules(shop__currency="GBP", shop__timezone="Europe/London")
    take_in(tmp_path, "products", "id,name_en,price\nlantern,White Metal Lantern,3.39\n")
    take_in(tmp_path, "customers", "ref,language\nc-1,en\nc-2,en\n")
    take_in(tmp_path, "orders", ORDERS)
    with reading() as session:
        customer = find_by_external_ref(session, "c-1")
    assert customer is not None
    return Chat(customer_id=customer.id, locale="en")


@pytest.mark.parametrize(
    ("text", "number", "total"),
    [
        ("where is AB-1001?", "AB-1001", "£6.78"),
        ("order number 40312 please", "40312", "£3.39"),
        ("what about order 77", "77", "£1.05"),
    ],
)
def test_an_order_is_found_by_the_shops_own_number(chat: Chat, text: str, number: str, total: str) -> None:
    chat.say("ask_order_status", text, order_number="DG000000")
    assert number in chat.text
    assert total in chat.text
    assert "White Metal Lantern" in chat.text


def test_a_short_number_alone_is_none(chat: Chat) -> None:
    chat.say("ask_order_status", "i paid 77 pounds in all, where is it")
    assert [entity for entity in chat.last["entities"] if entity["entity"] == "order_number"] == []


def test_somebody_elses_number_is_as_good_as_unknown(chat: Chat) -> None:
    chat.say("ask_order_status", "where is ab-1002?", order_number="AB-1002")
    assert chat.last["outcome"] == "declined"
    assert "£" not in chat.text
