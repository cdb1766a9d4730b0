"""Carts, wishes, stock and regular deliveries in conversation, on a real store with a real product index."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from actions.checkout import AUDIENCE
from actions.run import Tools
from channels.notices import announce_regular, order_regular, tell_restocked
from core.clock import utc_now
from crm_store.carts.queries import view
from crm_store.catalogue.inventory import set_stock
from crm_store.conversations.models import Message
from crm_store.coupons import service as coupons
from crm_store.db import reading, transaction
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.regular_deliveries.models import RegularDelivery
from crm_store.regular_deliveries.service import list_active
from crm_store.wishes.service import list_wishlist
from knowledge.encoder import load_encoder
from knowledge.products import ProductIndex
from knowledge.shop_rows import list_facts
from tests.dialogue import SETTINGS, Chat, NoKnowledge
from tests.integration.shop_shelf import make_buyer, stock_shelf
from tests.store.builders import make_terms, put_rules


class ShelfKnowledge(NoKnowledge):
    """Knows the products of the store and nothing else."""

    def products(self) -> ProductIndex:
        with reading() as session:
            facts, _, _ = list_facts(session)
        return ProductIndex(facts, load_encoder(SETTINGS))


@pytest.fixture
def customer_id(store: str) -> str:
    put_rules()
    stock_shelf()
    return make_buyer()


@pytest.fixture
def chat(customer_id: str) -> Chat:
    return Chat(customer_id, "en", tools=Tools(ShelfKnowledge(), SETTINGS))


def test_a_cart_is_filled_looked_at_and_emptied(chat: Chat, customer_id: str) -> None:
    chat.say("add_to_cart", "two rose toners please", product="moru-toner", quantity=2)
    assert chat.effects == ["cart_changed"]
    assert "39,000" in chat.text  # 2 x 18,000 and delivery
    chat.say("view_cart", "what is in my cart")
    assert "Rose Toner x 2" in chat.text
    chat.say("add_to_cart", "remove the toner", product="moru-toner")
    assert chat.effects == ["cart_changed"]
    chat.say("view_cart", "cart?")
    assert chat.last["outcome"] == "answered"
    with reading() as session:
        assert view(session, customer_id, utc_now()).lines == ()


def test_a_limit_in_other_money_is_not_passed_over_in_silence(chat: Chat) -> None:
    chat.say("search_product", "toner under $30", product="moru-toner", price_max=None)
    assert "Rose Toner" in str(chat.last)
    assert "in won" in chat.text
    chat.say("search_product", "toner under 30,000 won", product="moru-toner", price_max=30_000)
    assert "in won" not in chat.text


def test_a_product_in_several_sizes_is_asked_about(chat: Chat, customer_id: str) -> None:
    chat.say("add_to_cart", "cloud runners", product="gaon-shoes")
    assert chat.last["outcome"] == "asked"
    assert not any("260" in button["title"] for button in chat.buttons)
    chat.press_titled("white")
    assert chat.effects == ["cart_changed"]
    with reading() as session:
        assert [line.variant.id for line in view(session, customer_id, utc_now()).lines] == ["gaon-shoes.white-250"]


def test_what_is_sold_out_does_not_go_into_the_cart(chat: Chat) -> None:
    chat.say("add_to_cart", "water cream", product="moru-cream")
    assert (chat.last["outcome"], chat.effects) == ("declined", [])
    assert "sold out" in chat.text
    chat.press_titled("back")
    assert chat.effects == ["restock_alert_set"]


def test_what_sells_out_in_the_cart_is_told(chat: Chat) -> None:
    chat.say("add_to_cart", "toner", product="moru-toner")
    for stock, told in ((0, "Rose Toner is sold out"), (1, "only have 1 of Rose Toner")):
        with transaction() as session:
            set_stock(session, variant_id="moru-toner", stock=9, now=utc_now())
        chat.say("add_to_cart", "another one", product="moru-toner")
        with transaction() as session:
            set_stock(session, variant_id="moru-toner", stock=stock, now=utc_now())
        chat.say("view_cart", "cart?")
        assert told in chat.text


def test_stock_is_told_for_the_size_that_is_asked(chat: Chat) -> None:
    chat.say("check_stock", "black in 260?", product="gaon-shoes", colour="black", size="260")
    assert "/notify_restock" in chat.buttons[0]["payload"]
    chat.say("check_stock", "and white 250?", colour="white", size="250")
    assert "Cloud Runners" in chat.text
    assert not any("notify" in button["payload"] for button in chat.buttons)


def test_a_restock_alert_is_served_once(chat: Chat) -> None:
    chat.say("notify_restock", "tell me when water cream is back", product="moru-cream")
    assert chat.effects == ["restock_alert_set"]
    assert chat.say("notify_restock", "tell me", product="moru-cream")["effects"] == []
    with transaction() as session:
        assert tell_restocked(session, utc_now()) == 0
        set_stock(session, variant_id="moru-cream", stock=3, now=utc_now())
        assert [tell_restocked(session, utc_now()), tell_restocked(session, utc_now())] == [1, 0]
        told = session.scalars(select(Message.text).where(Message.author == "system")).all()
    assert len(told) == 1
    assert "Water Cream" in told[0] or "수분 크림" in told[0]


def test_wishes_are_kept_and_taken_off(chat: Chat, customer_id: str) -> None:
    assert chat.say("add_to_wishlist", "save the toner", product="moru-toner")["outcome"] == "acted"
    assert chat.say("add_to_wishlist", "save it")["outcome"] == "answered"
    chat.say("view_cart", "what's on my wishlist")
    assert [card["id"] for card in chat.last["replies"][0]["products"]] == ["moru-toner"]
    assert chat.say("add_to_wishlist", "remove it from there")["outcome"] == "acted"
    with reading() as session:
        assert list_wishlist(session, customer_id) == []


def test_the_checkout_link_holds_the_signed_cart(chat: Chat) -> None:
    assert chat.say("checkout", "checkout")["outcome"] == "declined"
    chat.say("add_to_cart", "toner", product="moru-toner")
    chat.say("checkout", "checkout")
    token = chat.text.split("cart=")[1].split()[0]
    claims = jwt.decode(token, "i" * 32, algorithms=["HS256"], audience=AUDIENCE)
    assert claims["lines"] == [{"variant": "moru-toner", "product": "moru-toner", "quantity": 1}]
    assert claims["total"] == 21_000


def test_a_coupon_is_reserved_or_refused(chat: Chat, customer_id: str) -> None:
    make_terms("ten", kind="percent", value=10, minimum_order=30_000)
    with transaction() as session:
        coupon = coupons.issue(
            session,
            terms_id="ten",
            customer_id=customer_id,
            occasion="x",
            idempotency_key="k",
            actor="t",
            now=utc_now(),
        )
    chat.say("add_to_cart", "toner", product="moru-toner")
    chat.say("redeem_coupon", f"use {coupon.code}", coupon_code=coupon.code)
    assert (chat.last["outcome"], chat.effects) == ("declined", [])
    assert "12,000" in chat.text  # what is missing
    chat.say("add_to_cart", "one more", product="moru-toner")
    chat.say("redeem_coupon", "use my coupon")
    chat.press(chat.buttons[0]["payload"])
    assert chat.effects == ["coupon_reserved"]
    assert chat.say("redeem_coupon", "use NOPE-1", coupon_code="NOPE-1")["outcome"] == "declined"


def test_points_come_off_the_cart(chat: Chat, customer_id: str) -> None:
    with transaction() as session:
        points.earn(
            session, customer_id=customer_id, amount=5000, reason="event", idempotency_key="p", actor="t", now=utc_now()
        )
    chat.say("add_to_cart", "toner", product="moru-toner")
    chat.say("exchange_points", "use 2000 points on my cart", quantity=2000)
    assert chat.effects == ["cart_changed"]
    with reading() as session:
        assert view(session, customer_id, utc_now()).total == 19_000


def test_a_regular_delivery_is_begun_run_skipped_and_ended(chat: Chat, customer_id: str) -> None:
    chat.say("subscribe_product", "rose toner regularly", product="moru-toner")
    chat.press_titled("4")
    assert "16,200" in chat.text
    chat.say("affirm", "yes")
    assert chat.effects == ["subscription_changed"]
    with transaction() as session:
        assert [order_regular(session, utc_now()), order_regular(session, utc_now())] == [1, 0]
        order = session.scalars(select(Order).where(Order.source == "regular_delivery")).one()
        assert order.discount == 1800
        [delivery] = list_active(session, customer_id)
        assert announce_regular(session, utc_now()) == 0
        assert announce_regular(session, utc_now() + timedelta(weeks=4) - timedelta(days=2)) == 1
        due = delivery.next_on
    chat.say("subscribe_product", "skip the next one")
    assert chat.effects == ["subscription_changed"]
    with reading() as session:
        assert list_active(session, customer_id)[0].next_on == due + timedelta(weeks=4)
    chat.say("subscribe_product", "stop my regular delivery")
    chat.say("affirm", "yes")
    assert chat.effects == ["subscription_changed"]
    with reading() as session:
        assert [one.state for one in session.scalars(select(RegularDelivery))] == ["ended"]


def test_a_sold_out_regular_delivery_is_missed_and_told(chat: Chat, customer_id: str) -> None:
    chat.say("subscribe_product", "rose toner every 2 weeks", product="moru-toner")
    chat.say("affirm", "yes")
    with transaction() as session:
        set_stock(session, variant_id="moru-toner", stock=0, now=utc_now())
        assert order_regular(session, utc_now()) == 1
        assert session.scalars(select(Order)).all() == []
        assert "없어" in session.scalars(select(Message.text).where(Message.author == "system")).one()


def test_the_second_and_the_cheaper_one(chat: Chat) -> None:
    chat.say("search_product", "something nice")
    shown = [card["id"] for reply in chat.last["replies"] for card in reply["products"]]
    assert len(shown) >= 2
    chat.say("ask_product_detail", "tell me about the second one")
    assert chat.last["replies"][0]["products"][0]["id"] == shown[1]


@pytest.mark.parametrize(
    "intent", ["view_cart", "add_to_cart", "checkout", "redeem_coupon", "subscribe_product", "add_to_wishlist"]
)
def test_a_stranger_is_asked_who_they_are(customer_id: str, intent: str) -> None:
    chat = Chat(None, "ko", tools=Tools(ShelfKnowledge(), SETTINGS))
    assert chat.say(intent, "로즈 토너")["outcome"] == "asked"
    assert chat.effects == []


def test_what_the_shop_does_not_sell_is_said_and_not_asked_for(chat: Chat) -> None:
    chat.say("check_stock", "is the zither in stock?", tagged=(("product", "zither"),))
    assert "zither" in chat.text
    assert chat.last["outcome"] == "answered"
    assert [(one["entity"], one["raw"]) for one in chat.last["entities"]] == [("product", "zither")]


def test_a_tagged_name_that_the_catalogue_knows_keeps_the_customers_words_and_gets_its_id(chat: Chat) -> None:
    chat.say(
        "ask_product_detail", "how heavy is the cloud runners thing?", tagged=(("product", "cloud runners thing"),)
    )
    assert [one["raw"] for one in chat.last["entities"] if one["entity"] == "product"] == ["cloud runners thing"]
