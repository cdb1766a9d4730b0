"""An existing FAQ page becomes draft articles: topics found where that is sure, nothing twice, nothing overwritten."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from core.clock import utc_now
from core.settings import load_settings
from crm_store import db
from crm_store.articles import service
from crm_store.articles.models import Article, ArticleVersion
from crm_store.articles.queries import list_published
from dangol.cli import app
from dangol.importing.articles import Articles
from dangol.importing.run import Summary, import_file
from knowledge.encoder import Encoder, load_encoder
from tests.store.builders import put_rules
from tests.store.import_files import counts, rejected


@cache
def encoder() -> Encoder:
    return load_encoder(load_settings())


@pytest.fixture(autouse=True)
def shop(sqlite_store: str) -> None:
    put_rules()


def take_in(path: Path, text: str) -> Summary:
    path.write_text(text, encoding="utf-8")
    return import_file("articles", Articles(encoder), path)


def saved() -> dict[tuple[str, str], ArticleVersion]:
    with db.reading() as session:
        query = select(Article.topic, Article.locale, ArticleVersion).join(
            ArticleVersion,
            (ArticleVersion.article_id == Article.id) & (ArticleVersion.number == Article.latest_version),
        )
        return {(topic, locale): version for topic, locale, version in session.execute(query)}


PAGE = """# FAQ

## 배송비는 얼마예요?

{{ shipping.fee | money }}이에요.

## 사장님 고양이는 어디서 자나요?

계산대 뒤 방석에서 자요.

## How much is shipping?

It is 3,000 won.

## Where does Mr Whiskers, the cat, sleep?

Upstairs, by appointment.
"""


def test_a_page_becomes_drafts_under_the_topics_it_is_about(tmp_path: Path) -> None:
    assert counts(take_in(tmp_path / "faq.md", PAGE)) == {"added": 4}
    found = saved()
    topics = {version.title: (topic, locale) for (topic, locale), version in found.items()}
    assert topics["배송비는 얼마예요?"] == ("shipping-fee", "ko")
    assert topics["How much is shipping?"] == ("shipping-fee", "en")
    assert topics["Where does Mr Whiskers, the cat, sleep?"] == ("where-does-mr-whiskers-the-cat-sleep", "en")
    assert topics["사장님 고양이는 어디서 자나요?"][0].startswith("faq-")
    with db.reading() as session:
        assert list_published(session) == []
    assert counts(take_in(tmp_path / "faq.md", PAGE)) == {"unchanged": 4}
    assert {version.number for version in saved().values()} == {1}


def test_rows_with_one_answer_are_one_article(tmp_path: Path) -> None:
    text = (
        "question,answer,topic,phrasings\nHow long is a visit?,An hour.,visits,How long?|How much time?\n"
        "When do visits end?,An hour.,visits,\nNo answer,,,\nBad topic,x,Not OK,\nWhat does it cost?,{{ no.rule | money }},,\n"
    )
    assert counts(take_in(tmp_path / "faq.csv", text)) == {"added": 1, "merged": 1, "rejected": 3}
    article = saved()["visits", "en"]
    assert article.phrasings == ["How long is a visit?", "How long?", "How much time?", "When do visits end?"]
    assert {row["import_code"] for row in rejected(tmp_path, "faq")} == {
        "answer_missing",
        "topic_invalid",
        "quote_invalid",
    }


def test_two_questions_on_one_topic_do_not_overwrite_each_other(tmp_path: Path) -> None:
    text = "question,answer\n배송비는 얼마예요?,삼천 원이에요.\n배송비 얼마인가요?,대구는 무료예요.\n"
    assert counts(take_in(tmp_path / "faq.csv", text)) == {"added": 2}
    assert saved()["shipping-fee", "ko"].body == "삼천 원이에요."
    assert counts(take_in(tmp_path / "faq.csv", text)) == {"unchanged": 2}


def test_the_command_prints_json_alone_on_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    runner = CliRunner()
    given = ["--name-en", "L", "--currency", "GBP", "--language", "en", "--timezone", "Europe/London", "--email", "a@b.example",
             "--phone", "1", "--admin-email", "a@b.example", "--articles", "none"]  # fmt: skip
    assert runner.invoke(app, ["init", *given]).exit_code == 0
    path = tmp_path / "people.csv"
    path.write_text("ref,Colour\nc-1,red\nc-1,red\n,red\n")
    result = runner.invoke(app, ["import", "customers", str(path), "--json"])
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert {name: document[name] for name in ("rows", "added", "merged", "rejected", "unused_headings")} == {
        "rows": 3, "added": 1, "merged": 1, "rejected": 1, "unused_headings": ["Colour"]
    }  # fmt: skip
    assert document["rejected_codes"] == {"ref_missing": 1}
    assert "people.csv: 3 rows" in runner.invoke(app, ["import", "customers", str(path)]).stdout
    missing = runner.invoke(app, ["import", "customers", str(tmp_path / "no.csv")])
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "no.csv" in missing.stderr


def test_a_shipped_article_is_found_as_before_under_its_new_text(tmp_path: Path) -> None:
    with db.transaction() as session:
        service.save_draft(
            session, topic="shipping-fee", locale="en", title="Delivery fee", body="Ours.",
            phrasings=["What does delivery cost?"], actor="init", now=utc_now(),
        )  # fmt: skip
    page = "## How much is shipping?\n\nIt is 3,000 won.\n"
    assert counts(take_in(tmp_path / "faq.md", page)) == {"updated": 1}
    found = saved()["shipping-fee", "en"]
    assert (found.title, found.phrasings) == (
        "How much is shipping?", ["How much is shipping?", "What does delivery cost?"]
    )  # fmt: skip
    assert counts(take_in(tmp_path / "faq.md", page)) == {"unchanged": 1}
