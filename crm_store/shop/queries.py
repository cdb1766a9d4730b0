"""Read the shop's rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.shop.models import RuleSet


def current_rules(session: Session) -> dict[str, Any]:
    """The rules in force, a nested mapping. NotFoundError("rules_missing") in a store that was never set up."""
    rules: dict[str, Any] | None = session.scalar(select(RuleSet.rules).order_by(RuleSet.version.desc()).limit(1))
    if rules is None:
        raise NotFoundError("rules_missing")
    return rules


def rules_version(session: Session) -> int:
    """The version in force, 0 in a store that was never set up."""
    return session.scalar(select(func.max(RuleSet.version))) or 0


def rule(rules: dict[str, Any], path: str) -> Any:
    """One rule by its dotted path (`shipping.fee`). NotFoundError("rule_missing") names the path."""
    value: Any = rules
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            raise NotFoundError("rule_missing", path=path)
        value = value[part]
    return value


def shop_manner(session: Session) -> tuple[str, str]:
    """The shop's currency and time zone; those of Korea in a store that was never set up."""
    shop = session.scalar(select(RuleSet.rules["shop"]).order_by(RuleSet.version.desc()).limit(1)) or {}
    return str(shop.get("currency", "KRW")), str(shop.get("timezone", "Asia/Seoul"))


def lowest_tier(session: Session) -> str:
    """The tier of a new customer: the one from the smallest sum on."""
    tiers: dict[str, dict[str, Any]] = rule(current_rules(session), "tiers")
    return min(tiers, key=lambda tier: int(tiers[tier]["from"]))
