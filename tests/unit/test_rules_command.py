"""`dangol rules`: read, change and put in force; what does not fit is named with its path, and nothing changes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from core.clock import utc_now
from crm_store import db
from crm_store.articles import service as articles
from crm_store.catalogue.models import Product
from crm_store.imports.products import add_category_names
from crm_store.migrate import upgrade
from crm_store.shop.queries import current_rules, rules_version
from crm_store.shop.service import adopt_rules
from dangol.cli import app
from dangol.progress import CommandError
from dangol.rules_shape import list_faults
from dangol.rules_text import DEMONSTRATION, read, write
from dangol.shop_rules import Shop, first_rules


def shop_rules(currency: str = "KRW") -> dict[str, Any]:
    return first_rules(Shop("등불", "Lantern", currency, email="help@lantern.example"))


def changed(path: str, value: Any) -> dict[str, Any]:
    """The rules of a shop with one rule changed, or left out where the value is `...`."""
    rules = shop_rules()
    *parents, name = path.split(".")
    place = rules
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return rules


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose store has a shop's rules and one published article that quotes one."""
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'var' / 'dangol.db'}"
    (tmp_path / "var").mkdir()
    upgrade(url)
    db.configure(url)
    now = utc_now()
    with db.transaction() as session:
        adopt_rules(session, rules=shop_rules() | {"own": {"class_fee": 300}}, actor="init", now=now)
        articles.save_draft(
            session, topic="tea-class", locale="en", title="Classes", body="For {{ own.class_fee | money }}.",
            phrasings=["Do you teach?"], actor="init", now=now,
        )  # fmt: skip
        articles.publish(session, topic="tea-class", locale="en", actor="init", now=now)
    return tmp_path


def dangol(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", *arguments])


def in_force() -> tuple[dict[str, Any], int]:
    with db.reading() as session:
        return current_rules(session), rules_version(session)


@pytest.mark.parametrize("currency", ["KRW", "GBP", "KWD"])
def test_what_is_written_is_read_back_the_same(tmp_path: Path, currency: str) -> None:
    rules = shop_rules(currency) | {"own": {"hours": "18:00", "card": "0123", "open": True}}
    path = tmp_path / "rules.yml"
    path.write_text(write(rules, 7), encoding="utf-8")
    assert read(path) == rules
    assert list_faults(rules) == []


def test_comments_and_sums_are_for_people() -> None:
    text = write(shop_rules("GBP"), 7)
    assert "version 7" in text
    assert "  fee: 300 # £3.00\n" in text
    assert "  remote_fee: 300 # £3.00; on top of fee, also when delivery itself is free\n" in text
    assert '  cutoff_hour: "15:00" # paid by then on a working day' in text
    assert "\n# Once a day of shop.timezone; every" in text
    assert "£" not in write(shop_rules(), 7)


def test_tiers_are_written_in_rising_order() -> None:
    rules = shop_rules()
    rules["tiers"] = dict(reversed(rules["tiers"].items()))
    assert [*yaml.safe_load(write(rules, 1))["tiers"]] == ["sprout", "neighbour", "regular", "family"]


def test_hours_and_numbers_of_telephones_need_no_quotes(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text("support: {close: 18:00}\nshop: {phone: 021112222}\nfee: 3000\n", encoding="utf-8")
    assert read(path) == {"support": {"close": "18:00"}, "shop": {"phone": "021112222"}, "fee": 3000}


@pytest.mark.parametrize("text", ["shop: [", "- 1", "", "fee: 1\nfee: 2", "{a: 1, a: 2}"])
def test_a_file_that_holds_no_rules_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"rules\.yml: [^\n]+$"):
        read(path)


def test_the_demonstrations_rules_fit() -> None:
    assert list_faults(yaml.safe_load(DEMONSTRATION.read_text(encoding="utf-8"))) == []


def test_the_tutorials_rules_fit() -> None:
    assert list_faults(read(DEMONSTRATION.parents[2] / "docs" / "examples" / "shop" / "rules.yml")) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("shipping.fee", ..., "is missing"),
        ("shipping", ..., "is missing"),
        ("shipping.feee", 3000, "is no rule of Dangol"),
        ("shiping", {}, "is no rule of Dangol"),
        ("shipping.fee", 3.5, "3.50 is written 350"),
        ("shipping.fee", "3,000", "without quotes or commas"),
        ("shipping.fee", True, "must be a whole number"),
        ("shipping.fee", -1, "must not be less than 0"),
        ("points.rate_percent", 101, "must not be more than 100"),
        ("points.valid_months", 0, "must not be less than 1"),
        ("support.open", "9:00", "must be a time of day"),
        ("support.close", "08:00", "must not be less than support.open"),
        ("shipping.days_max", 0, "must not be less than shipping.days_min"),
        ("shop.phone", 15880000, "put it in quotes"),
        ("shop.name", "등불", "in both languages"),
        ("shop.name.ko", " ", "must be a text"),
        ("shop.name.fr", "Lanterne", "is no language"),
        ("shop.currency", "XXQ", "is no currency"),
        ("shop.timezone", "Mars", "is no time zone"),
        ("shop.language", "fr", "is no language"),
        ("shop.agreement", "me", "must be at_once"),
        ("shop.checkout_url", "shop.example", "must begin with"),
        ("tier_review.day", 31, "1 to 28"),
        ("tiers", {}, "at least one tier"),
        ("tiers.sprout.from", 5, "must begin at 0"),
        ("tiers.regular.from", 100_000, "more than that of neighbour"),
        ("tiers.family.rate_percent", ..., "is missing"),
        ("coupons.welcome.percent", ..., "either percent or amount"),
        ("coupons.birthday.percent", 5, "either percent or amount"),
        ("coupons.birthday.title", ..., "is missing"),
        ("subscription.interval_weeks", [4, 2], "must rise"),
        ("subscription.interval_weeks", [], "must not be empty"),
        ("shipping.remote_postcodes", "63", "must be a list"),
        ("own", 5, "must hold names and values"),
    ],
)
def test_a_rule_that_does_not_fit_is_named(path: str, value: Any, message: str) -> None:
    faults = list_faults(changed(path, value))
    assert len(faults) == 1
    fault = faults[0]
    assert fault.path == (path.rpartition(".")[0] if "either" in message else path)
    assert message in fault.message


