"""`dangol init`: a shop of one's own in an empty store, and nothing of the demonstration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from typer.testing import CliRunner

from core.settings import load_settings
from crm_store import db
from crm_store.articles.models import Article
from crm_store.articles.queries import list_published
from crm_store.catalogue.models import Product
from crm_store.shop.queries import current_rules
from crm_store.staff.models import StaffMember
from crm_store.staff.service import verify_password
from dangol.cli import app
from dangol.init import is_own_shop
from dangol.progress import CommandError
from dangol.shop_rules import MONEY, POINTS, Shop, check_shop, first_rules
from knowledge.articles import read_articles
from knowledge.quoting import render

GIVEN = ["--name-en", "Lantern", "--currency", "gbp", "--language", "en", "--timezone", "Europe/London", "--email",
         "help@lantern.example", "--phone", "020 1", "--admin-email", "ada@lantern.example"]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    return tmp_path


def init(*more: str) -> str:
    result = CliRunner().invoke(app, ["init", *GIVEN, *more])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_shop_begins_with_its_own_rules_drafts_and_an_admin(home: Path) -> None:
    said = init("--shipping-fee", "2.99", "--free-from", "40")
    password = re.findall(r"admin  ada@lantern.example  (\S+)", said)[0]
    with db.reading() as session:
        rules = current_rules(session)
        assert session.scalars(select(Product)).all() == []
        assert verify_password(session, email="ada@lantern.example", password=password)
        assert session.scalars(select(StaffMember.role)).all() == ["admin"]
        assert len(session.scalars(select(Article)).all()) == len(read_articles())
        assert list_published(session) == []
    assert rules["shop"]["name"] == {"ko": "Lantern", "en": "Lantern"}
    assert (rules["shop"]["currency"], rules["shipping"]["fee"], rules["shipping"]["free_from"]) == ("GBP", 299, 4000)
    assert rules["returns"]["fee"] == 300
    assert is_own_shop(load_settings())


def test_articles_can_be_published_or_left_out(home: Path) -> None:
    init("--articles", "publish")
    with db.reading() as session:
        assert len(list_published(session)) == len(read_articles())


def test_a_store_that_holds_a_shop_is_refused(home: Path) -> None:
    init("--articles", "none")
    result = CliRunner().invoke(app, ["init", *GIVEN])
    assert result.exit_code == 1
    assert "the store holds rules already" in result.stderr


def leaves(rules: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in rules.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield path + name, value


def demonstration() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load(Path("dangol/demo/rules.yml").read_text(encoding="utf-8"))
    return rules


def test_every_sum_of_the_demonstration_is_known_to_be_one() -> None:
    quoted = {
        path for article in read_articles() for path in re.findall(r"\{\{ *([a-z_.]+) *\| *money *\}\}", article.body)
    }
    large = {path for path, value in leaves(demonstration()) if isinstance(value, int) and value >= 400}
    known = {*MONEY, *POINTS}
    assert quoted - known == set()
    assert large - known == set()
    assert known - dict(leaves(demonstration())).keys() == set()


def test_nothing_of_the_demonstration_is_left() -> None:
    shop = Shop("등불", "", "KRW", "ko", email="help@lantern.example", phone="02-1")
    text = yaml.safe_dump(first_rules(shop), allow_unicode=True)
    for own in ("dangol", "단골상점", "1600-", "한빛", "Hanbit"):
        assert own not in text
    assert first_rules(shop)["shipping"]["fee"] == demonstration()["shipping"]["fee"]


@pytest.mark.parametrize("currency", ["KRW", "GBP", "JPY", "USD", "ISK", "KWD"])
def test_every_article_can_quote_the_rules_of_any_currency(currency: str) -> None:
    rules = first_rules(Shop("등불", "Lantern", currency, email="a@b.example"))
    assert all(render(article.body, rules, article.locale) for article in read_articles())


@pytest.mark.parametrize(
    "shop", [Shop("", ""), Shop("a", "", "XXQ"), Shop("a", "", language="fr"), Shop("a", "", timezone="Mars")]
)
def test_what_is_no_shop_is_refused(shop: Shop) -> None:
    with pytest.raises(CommandError):
        check_shop(shop)
