"""The sentences the assistant learns from and is measured on: well formed, of the contract, and kept apart."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ROOT / "data" / "nlu"
ARTICLES = ROOT / "knowledge" / "articles"
EVALUATION = ROOT / "tests" / "language"
LANGUAGES = ("ko", "en")

# The skeleton's twelve, which carry most of the talk and are measured one by one.
FIRST_INTENT_LIST = """
    greet thank help talk_to_human ask_faq ask_order_status recommend_product search_product ask_points ask_coupons
    request_coupon out_of_scope
"""
FURTHER_INTENT_LIST = """
    goodbye affirm deny bot_challenge cancel_flow chitchat abuse
    list_orders cancel_order change_address request_return request_exchange ask_refund_status reorder ask_case_status
    similar_product ask_product_detail check_stock notify_restock add_to_wishlist view_cart add_to_cart checkout
    subscribe_product redeem_coupon exchange_points ask_tier check_in refer_friend
    sign_up link_account update_profile opt_in_marketing opt_out_marketing export_my_data delete_my_data
    complain give_feedback
"""
MEASURED_TOPIC_LIST = """
    shipping-fee free-shipping-threshold delivery-time dispatch-cutoff remote-area-surcharge how-to-track
    address-change-policy international-shipping weekend-delivery payment-methods installments cash-receipt
    cancel-policy gift-wrapping return-period return-fee how-to-return how-to-exchange refund-time non-returnable-items
    defective-item opened-cosmetics authenticity size-guide restock-schedule points-earning points-expiry
    coupon-stacking welcome-coupon birthday-benefit support-hours
"""
FIRST_INTENTS = frozenset(FIRST_INTENT_LIST.split())
FURTHER_INTENTS = frozenset(FURTHER_INTENT_LIST.split())
CONTRACT_INTENTS = FIRST_INTENTS | FURTHER_INTENTS
MEASURED_TOPICS = frozenset(MEASURED_TOPIC_LIST.split())
INTENT_STYLES = frozenset({"polite", "casual", "slang", "typo", "nospace", "oneword", "long", "mixed"})
TOPIC_STYLES = INTENT_STYLES | {"low_overlap"}
FEWEST_TRAINING_OF_FIRST = 40
FEWEST_TRAINING_OF_FURTHER = 25
FEWEST_PER_INTENT = 25
FEWEST_PER_TOPIC = 4

# Rasa's two ways to mark an entity: [runner](product) and [runner]{"entity": "product"}.
ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Example:
    """One training sentence, without its marks, and where it stands."""

    text: str
    intent: str
    language: str


@dataclass(frozen=True)
class Question:
    """One evaluation sentence; `label` is its intent or its topic."""

    text: str
    label: str
    language: str
    style: str


def normalise(text: str) -> str:
    """The sentence without case, spaces and punctuation; as it is where nothing else is in it (`??`)."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()) or text.strip()


def list_training_files() -> list[Path]:
    return sorted(TRAINING.rglob("*.yml"))


def load_blocks(path: Path) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return blocks


@cache
def list_examples() -> tuple[Example, ...]:
    return tuple(
        Example(ENTITY.sub(r"\1", line.removeprefix("- ")), block["intent"], path.parent.name)
        for path in list_training_files()
        for block in load_blocks(path)
        if "intent" in block
        for line in block["examples"].splitlines()
    )


