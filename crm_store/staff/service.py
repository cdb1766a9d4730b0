"""Use cases on staff: accounts, logins, and the audit log."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.errors import ConflictError, RuleViolationError, UnauthenticatedError
from crm_store.staff.models import ROLES, AuditEntry, StaffMember, StaffSession
from crm_store.staff.queries import find_by_email, get_staff

SESSION_LENGTH = timedelta(hours=12)
PASSWORD_MINIMUM = 12
_hasher = PasswordHasher()
# Verified for an unknown e-mail, so that an answer takes as long as for a known one.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def record(session: Session, actor: str, action: str, target: str, now: datetime, **detail: object) -> None:
    """Add to the audit log: ids and numbers, no message text."""
    session.add(AuditEntry(actor=actor, action=action, target=target, detail=detail, created_at=now))


def add_staff(
    session: Session, *, email: str, name: str, role: str, password: str, actor: str, now: datetime, locale: str = "ko"
) -> StaffMember:
    """Create an account. RuleViolationError for an unknown role, bad e-mail or short password; ConflictError when taken."""
    email = email.strip().lower()
    if role not in ROLES:
        raise RuleViolationError("role_invalid", role=role)
    if "@" not in email or len(email) > 320:
        raise RuleViolationError("email_invalid")
    if len(password) < PASSWORD_MINIMUM:
        raise RuleViolationError("password_short", minimum=PASSWORD_MINIMUM)
    if find_by_email(session, email) is not None:
        raise ConflictError("email_taken")
    member = StaffMember(
        email=email, name=name, role=role, locale=locale, password_hash=_hasher.hash(password), created_at=now
    )
    session.add(member)
    session.flush()
    record(session, actor, "staff.add", member.id, now, role=role)
    return member


def verify_password(session: Session, *, email: str, password: str) -> str:
    """Id of the active member with this e-mail and password. UnauthenticatedError("login_failed") otherwise.

    Only reads, and takes argon2's tens of milliseconds: call it outside a writing transaction.
    """
    member = find_by_email(session, email)
    try:
        _hasher.verify(member.password_hash if member else _NOBODY, password)
    except VerificationError:
        raise UnauthenticatedError("login_failed") from None
    if member is None or not member.active:
        raise UnauthenticatedError("login_failed")
    return member.id


def open_session(session: Session, *, staff_id: str, now: datetime) -> tuple[StaffMember, str, datetime]:
    """The member whose password was verified, a new session token (only its hash is stored) and when it expires."""
    member = get_staff(session, staff_id)
    token = secrets.token_urlsafe(32)
    expires_at = now + SESSION_LENGTH
    session.add(StaffSession(token_hash=_hash_token(token), staff_id=staff_id, created_at=now, expires_at=expires_at))
    record(session, staff_id, "staff.login", staff_id, now)
    session.flush()
    return member, token, expires_at


def authenticate(session: Session, token: str, now: datetime) -> StaffMember:
    """Who a session token belongs to. UnauthenticatedError when unknown, expired, revoked, or the account is inactive."""
    found = session.get(StaffSession, _hash_token(token))
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        raise UnauthenticatedError("session_invalid")
    member = session.get(StaffMember, found.staff_id)
    if member is None or not member.active:
        raise UnauthenticatedError("session_invalid")
    return member


def log_out(session: Session, token: str, now: datetime) -> None:
    """End one session."""
    session.execute(update(StaffSession).where(StaffSession.token_hash == _hash_token(token)).values(revoked_at=now))
