"""Put rules from a file in force: after a look at their shape, and at what the store would no longer find in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.errors import RuleViolationError
from crm_store import db
from crm_store.articles.queries import list_articles, list_published
from crm_store.catalogue.models import Product
from crm_store.customers.models import Customer
from crm_store.shop.queries import current_rules, rules_version
from crm_store.shop.service import adopt_rules
from dangol.progress import CommandError
from dangol.rules_shape import Fault, list_faults
from dangol.rules_text import read
from knowledge.quoting import render

ACTOR = "command line"
_REASONS = {
    "path": "and there is no such rule",
    "value": "and the rule is not of that kind",
    "filter": "which is no money, number or text",
    "form": "which is not written as {{ shipping.fee | money }}",
}


def adopt_file(path: Path, check_only: bool = False) -> list[str]:
    """Adopt the rules of a file; lines that say what changed. With `check_only` nothing is written.

    Raises CommandError naming every rule that does not fit, and every published article that quotes one no longer there.
    """
    rules = read(path)
    _refuse(path, list_faults(rules))
    with db.transaction() as session:
        before = current_rules(session)
        rules = _with_words(rules, before)
        _refuse(path, [*_missed_by_store(session, rules, before), *_missed_by_articles(session, rules)])
        changes = list(_changes(before, rules))
        if not changes:
            return [f"nothing changed; version {rules_version(session)} stays in force"]
        told = [*changes, *_drafts(session, rules)]
        if check_only:
            return [*told, f"{len(changes)} would change; nothing was written"]
        version = adopt_rules(session, rules=rules, actor=ACTOR, now=utc_now()).version
    return [*told, f"{len(changes)} changed; version {version} is in force"]


def _refuse(path: Path, faults: list[Fault]) -> None:
    if faults:
        lines = "".join(f"\n  {fault.path}: {fault.message}" for fault in faults)
        raise CommandError(f"{path} was not adopted:{lines}")


def _with_words(rules: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The file's words for codes over those in force: an import may have brought some since the file was written."""
    if "catalogue" not in before:
        return rules
    given = rules.get("catalogue") or {}
    words = {part: {**table, **(given.get(part) or {})} for part, table in before["catalogue"].items()}
    return {**rules, "catalogue": {**given, **words}}


def _missed_by_store(session: Session, rules: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Fault]:
    counted = session.execute(select(Customer.tier, func.count()).group_by(Customer.tier)).all()
    for tier, count in counted:
        if tier in before["tiers"] and tier not in rules["tiers"]:
            yield Fault(f"tiers.{tier}", f"cannot go: {count:,} customers are in it")
    currency = before["shop"]["currency"]
    if rules["shop"]["currency"] != currency and session.scalar(select(Product.id).limit(1)) is not None:
        yield Fault("shop.currency", f"cannot change any more: the products' prices are in {currency}")


def _missed_by_articles(session: Session, rules: Mapping[str, Any]) -> Iterator[Fault]:
    for article in list_published(session):
        fault = _misquoted(article.topic, article.locale, article.body, rules)
        if fault:
            yield fault


def _misquoted(topic: str, locale: str, body: str, rules: Mapping[str, Any]) -> Fault | None:
    try:
        render(body, rules, locale)
    except RuleViolationError as error:
        quote, reason = error.context["quote"], error.context["reason"]
        return Fault(f"article {topic}/{locale}", f"quotes {quote}, {_REASONS[str(reason)]}")
    return None


def _drafts(session: Session, rules: Mapping[str, Any]) -> Iterator[str]:
    for article, version in list_articles(session):
        fault = _misquoted(article.topic, article.locale, version.body, rules)
        if fault and article.published_version != version.number:
            yield f"  draft of {fault.path} cannot be published as it is: it {fault.message}"


def _changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _changes(before.get(name), after.get(name), f"{path}.{name}" if path else str(name))
    elif before != after:
        yield f"  {path}: {_shown(before)} -> {_shown(after)}"


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