@cache
def list_questions(file_name: str, label: str) -> tuple[Question, ...]:
    lines = (EVALUATION / file_name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(Question(row["text"], row[label], row["language"], row["style"]) for row in rows)


def intent_questions() -> tuple[Question, ...]:
    return list_questions("intents.jsonl", "intent")


def topic_questions() -> tuple[Question, ...]:
    return list_questions("faq.jsonl", "topic")


@cache
def article_phrasings() -> dict[str, str]:
    """Normalised title or phrasing -> the file it stands in."""
    found: dict[str, str] = {}
    for path in sorted(ARTICLES.glob("*.md")):
        head = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n", 2)[1])
        found |= {normalise(phrase): path.name for phrase in (head["title"], *head["phrasings"])}
    return found


def count_labels(questions: Iterable[Question]) -> Counter[tuple[str, str]]:
    return Counter((question.language, question.label) for question in questions)


@pytest.mark.parametrize("path", list_training_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_training_file_is_plain_rasa_yaml_of_its_intent(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["version"] == "3.1"
    assert path.parent.name in LANGUAGES
    for block in content["nlu"]:
        if "intent" not in block:
            continue  # a lookup, synonym or regex block
        assert block["intent"] in CONTRACT_INTENTS
        assert block["intent"] == path.stem
        for line in block["examples"].splitlines():
            assert line.startswith("- "), line
            assert not line.removeprefix("- ").startswith("/"), f"Rasa would read {line!r} as a payload"
            assert line.removeprefix("- ").strip(), "an empty sentence"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contract_intent_has_enough_training_sentences(language: str) -> None:
    counts = Counter(example.intent for example in list_examples() if example.language == language)
    few_first = {name: counts[name] for name in FIRST_INTENTS if counts[name] < FEWEST_TRAINING_OF_FIRST}
    few_further = {name: counts[name] for name in FURTHER_INTENTS if counts[name] < FEWEST_TRAINING_OF_FURTHER}
    assert not few_first
    assert not few_further


def test_no_training_sentence_teaches_two_intents() -> None:
    intents: defaultdict[str, set[str]] = defaultdict(set)
    for example in list_examples():
        intents[normalise(example.text)].add(example.intent)
    assert not {text: names for text, names in intents.items() if len(names) > 1}


def test_intent_evaluation_covers_the_first_intents_in_every_style() -> None:
    questions = intent_questions()
    counts = count_labels(questions)
    assert set(counts) == {(language, intent) for language in LANGUAGES for intent in FIRST_INTENTS}
    assert {key: count for key, count in counts.items() if count < FEWEST_PER_INTENT} == {}
    for key in counts:
        styles = {question.style for question in questions if (question.language, question.label) == key}
        assert styles == INTENT_STYLES, key


def test_topic_evaluation_covers_the_measured_topics_with_one_reworded_question_each() -> None:
    questions = topic_questions()
    counts = count_labels(questions)
    assert set(counts) == {(language, topic) for language in LANGUAGES for topic in MEASURED_TOPICS}
    assert {key: count for key, count in counts.items() if count < FEWEST_PER_TOPIC} == {}
    assert {question.style for question in questions} <= TOPIC_STYLES
    reworded = count_labels(question for question in questions if question.style == "low_overlap")
    assert set(reworded) == set(counts)


def test_reworded_questions_avoid_the_words_of_their_topic() -> None:
    """The name's words of four letters and more, by stem; a Korean question has no word in common with an English id."""
    for question in topic_questions():
        if question.style == "low_overlap" and question.language == "en":
            stems = [word[:5] for word in question.label.split("-") if len(word) > 3]
            assert not [stem for stem in stems if re.search(rf"\b{stem}", question.text.casefold())], question


def test_no_evaluation_sentence_stands_twice() -> None:
    texts = Counter(normalise(question.text) for question in (*intent_questions(), *topic_questions()))
    assert {text for text, count in texts.items() if count > 1} == set()


def test_evaluation_sentences_are_not_learnt_from() -> None:
    learnt = {normalise(example.text) for example in list_examples()}
    shared = [question for question in (*intent_questions(), *topic_questions()) if normalise(question.text) in learnt]
    assert shared == []


def test_evaluation_sentences_are_no_phrasings_of_articles() -> None:
    phrasings = article_phrasings()
    shared = [
        (question.text, phrasings[normalise(question.text)])
        for question in (*intent_questions(), *topic_questions())
        if normalise(question.text) in phrasings
    ]
    assert shared == []
