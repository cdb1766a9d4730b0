"""Customers and staff in a real browser on the running stack, each seeing at once what the other did."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import CHROMIUM, NARROW, WIDE, Windows, ask, has_glyphs, open_chat, replies, windows, write
from tests.e2e.chat import ROOT, Stack

pytestmark = [
    pytest.mark.stack,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (ROOT / "web/dist/index.html").exists(), reason="the web assets are not built"),
    # What a browser sees does not depend on the database.
    pytest.mark.parametrize("stack", ["sqlite"], indirect=True),
]

WORDS = {
    "ko": {
        "returns": "산 지 며칠 안에 반품할 수 있나요?",
        "source": "반품",
        "search": "3만원 이하로 건성 피부용 크림 찾아줘요",
        "greeting": "안녕하세요",
        "coupon": "생일 쿠폰 주세요",
        "coupon_title": "생일 축하 쿠폰",
        "ask": "이 상품 물어보기",
        "no_product": "찾으시는 상품이 없어요",
    },
    "en": {
        "returns": "How many days do I have to return something?",
        "source": "eturn",
        "search": "Find me a cream under 30,000 won",
        "greeting": "hello",
        "coupon": "Can I have my birthday coupon?",
        "coupon_title": "Birthday coupon",
        "ask": "Ask about this",
        "no_product": "We couldn’t find that product",
    },
}
each_language = pytest.mark.parametrize("locale", ["ko", "en"])


@pytest.fixture
def seen(stack: Stack, tmp_path: Path) -> Iterator[Windows]:
    """A browser; that none of its windows complained is part of every test."""
    with windows(stack, tmp_path) as opened:
        yield opened
        assert opened.faults == []


def _pictures_are_loaded(page: Page, selector: str) -> None:
    for picture in page.locator(selector).all():
        picture.scroll_into_view_if_needed()
    page.wait_for_function(
        "(selector) => [...document.querySelectorAll(selector)].every((image) => image.naturalWidth > 0)", arg=selector
    )


def _price(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or ""))


@each_language
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_visitor_asks_searches_and_presses(seen: Windows, locale: str, size: tuple[int, int]) -> None:
    words = WORDS[locale]
    page = seen.open(locale, size)
    page.goto(seen.stack.url)
    assert has_glyphs(page, "단골상점쿠폰")
    assert page.locator("html").get_attribute("lang") == locale
    seen.shoot(page, f"{locale}-{size[0]}-page")
    open_chat(page)

    expect(ask(page, words["returns"]).locator(".sources")).to_contain_text(words["source"])
    seen.shoot(page, f"{locale}-{size[0]}-faq")

    found = ask(page, words["search"])
    assert found.locator(".product").count() > 0
    assert all(_price(price) <= 30_000 for price in found.locator(".product-price").all_text_contents())
    _pictures_are_loaded(page, ".product img")
    seen.shoot(page, f"{locale}-{size[0]}-products")

    choice = ask(page, words["greeting"]).locator(".choice").first
    title = choice.text_content() or ""
    before = replies(page).count()
    choice.click()
    expect(replies(page)).to_have_count(before + 1)
    expect(replies(page, "customer").last).to_contain_text(title)
    expect(choice).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen.shoot(page, f"{locale}-{size[0]}-button")


@each_language
def test_a_signed_in_customer_gets_the_birthday_coupon(seen: Windows, locale: str) -> None:
    words = WORDS[locale]
    page = seen.open(locale)
    page.goto(f"{seen.stack.url}/#identity={seen.stack.identity('--birthday', 'near')}")
    expect(page.locator("[data-account]")).to_be_visible()
    assert "identity" not in page.url
    coupon = ask(page, words["coupon"]).locator(".coupon")
    expect(coupon.locator(".coupon-title")).to_have_text(words["coupon_title"])
    expect(coupon.locator(".coupon-code")).to_have_text(re.compile(r"^[A-Z0-9-]{6,}$"))
    seen.shoot(page, f"{locale}-coupon")


@each_language
def test_a_card_leads_to_its_product_and_the_product_to_the_chat(seen: Windows, locale: str) -> None:
    words = WORDS[locale]
    page = seen.open(locale)
    page.goto(seen.stack.url)
    open_chat(page)
    card = ask(page, words["search"]).locator("a.product").first
    name = card.locator(".product-name").text_content() or ""
    address = card.get_attribute("href") or ""
    # In a window of its own, and so without the running conversation.
    fresh = seen.open(locale)
    fresh.goto(address)
    expect(fresh.get_by_role("heading", level=1)).to_have_text(name)
    _pictures_are_loaded(fresh, ".offer img")
    seen.shoot(fresh, f"{locale}-product")
    fresh.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    seen.shoot(fresh, f"{locale}-product-narrow")
    fresh.get_by_role("button", name=words["ask"]).click()
    expect(fresh.locator(".composer-field")).to_have_value(f"{name} ")
    seen.shoot(fresh, f"{locale}-product-asked")


@each_language
def test_an_unknown_product_is_told_kindly(seen: Windows, locale: str) -> None:
    page = seen.open(locale, NARROW)
    page.goto(f"{seen.stack.url}/?product=nothing-like-it")
    expect(page.get_by_text(WORDS[locale]["no_product"])).to_be_visible()
    expect(page.locator(".hero")).to_be_visible()
    seen.shoot(page, f"{locale}-no-product")
    # The browser reports the 404 itself, and nothing else.
    assert [fault for fault in seen.faults if "404" not in fault and "/api/v1/products/" not in fault] == []
    seen.faults.clear()


def test_staff_take_over_and_give_back(seen: Windows) -> None:
    staff = seen.staff("support")
    customer = seen.open("ko")
    customer.goto(f"{seen.stack.url}/#identity={seen.stack.identity()}")
    expect(customer.locator("[data-account]")).to_be_visible()
    name = customer.locator("[data-account]").text_content() or ""

    ask(customer, "상담원이랑 얘기하고 싶어요")
    row = staff.locator("a.row--new").filter(has_text=name).first
    expect(row).to_be_visible()
    seen.shoot(staff, "console-waiting")
    row.click()
    expect(staff.locator("#log .entry--customer .entry-body")).to_have_text("상담원이랑 얘기하고 싶어요")
    staff.click("#head .button--primary")
    expect(staff.locator(".banner--owned")).to_be_visible()
    expect(staff.locator("#words")).to_have_attribute("placeholder", re.compile("고객에게"))
    expect(customer.locator(".panel")).to_have_attribute("data-state", "staff")

    staff.fill("#words", "안녕하세요, 무엇을 도와드릴까요?")
    staff.press("#words", "Control+Enter")
    expect(replies(customer, "staff").locator(".bubble")).to_have_text("안녕하세요, 무엇을 도와드릴까요?")
    seen.shoot(customer, "customer-with-staff")

    bot_said = replies(customer).count()
    write(customer, "배송비 얼마예요?")
    expect(staff.locator("#log .entry--customer .entry-body").last).to_have_text("배송비 얼마예요?")
    seen.shoot(staff, "console-taken")
    assert replies(customer).count() == bot_said

    staff.get_by_role("button", name="봇에게 돌려주기").click()
    expect(customer.locator(".panel")).to_have_attribute("data-state", "bot")
    expect(staff.locator("#words")).to_have_attribute("placeholder", re.compile("메모"))
    expect(ask(customer, "배송비 얼마예요?")).to_contain_text("3,000원")
    expect(staff.locator("#log .entry--bot .entry-body").last).to_contain_text("3,000원")
    seen.shoot(staff, "console-released")


def test_a_published_article_is_what_the_page_answers(seen: Windows) -> None:
    marketer = seen.staff("marketer")
    marketer.on("dialog", lambda dialog: dialog.accept())
    marketer.goto(f"{seen.stack.url}/console/articles/gift-wrapping")
    editor = marketer.locator("#editor-ko")
    editor.locator("textarea[name=body]").fill("네, **{{ gift.wrap_fee | money }}**에 보라색 보자기로 싸 드려요.")
    expect(marketer.locator("#preview-ko")).to_contain_text(re.compile(r"[\d,]+원에 보라색 보자기로"))
    seen.shoot(marketer, "console-article")
    editor.get_by_role("button", name="초안 저장").click()
    expect(editor.locator(".badge")).to_have_text("수정 중")

    customer = seen.open("ko")
    customer.goto(seen.stack.url)
    open_chat(customer)
    expect(ask(customer, "선물 포장 되나요?")).not_to_contain_text("보라색 보자기")
    editor.get_by_role("button", name="발행", exact=True).click()
    expect(editor.locator(".badge")).to_have_text("발행됨")
    # The index follows within seconds: asked again until it has.
    published = time.monotonic()
    while "보라색 보자기" not in ((answer := ask(customer, "선물 포장 되나요?")).text_content() or ""):
        assert time.monotonic() - published < 15
    expect(answer).to_contain_text(re.compile(r"[\d,]+원에 보라색 보자기로"))
    seen.shoot(customer, "customer-new-article")
