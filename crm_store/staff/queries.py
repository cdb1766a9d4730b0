"""Read staff and the audit log."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.staff.models import AuditEntry, StaffMember


def get_staff(session: Session, staff_id: str) -> StaffMember:
    """The staff member; NotFoundError("staff_not_found") otherwise."""
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise NotFoundError("staff_not_found", staff_id=staff_id)
    return member


def find_by_email(session: Session, email: str) -> StaffMember | None:
    """By e-mail, whatever its case."""
    return session.scalar(select(StaffMember).where(StaffMember.email == email.strip().lower()))


def names_of(session: Session, staff_ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id."""
    wanted = {staff_id for staff_id in staff_ids if staff_id}
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def list_audit(session: Session, limit: int = 100) -> list[AuditEntry]:
    """The newest entries of the audit log, newest first."""
    return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)))
