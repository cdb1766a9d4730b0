"""Table of the shop's rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base


class RuleSet(Base):
    """All rules as they stood from `created_at` on; the greatest version is in force."""

    __tablename__ = "rule_sets"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    rules: Mapped[dict[str, Any]]
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