def test_all_faults_are_named_at_once() -> None:
    rules = changed("shipping.fee", "free") | {"extra": 1}
    assert [fault.path for fault in list_faults(rules)] == ["extra", "shipping.fee"]


def test_a_coupon_may_become_another_kind() -> None:
    rules = shop_rules()
    welcome = rules["coupons"]["welcome"]
    del welcome["percent"], welcome["maximum_discount"]
    welcome |= {"amount": 3000, "stackable": True, "excluded": {"categories": ["sale"]}}
    assert list_faults(rules) == []


def test_changed_rules_are_in_force_and_said(home: Path) -> None:
    path = home / "rules.yml"
    path.write_text(
        dangol("show").stdout.replace("  fee: 3000\n  free_from", "  fee: 2500\n  free_from"), encoding="utf-8"
    )
    assert "1 would change; nothing was written" in dangol("adopt", "--check", str(path)).stdout
    assert in_force()[1] == 1
    assert dangol("adopt", str(path)).stdout == "  shipping.fee: 3000 -> 2500\n1 changed; version 2 is in force\n"
    rules, version = in_force()
    assert (rules["shipping"]["fee"], version) == (2500, 2)
    assert "nothing changed; version 2 stays" in dangol("adopt", str(path)).stdout


def test_what_does_not_fit_changes_nothing(home: Path) -> None:
    path = home / "rules.yml"
    path.write_text(dangol("show").stdout.replace("  currency: KRW", "  curency: KRW"), encoding="utf-8")
    result = dangol("adopt", str(path))
    assert result.exit_code == 1
    assert "shop.curency: is no rule of Dangol" in result.stderr
    assert "shop.currency: is missing" in result.stderr
    assert in_force()[1] == 1


def test_a_rule_that_a_published_article_quotes_stays(home: Path) -> None:
    path = home / "rules.yml"
    path.write_text(dangol("show").stdout.partition("\nown:")[0], encoding="utf-8")
    result = dangol("adopt", str(path))
    assert result.exit_code == 1
    assert "article tea-class/en: quotes own.class_fee | money, and there is no such rule" in result.stderr


def test_the_currency_of_prices_and_the_tiers_of_customers_stay(home: Path) -> None:
    from crm_store.customers.service import ensure_vouched_customer

    now = utc_now()
    with db.transaction() as session:
        cup = {"id": "cup", "name": {"en": "Cup"}, "category": "all", "kind": "cup", "price": 100, "currency": "KRW"}
        session.add(Product(**cup, updated_at=now))
        ensure_vouched_customer(session, external_ref="C-1", name=None, email=None, language="ko", now=now)
    rules = copy.deepcopy(in_force()[0])
    rules["shop"]["currency"] = "USD"
    rules["tiers"] = {"friend": rules["tiers"].pop("sprout"), **rules["tiers"]}
    path = home / "rules.yml"
    path.write_text(write(rules, 1), encoding="utf-8")
    result = dangol("adopt", str(path))
    assert "tiers.sprout: cannot go: 1 customers are in it" in result.stderr
    assert "shop.currency: cannot change any more" in result.stderr


def test_words_that_an_import_brought_meanwhile_stay(home: Path) -> None:
    path = home / "rules.yml"
    path.write_text(
        dangol("show").stdout.replace("  fee: 3000\n  free_from", "  fee: 2500\n  free_from"), encoding="utf-8"
    )
    with db.transaction() as session:
        add_category_names(session, {"tea": {"ko": "차", "en": "Tea"}}, actor="import", now=utc_now())
    assert "1 changed; version 3 is in force" in dangol("adopt", str(path)).stdout
    assert in_force()[0]["catalogue"]["categories"]["tea"]["name"]["en"] == "Tea"
