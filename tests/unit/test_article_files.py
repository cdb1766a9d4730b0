"""The article files: complete in both languages, phrased by hand, and quoting only rules that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = ROOT / "knowledge" / "articles"
RULES = ROOT / "dangol" / "demo" / "rules.yml"
LOCALES = ("ko", "en")
FEWEST_PHRASINGS = 8

TOPIC_LIST = """
shipping-fee free-shipping-threshold delivery-time dispatch-cutoff remote-area-surcharge courier-company how-to-track
address-change-policy delivery-delay lost-parcel combined-shipping international-shipping store-pickup weekend-delivery
delivery-instructions
payment-methods installments cash-receipt tax-invoice cancel-policy change-order-options guest-checkout pre-order
bulk-order gift-wrapping send-as-gift payment-failed
return-period return-fee how-to-return how-to-exchange refund-time refund-method non-returnable-items defective-item
wrong-item opened-cosmetics
authenticity best-before-date ingredients-allergy size-guide restock-schedule warranty-repair product-samples
how-to-join membership-tiers tier-review-period points-earning points-minimum-use points-expiry points-transfer
welcome-coupon birthday-benefit coupon-rules coupon-stacking coupon-after-refund referral-program review-reward
find-id reset-password change-phone-number close-account marketing-consent privacy-inquiry dormant-account
multiple-accounts
support-hours store-locations contact-channels partnership wholesale-price-match
subscription-how subscription-skip subscription-cancel subscription-discount
"""
TOPICS = frozenset(TOPIC_LIST.split())

# What the code reads; an article is not the only one to notice when one of these disappears.
REQUIRED_RULE_LIST = """
shop.name shop.currency shop.timezone shop.email shop.phone
shipping.fee shipping.free_from shipping.days_min shipping.days_max shipping.cutoff_hour shipping.remote_fee
shipping.remote_extra_days shipping.courier
returns.days returns.fee returns.refund_business_days
points.rate_percent points.valid_months points.minimum_use points.expiry_notice_days
coupons.welcome.percent coupons.welcome.minimum_order coupons.welcome.maximum_discount coupons.welcome.valid_days
coupons.welcome.within_days_of_joining
coupons.birthday.amount coupons.birthday.minimum_order coupons.birthday.valid_days coupons.birthday.days_before
coupons.birthday.days_after
support.open support.close support.days
"""

QUOTE = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\|\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class ArticleFile:
    """One file: its front matter and what follows it."""

    topic: str
    locale: str
    title: str
    phrasings: tuple[str, ...]
    body: str


def read_article(path: Path) -> ArticleFile:
    opening, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    assert opening == "", f"{path.name} does not start with front matter"
    head = yaml.safe_load(front)
    assert set(head) == {"title", "phrasings"}, path.name
    topic, locale = path.stem.rsplit(".", 1)
    return ArticleFile(topic, locale, head["title"], tuple(head["phrasings"]), body.strip())


@cache
def list_articles() -> tuple[ArticleFile, ...]:
    return tuple(read_article(path) for path in sorted(ARTICLES.glob("*.md")))


@cache
def read_rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return rules


def find_rule(path: str) -> Any:
    value: Any = read_rules()
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def is_text(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == set(LOCALES) and all(isinstance(one, str) and one for one in value.values())
    return isinstance(value, str) and bool(value)


def fits(value: Any, filter_name: str) -> bool:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if filter_name == "money":
        return is_integer and value >= 100  # no rule of a shop in won is smaller: a smaller one is a count
    if filter_name == "number":
        return is_integer or isinstance(value, float)
    return filter_name == "text" and is_text(value)


def list_quotes() -> Iterator[tuple[str, str, str]]:
    for article in list_articles():
        for path, filter_name in QUOTE.findall(article.body):
            yield f"{article.topic}.{article.locale}", path, filter_name


@pytest.mark.parametrize("locale", LOCALES)
def test_every_topic_has_an_article(locale: str) -> None:
    written = {article.topic for article in list_articles() if article.locale == locale}
    assert written == TOPICS


@pytest.mark.parametrize("article", list_articles(), ids=lambda article: f"{article.topic}.{article.locale}")
def test_article_is_whole(article: ArticleFile) -> None:
    assert all(isinstance(text, str) and text == text.strip() and text for text in (article.title, *article.phrasings))
    assert len(set(article.phrasings)) >= FEWEST_PHRASINGS
    assert 40 <= len(article.body) <= 1200
    # A brace outside a well-formed quotation would reach the customer as it is.
    assert not re.search(r"[{}]", QUOTE.sub("", article.body))
    hangul = len(re.findall(r"[가-힣]", article.body))
    assert hangul > 20 if article.locale == "ko" else hangul == 0


def test_phrasings_belong_to_one_topic() -> None:
    owners: dict[str, str] = {}
    for article in list_articles():
        for phrasing in {re.sub(r"[\W_]+", "", phrasing.casefold()) for phrasing in article.phrasings}:
            assert owners.setdefault(phrasing, article.topic) == article.topic, phrasing


def test_titles_are_unique_in_their_language() -> None:
    titles = [(article.locale, article.title) for article in list_articles()]
    assert len(titles) == len(set(titles))


def test_quoted_rules_exist_and_fit_their_filter() -> None:
    wrong = [quote for quote in list_quotes() if not fits(find_rule(quote[1]), quote[2])]
    assert not wrong


def test_both_languages_quote_the_same_rules() -> None:
    quoted: dict[tuple[str, str], set[str]] = {(one.topic, one.locale): set() for one in list_articles()}
    for name, path, _ in list_quotes():
        topic, locale = name.rsplit(".", 1)
        quoted[topic, locale].add(path)
    differing = {topic for topic, _ in quoted if quoted[topic, "ko"] != quoted[topic, "en"]}
    assert not differing


@pytest.mark.parametrize("path", REQUIRED_RULE_LIST.split())
def test_rule_that_code_reads_is_there(path: str) -> None:
    assert find_rule(path) is not None


def test_tiers_rise() -> None:
    tiers = sorted(read_rules()["tiers"].values(), key=lambda tier: tier["from"])
    rates = [tier["rate_percent"] for tier in tiers]
    assert tiers[0]["from"] == 0
    assert rates == sorted(set(rates))
    assert rates[0] == read_rules()["points"]["rate_percent"]
