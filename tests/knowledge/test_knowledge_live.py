"""Published articles are answered from within seconds, drafts never; a changed catalogue likewise."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.settings import Settings
from crm_store.articles import service as articles
from crm_store.catalogue.models import Product
from crm_store.db import transaction
from crm_store.shop.service import adopt_rules
from knowledge.embedded import EmbeddedEncoder
from knowledge.live import CHECK_SECONDS, LiveKnowledge

NOW = datetime(2025, 11, 21, 9, tzinfo=UTC)


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_a_check(self) -> None:
        self.now += CHECK_SECONDS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(store: str, settings: Settings, encoder: EmbeddedEncoder, clock: Clock) -> LiveKnowledge:
    with transaction() as session:
        adopt_rules(session, rules={"shop": {"currency": "KRW"}}, actor="test", now=NOW)
    return LiveKnowledge(settings, encoder=encoder, clock=clock)


def draft(phrasing: str) -> None:
    with transaction() as session:
        articles.save_draft(
            session, topic="night-market", locale="ko", title="야시장 안내", body="금요일에 열려요.",
            phrasings=[phrasing], actor="test", now=NOW,
        )  # fmt: skip


def publish() -> None:
    with transaction() as session:
        articles.publish(session, topic="night-market", locale="ko", actor="test", now=NOW)


def test_published_is_found_and_drafts_are_not(live: LiveKnowledge, clock: Clock) -> None:
    live.warm_up()
    draft("야시장 언제 열려요?")
    clock.pass_a_check()
    assert live.rank_articles("야시장 언제 열려요?", "ko") == []
    publish()
    assert live.rank_articles("야시장 언제 열려요?", "ko") == []  # looked less than half a second ago
    clock.pass_a_check()
    assert live.rank_articles("야시장 언제 열려요?", "ko")[0].topic == "night-market"
    article = live.find_article("night-market", "en")
    assert article is not None
    assert article.body == "금요일에 열려요."


def test_an_edit_counts_once_it_is_published(live: LiveKnowledge, clock: Clock) -> None:
    draft("야시장 언제 열려요?")
    publish()
    draft("포장마차 골목은 무슨 요일인가요?")
    clock.pass_a_check()
    before = live.articles()
    publish()
    clock.pass_a_check()
    after = live.articles()
    assert after is not before
    assert after.embedded == 1
    assert after is live.articles()


def test_a_new_product_is_found_and_a_retired_one_is_not(live: LiveKnowledge, clock: Clock) -> None:
    assert len(live.products()) == 0
    product = Product(
        id="moon-mug", category="home", kind="mug", kind_names={"ko": ["머그컵"], "en": ["mug"]}, brand=None,
        brand_name={}, name={"ko": "달 머그컵", "en": "Moon Mug"}, description={}, tags={}, attributes={},
        price=15000, stock=3, updated_at=NOW,
    )  # fmt: skip
    with transaction() as session:
        session.add(product)
    clock.pass_a_check()
    assert [item.product_id for item in live.products().search("머그")] == ["moon-mug"]
    assert [term.value for term in live.find_terms("달 머그컵 있어요?")] == ["moon-mug"]
    with transaction() as session:
        found = session.get_one(Product, "moon-mug")
        found.active, found.updated_at = False, NOW.replace(hour=10)
    clock.pass_a_check()
    assert len(live.products()) == 0


def test_both_thresholds_are_chances(live: LiveKnowledge) -> None:
    assert 0 < live.ask_threshold <= live.answer_threshold < 1
