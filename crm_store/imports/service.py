"""The record of imports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.imports.models import ImportRun


def begin_run(session: Session, *, kind: str, file_name: str, sha256: str, now: datetime) -> str:
    """Note that an import of a file begins; the run's id. One that never finishes was broken off."""
    run = ImportRun(id=new_id(), kind=kind, file_name=file_name[:200], sha256=sha256, counts={}, started_at=now)
    session.add(run)
    session.flush()
    return run.id


def finish_run(session: Session, run_id: str, *, counts: dict[str, Any], now: datetime) -> None:
    """Note what became of its rows."""
    run = session.get_one(ImportRun, run_id)
    run.counts, run.finished_at = counts, now
