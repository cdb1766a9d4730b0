"""A cart filled in the chat is paid on the demonstration shop's own page, once, and is an order in the chat afterwards."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.e2e.chat import Chat, Stack, text_of

pytestmark = pytest.mark.stack
_LINK = re.compile(r"/checkout\?cart=(?P<cart>\S+)")
_MUG = {"ko": "청자빛 머그 두 개 장바구니에 담아줘", "en": "put two Celadon Mugs in my cart"}
_PAY = {"ko": "결제할게요", "en": "I'd like to pay now"}
_CART = {"ko": "장바구니 보여줘", "en": "show my cart"}
_ORDERS = {"ko": "제 주문 내역 보여주세요", "en": "show me my orders"}


def _link(turn: dict[str, Any]) -> str:
    found = _LINK.search(text_of(turn))
    assert found is not None, turn
    return found["cart"]


def _at_the_till(stack: Stack, locale: str) -> tuple[Chat, str]:
    chat = Chat(stack, locale, stack.identity("--birthday", "far"))
    assert chat.say(_MUG[locale])["outcome"] == "acted"
    return chat, _link(chat.say(_PAY[locale]))


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_the_link_opens_the_cart_and_pays_it_once(stack: Stack, locale: str) -> None:
    chat, cart = _at_the_till(stack, locale)
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as shop:
        assert shop.get("/checkout", params={"cart": cart}).status_code == 200
        paid = [shop.post("/checkout", data={"cart": cart}) for _ in range(2)]
    numbers = [re.findall(r"DG\d{8,}", page.text) for page in paid]
    assert [page.status_code for page in paid] == [200, 200]
    assert numbers[0]
    assert numbers[0] == numbers[1]
    assert not [card for reply in chat.say(_CART[locale])["replies"] for card in reply["products"]]
    assert numbers[0][0] in text_of(chat.say(_ORDERS[locale]))


def test_a_link_to_a_cart_that_changed_since_is_refused(stack: Stack) -> None:
    chat, cart = _at_the_till(stack, "en")
    chat.say(_MUG["en"])
    page = httpx.post(f"{stack.url}/checkout", data={"cart": cart}, timeout=30, trust_env=False)
    assert page.status_code == 410
