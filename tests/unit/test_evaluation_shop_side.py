"""The platform's part of an evaluation over the demonstration shop, and the command with stand-ins for the models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from actions.run import Tools
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.migrate import upgrade
from dangol.cli import app
from dangol.evaluation import run
from dangol.evaluation.heard import Articles, Heard
from dangol.evaluation.labelled import Line
from dangol.evaluation.shop_side import complete, nearest_articles, open_knowledge
from dangol.evaluation.understanding import Parse, existing_model, newest_model
from dangol.init import Admin, init
from dangol.progress import CommandError
from dangol.shop_rules import Shop
from knowledge.live import LiveKnowledge

NOTHING = Articles((), "none", 0.0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def settings(home: Path) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANGOL_HOME", str(home))
        return load_settings()


@pytest.fixture(scope="module")
def knowledge(settings: Settings) -> LiveKnowledge:
    found, source = open_knowledge(settings, demonstration=False)
    assert source == "demonstration"  # there is no store in an empty home
    return found


def hear(
    knowledge: LiveKnowledge, settings: Settings, text: str, intent: str, confidence: float = 0.9, *,
    parts: tuple[tuple[str, float], ...] = (), articles: Articles = NOTHING, fallback: bool = False,
) -> Heard:  # fmt: skip
    line = Line("set.jsonl", 1, text, "ko")
    parse = Parse(intent, confidence, fallback, "nlu_fallback" if fallback else intent, (), parts, 1.0)
    return complete(line, parse, articles, Tools(knowledge, settings))


def test_the_catalogues_entities_are_those_of_the_api(knowledge: LiveKnowledge, settings: Settings) -> None:
    searched = hear(knowledge, settings, "토너 찾아줘", "search_product")
    added = hear(knowledge, settings, "토너 담아줘", "add_to_cart")
    assert searched.entities == (("category", "토너"),)
    assert added.entities == (("product", "토너"),)


def test_an_own_article_is_found_and_answered_from(knowledge: LiveKnowledge) -> None:
    line = Line("set.jsonl", 1, "how much is shipping?", "en", topic="shipping-fee")
    found = nearest_articles(line, knowledge)
    assert found.ranked[0][0] == "shipping-fee"
    assert found.verdict == "answer"
    assert len(found.ranked) == 3


@pytest.mark.parametrize(
    ("intent", "confidence", "outcome", "changes"),
    [
        ("add_to_cart", 0.9, "acted", ("add_to_cart",)),
        ("add_to_cart", 0.5, "asked", ()),
        ("cancel_order", 0.9, "asked", ()),
        ("out_of_scope", 0.9, "declined", ()),
        ("chitchat", 0.9, "chatted", ()),
        ("ask_points", 0.9, "answered", ()),
        ("ask_points", 0.47, "asked", ()),
        ("ask_faq", 0.9, "asked", ()),
    ],
)
def test_what_would_happen(
    knowledge: LiveKnowledge, settings: Settings, intent: str, confidence: float, outcome: str, changes: tuple[str, ...]
) -> None:
    found = hear(knowledge, settings, "…", intent, confidence)
    assert (found.outcome, found.changes) == (outcome, changes)


def test_an_article_answers_a_question_and_when_far_from_doubt_also_what_is_none(
    knowledge: LiveKnowledge, settings: Settings
) -> None:
    likely, sure = (Articles((("fee", score),), "answer", 0.0) for score in (0.5, 0.9))
    assert hear(knowledge, settings, "…", "ask_faq", articles=likely).outcome == "answered"
    assert hear(knowledge, settings, "…", "greet", articles=likely, fallback=True).outcome == "asked"
    assert hear(knowledge, settings, "…", "greet", articles=sure, fallback=True).outcome == "answered"


def test_each_of_two_requests_may_act(knowledge: LiveKnowledge, settings: Settings) -> None:
    parts = (("check_in", 0.8), ("ask_points", 0.9))
    assert hear(knowledge, settings, "…", "ask_points", parts=parts).changes == ("check_in",)


def test_a_store_with_a_shop_is_measured_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    settings = load_settings()
    upgrade(settings.store_url)
    assert open_knowledge(settings, demonstration=False)[1] == "demonstration"
    init(
        settings,
        Shop(name_ko="", name_en="Corner", currency="GBP", language="en", timezone="UTC"),
        Admin("a@corner.example", "A"),
    )
    try:
        found, source = open_knowledge(settings, demonstration=False)
        assert (source, found.find_terms("rose toner")) == ("store", [])
        assert open_knowledge(settings, demonstration=True)[1] == "demonstration"
    finally:
        db.current_engine().dispose()


# ---------------------------------------------------------------- models
def test_the_newest_model_is_taken(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="dangol train"):
        newest_model(tmp_path)
    with pytest.raises(CommandError, match=r"no\.tar\.gz"):
        existing_model(tmp_path / "no.tar.gz")
    (tmp_path / "one.tar.gz").touch()
    assert newest_model(tmp_path).name == "one.tar.gz"


def test_two_models_are_asked_and_compared(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pretend(model: Path, texts: list[str]) -> list[Parse]:
        intent = "greet" if model.name == "good.tar.gz" else "thank"
        return [Parse(intent, 0.9, False, intent, (), (), 1.0) for _ in texts]

    monkeypatch.setattr(run, "understand", pretend)
    for name in ("good.tar.gz", "bad.tar.gz"):
        (tmp_path / name).touch()
    path = tmp_path / "greetings.jsonl"
    path.write_text('{"text": "hello there", "intent": "greet"}\n' * 10)
    models = ["--model", str(tmp_path / "bad.tar.gz"), "--compare", str(tmp_path / "good.tar.gz")]
    arguments = ["eval", str(path), "--demo", "--home", str(home), *models]
    ran = CliRunner().invoke(app, [*arguments, "--json"])
    whole = json.loads(ran.stdout)["compared"]["differences"][0]
    assert (whole["first"], whole["second"], whole["gained"], whole["significant"]) == (0.0, 1.0, 10, True)
    failed = CliRunner().invoke(app, [*arguments, "--fail-under", "accuracy=0.9"])
    assert failed.exit_code == 1
    assert "accuracy is 0.0000, below 0.9" in failed.stderr
    assert "Second model" in failed.stdout


def test_a_wrong_file_ends_the_command_with_a_line(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_text('{"text": "hi"}\n')
    ran = CliRunner().invoke(app, ["eval", str(path), "--model", str(path), "--home", str(home)])
    assert ran.exit_code == 1
    assert "wrong.jsonl, line 1" in ran.stderr
