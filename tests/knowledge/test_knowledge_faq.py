"""The index of articles: ranks, keeps languages apart, is calibrated, embeds only what is new, beats characters alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.articles import ArticleFile, read_articles
from knowledge.calibrate import calibrate, load_calibration, read_questions
from knowledge.compare import by_best_entry, recall
from knowledge.embedded import EmbeddedEncoder
from knowledge.faq import FaqIndex, entries, lead_over_others
from knowledge.lexical import LexicalIndex
from tests.knowledge.conftest import Article

QUESTIONS = Path(__file__).parents[1] / "language" / "faq.jsonl"


@pytest.fixture(scope="session")
def articles() -> list[ArticleFile]:
    return read_articles()


@pytest.fixture(scope="session")
def index(articles: list[ArticleFile], encoder: EmbeddedEncoder) -> FaqIndex:
    return FaqIndex(articles, encoder, load_calibration())


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_every_phrasing_finds_its_own_article(index: FaqIndex, articles: list[ArticleFile], locale: str) -> None:
    for article in articles:
        if article.locale == locale:
            best = index.rank(article.phrasings[0], locale, 1)[0]
            assert (best.topic, best.title, best.locale) == (article.topic, article.title, locale)


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_the_index_beats_character_tf_idf(index: FaqIndex, articles: list[ArticleFile], locale: str) -> None:
    group = [article for article in articles if article.locale == locale]
    lexical = LexicalIndex([text for article in group for text in entries(article)], locale)
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = [question for question in questions if question["language"] == locale]
    ours = recall(lambda text: [candidate.topic for candidate in index.rank(text, locale)], asked, 1)
    theirs = recall(by_best_entry(group, lexical.similarity), asked, 1)
    assert ours >= theirs + 5
    assert ours >= 90


def test_scores_are_chances_and_tell_strangers_apart(index: FaqIndex) -> None:
    sure = index.rank("반품은 며칠 안에 해야 하나요?", "ko")
    assert sure[0].topic == "return-period"
    assert index.verdict(sure) == "answer"
    assert all(0 <= candidate.score <= 1 for candidate in sure)
    for stranger in ("내일 서울 날씨 알려줘", "비트코인 지금 사도 될까", "🙂", "", "ㅋㅋㅋㅋ"):
        assert index.verdict(index.rank(stranger, "ko")) != "answer", stranger
    assert index.verdict([]) == "none"


def test_calibration_is_reproducible(articles: list[ArticleFile], encoder: EmbeddedEncoder) -> None:
    """The shipped file is what `python -m knowledge.calibrate` gives, up to what was edited since."""
    shipped, fitted = load_calibration(), calibrate(articles, encoder, read_questions(QUESTIONS))
    assert fitted.ask_from <= fitted.answer_from
    assert abs(shipped.answer_from - fitted.answer_from) <= 0.1
    for locale, curve in fitted.curves.items():
        scores, leads = np.linspace(0, 1, 5, dtype=np.float32), np.zeros(5, np.float32)
        np.testing.assert_allclose(curve.chance(scores, leads), shipped.curves[locale].chance(scores, leads), atol=0.1)


def test_a_topic_in_one_language_only_is_found_in_the_other(encoder: EmbeddedEncoder) -> None:
    only_english = Article("gift-cards", "en", "Gift cards", "We sell gift cards.", ["do you sell gift cards?"])
    korean = Article("shipping-fee", "ko", "배송비", "3,000원이에요.", ["배송비 얼마예요?"])
    index = FaqIndex([only_english, korean], encoder, load_calibration())
    found = index.rank("gift cards 있어요?", "ko")
    assert (found[0].topic, found[0].locale) == ("gift-cards", "en")
    assert index.find("gift-cards", "ko") == only_english
    assert index.find("nothing", "ko") is None


def test_only_changed_texts_are_embedded_again(encoder: EmbeddedEncoder) -> None:
    first = Article("a-topic", "ko", "배송비", "3,000원이에요. 더 있어요.", ["배송비 얼마예요?"])
    second = Article("b-topic", "ko", "반품 기간", "7일이에요.", ["반품 언제까지 돼요?"])
    english = Article("a-topic", "en", "Delivery fee", "It is 3,000.", ["how much is delivery?"])
    before = FaqIndex([first, second, english], encoder, load_calibration())
    assert before.embedded == 9
    edited = replace(second, phrasings=["돌려보내려면 며칠 남았나요?"], version=2)
    after = FaqIndex([first, edited, english], encoder, load_calibration(), before)
    assert after.embedded == 1
    assert after._locales["en"] is before._locales["en"]
    assert after.rank("돌려보내려면 며칠 남았나요?", "ko", 1)[0].topic == "b-topic"
    anew = FaqIndex([first, edited, english], encoder, load_calibration())
    for question in ("며칠 안에 돌려보내요?", "배송비"):
        kept, fresh = after.rank(question, "ko"), anew.rank(question, "ko")
        assert [candidate.topic for candidate in kept] == [candidate.topic for candidate in fresh]
        assert [candidate.score for candidate in kept] == pytest.approx([c.score for c in fresh], abs=1e-4)
    assert len(FaqIndex([], encoder, load_calibration(), after)) == 0
    assert FaqIndex([], encoder, load_calibration()).rank("배송비", "ko") == []


def test_entries_are_title_phrasings_and_opening_without_quotes() -> None:
    article = Article("a", "en", "Fee", "It is {{ shipping.fee | money }} each. More follows.", ["how much?", "Fee"])
    assert entries(article) == ["Fee", "how much?", "It is each."]


def test_lead_over_others() -> None:
    np.testing.assert_allclose(lead_over_others(np.array([0.2, 0.9, 0.5], np.float32)), [-0.7, 0.4, -0.4], atol=1e-6)
    assert lead_over_others(np.zeros(0, np.float32)).size == 0
