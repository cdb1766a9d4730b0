"""The sentences the assistant learns from and is measured on: well formed, of the contract, and kept apart."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
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
FEWEST_TRAINING = 60
FEWEST_OUT_OF_SCOPE = 600
FEWEST_PHRASINGS = 8
FEWEST_PER_INTENT = 25
FEWEST_PER_TOPIC = 4

# Rasa's two ways to mark an entity in a sentence, [runner](product) and [runner]{"entity": "product"}: labels stand apart.
ENTITY = re.compile(r"\[[^\]]+\](?:\([^)]+\)|\{[^}]+\})")


@dataclass(frozen=True)
class Example:
    """One training sentence and where it stands."""

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


@dataclass(frozen=True)
class Line:
    """One line of any evaluation file of what customers write; `row` is its JSON."""

    file: str
    language: str
    row: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.row["text"])


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
        Example(line.removeprefix("- "), block["intent"], path.parent.name)
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


def list_evaluation_files() -> list[Path]:
    """All but the reviews, which are labelled with a sentiment and not what somebody says to the assistant."""
    return [path for path in sorted(EVALUATION.glob("*.jsonl")) if not path.name.startswith("reviews.")]


@cache
def list_lines() -> tuple[Line, ...]:
    """All lines of all evaluation files; a file's name ends in its language where its lines do not name one."""
    return tuple(
        Line(path.name, row.get("language") or path.stem.rpartition(".")[2], row)
        for path in list_evaluation_files()
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    )


@cache
def list_article_heads() -> tuple[tuple[str, dict[str, Any]], ...]:
    """File name and front matter of every article."""
    return tuple(
        (path.name, yaml.safe_load(path.read_text(encoding="utf-8").split("---\n", 2)[1]))
        for path in sorted(ARTICLES.glob("*.md"))
    )


def article_phrasings() -> dict[str, str]:
    """Normalised title or phrasing -> the file it stands in."""
    return {
        normalise(phrase): name for name, head in list_article_heads() for phrase in (head["title"], *head["phrasings"])
    }


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
            assert not ENTITY.search(line), f"an entity marked in {line!r}: labels stand in data/entities"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contract_intent_has_enough_training_sentences(language: str) -> None:
    counts = Counter(example.intent for example in list_examples() if example.language == language)
    assert {name: counts[name] for name in CONTRACT_INTENTS if counts[name] < FEWEST_TRAINING} == {}
    assert counts["out_of_scope"] >= FEWEST_OUT_OF_SCOPE


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


@pytest.mark.parametrize("path", list_evaluation_files(), ids=lambda path: path.stem)
def test_evaluation_lines_say_what_is_expected(path: Path) -> None:
    """An intent, an article of the line's language, or that nothing must follow; entities with the words of the text."""
    articles = {name for name, _ in list_article_heads()}
    for line in (line for line in list_lines() if line.file == path.name):
        assert line.language in LANGUAGES, line
        assert line.text.strip(), line
        assert len({"intent", "topic", "expect"} & line.row.keys()) == 1, line
        assert line.row.get("intent") in {None, *CONTRACT_INTENTS}, line
        assert "topic" not in line.row or f"{line.row['topic']}.{line.language}.md" in articles, line
        assert line.row.get("expect") in {None, "no_action"}, line
        for entity in line.row.get("entities", ()):
            assert entity["raw"], line
            assert entity["raw"] in line.text, (line.text, entity)


def test_no_evaluation_sentence_stands_twice() -> None:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for line in list_lines():
        files[normalise(line.text)].append(line.file)
    assert {text: names for text, names in files.items() if len(names) > 1} == {}


def test_evaluation_sentences_are_not_learnt_from() -> None:
    learnt = {normalise(example.text): (example.language, example.intent) for example in list_examples()}
    assert _shared_with(learnt) == []


def test_evaluation_sentences_teach_no_entities() -> None:
    paths = sorted((ROOT / "data" / "entities").glob("*.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    taught = {normalise(row["text"]): row["intent"] for row in rows}
    assert len(taught) > 10_000
    assert set(taught.values()) <= CONTRACT_INTENTS
    assert all(entity["raw"] in row["text"] for row in rows for entity in row["entities"])
    assert _shared_with(taught) == []


def test_evaluation_sentences_are_no_phrasings_of_articles() -> None:
    assert _shared_with(article_phrasings()) == []


def _shared_with(places: Mapping[str, object]) -> list[tuple[str, str, object]]:
    """(evaluation file, sentence, the place where it stands too)."""
    keys = ((line, normalise(line.text)) for line in list_lines())
    return [(line.file, line.text, places[key]) for line, key in keys if key in places]


def test_every_article_is_asked_for_in_several_ways() -> None:
    heads = list_article_heads()
    few = {name for name, head in heads if len({normalise(text) for text in head["phrasings"]}) < FEWEST_PHRASINGS}
    assert heads
    assert few == set()
