"""Sentiment: which way texts are taken that were never trained on, and the properties every score has."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sentiment import MODEL_FILE, NEUTRAL, read_model, sentiment, shipped_model
from knowledge.sentiment_eval import measure, read_rows
from knowledge.sentiment_features import EN_BUCKETS, KO_BUCKETS, english_features, korean_pieces
from knowledge.sentiment_train import Example, read_examples, train

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "tests" / "language"
OWN = ROOT / "data" / "sentiment"


@pytest.mark.parametrize(("locale", "count", "least"), [("ko", 200, 0.87), ("en", 100, 0.89)])
def test_unseen_shop_reviews(locale: str, count: int, least: float) -> None:
    found = measure(shipped_model(), read_rows(REVIEWS / f"reviews.{locale}.jsonl"))
    assert found.count == count
    assert found.accuracy >= least, found.wrong


@pytest.mark.parametrize("locale", ["ko", "en"])
@pytest.mark.parametrize("measured", ["reviews", "reviews.blind"])
def test_reviews_are_not_trained_on(locale: str, measured: str) -> None:
    def plain(text: str) -> str:
        return "".join(letter for letter in text.lower() if letter.isalnum()) or text

    taught = {plain(example.text) for example in read_examples(OWN / f"{locale}.tsv")}
    complaints = read_examples(ROOT / "data" / "nlu" / locale / "complain.yml")
    taught |= {plain(example.text) for example in complaints}
    assert not taught & {plain(row["text"]) for row in read_rows(REVIEWS / f"{measured}.{locale}.jsonl")}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("배송이 빨라서 좋아요", "배송이 느려서 별로예요"), ("정말 맛있어요", "정말 맛없어요"),
        ("마음에 들어요", "마음에 안 들어요"),
        ("👍", "👎"), ("It works well", "It does not work well"), ("I am happy with it", "I am not happy with it"),
        ("great coffee, thank you", "terrible coffee, never again"),
    ],
)  # fmt: skip
def test_good_and_bad(good: str, bad: str) -> None:
    assert sentiment(good) > NEUTRAL
    assert sentiment(bad) < -NEUTRAL


def test_nothing_sounds_like_nothing() -> None:
    assert sentiment("") == sentiment("  \n") == 0


@given(st.text(max_size=200))
def test_scores_keep_their_range(text: str) -> None:
    assert -1 <= sentiment(text) <= 1
    assert all(0 <= bucket < KO_BUCKETS for bucket in korean_pieces(text))
    assert all(0 <= bucket < EN_BUCKETS for bucket in english_features(text).pieces)


@pytest.mark.parametrize("text", ["배송이 너무 느려서 속상해요", "향도 좋고 촉촉해서 또 살게요", "그냥 그래요"])
def test_spaces_do_not_count_in_korean(text: str) -> None:
    assert sentiment(text) == sentiment(text.replace(" ", ""))


def test_negation_reaches_to_the_end_of_its_clause() -> None:
    words = english_features("it is not very good, but nice").words
    assert [word for word, sign in words if sign < 0] == ["very", "good"]
    assert all(sign > 0 for _, sign in english_features("not only good").words)


def test_training_learns_and_a_saved_model_says_the_same(tmp_path: Path) -> None:
    good, bad = ("좋아요", "최고예요", "good stuff", "lovely"), ("별로예요", "최악이에요", "bad stuff", "awful")
    examples = [Example(text, target, 12.0) for target, texts in ((1.0, good), (0.0, bad)) for text in texts]
    model = train(examples)
    assert all(model.score(text) > 0 for text in good)
    assert all(model.score(text) < 0 for text in bad)
    model.save(tmp_path / "model.npz")
    again = read_model(tmp_path / "model.npz")
    assert [again.score(text) for text in (*good, *bad)] == [model.score(text) for text in (*good, *bad)]


def test_ratings_labels_and_complaints_are_read(tmp_path: Path) -> None:
    file = tmp_path / "some.tsv"
    file.write_text("10\t최고\n1\t최악\nmixed\t그저 그래요\n3\t\n", encoding="utf-8")
    assert [(example.target, example.rated) for example in read_examples(file)] == [(1, True), (0, True), (0.5, False)]
    file.write_text("good\tfine\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1"):
        read_examples(file)
    assert {example.target for example in read_examples(ROOT / "data" / "nlu" / "ko" / "complain.yml")} == {0.0}


def test_the_file_is_small() -> None:
    assert MODEL_FILE.stat().st_size < 2_000_000
