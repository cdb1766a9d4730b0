"""Use cases on the shop's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm_store.shop.models import RuleSet


def adopt_rules(session: Session, *, rules: dict[str, Any], actor: str, now: datetime) -> RuleSet:
    """Put a new version of all rules in force; older ones stay readable."""
    adopted = RuleSet(rules=rules, actor=actor, created_at=now)
    session.add(adopted)
    session.flush()
    return adopted
