"""The index of articles: ranks, keeps languages apart, is calibrated, embeds only what is new, beats characters alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.articles import ArticleFile, read_articles
from knowledge.calibrate import calibrate, load_calibration, read_questions, read_strangers
from knowledge.compare import by_best_entry, calibration_error, recall
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


def test_calibration_fits_curves_gates_and_thresholds(articles: list[ArticleFile], encoder: EmbeddedEncoder) -> None:
    """On a third of the articles, which takes seconds: all of them give the shipped file."""
    topics = sorted({article.topic for article in articles})[::3]
    some = [article for article in articles if article.topic in topics]
    fitted = calibrate(some, encoder, read_questions([QUESTIONS]), {"ko": ["오늘 날씨 어때"], "en": ["tell me a joke"]})
    assert 0 < fitted.ask_from <= fitted.answer_from < 1
    shipped = load_calibration()
    for locale, curve in fitted.curves.items():
        assert curve.by_score > 0
        assert curve.by_lead > 0
        assert len(curve.gate) == len(shipped.curves[locale].gate) == encoder.dim + 1


def test_chances_come_true(index: FaqIndex) -> None:
    """The shipped file belongs to the shipped articles: expected calibration error over the development questions."""
    asked = read_questions([QUESTIONS])
    best = [index.rank(question["text"], question["language"], 1)[0] for question in asked]
    right = np.array([found.topic == question["topic"] for found, question in zip(best, asked, strict=True)])
    assert calibration_error(np.array([found.score for found in best]), right) < 0.1


def test_strangers_stay_strangers(index: FaqIndex) -> None:
    for locale, texts in read_strangers().items():
        asked = texts[::20]
        answered = [text for text in asked if index.verdict(index.rank(text, locale)) == "answer"]
        assert len(answered) < 0.3 * len(asked), answered


@pytest.mark.parametrize(
    ("slipped", "locale", "topic"),
    [
        ("hwo do i get my refnud", "en", "refund-method"),
        ("howmanydaysuntilmyrefundarrives", "en", "refund-time"),
        ("subscription discount 있어요?", "ko", "subscription-discount"),
        ("다른상푸미 와써요", "ko", "wrong-item"),
    ],
)
def test_slips_and_mixed_languages_find_their_article(index: FaqIndex, slipped: str, locale: str, topic: str) -> None:
    assert topic in [candidate.topic for candidate in index.rank(slipped, locale, 3)]


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
