"""Log in, with failed attempts counted per e-mail and per address."""

from __future__ import annotations

import hashlib
from datetime import datetime

from console.bodies import checked
from console.guard import Caller
from core.clock import utc_now
from core.settings import Settings
from crm_store.db import reading, transaction
from crm_store.ratelimits.service import count_attempt, forgive_attempt
from crm_store.staff import service

WINDOW_SECONDS = 15 * 60
# A colleague's typing errors must not lock an office out, so an address may try for several people.
PER_EMAIL, PER_ADDRESS = 10, 50


def _limits(email: str, address: str) -> dict[str, int]:
    digest = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
    return {f"staff-login:email:{digest}": PER_EMAIL, f"staff-login:address:{address[:64]}": PER_ADDRESS}


def _count(email: str, address: str, now: datetime) -> None:
    for key, limit in _limits(email, address).items():
        # Each in a transaction of its own: a refused login must not take its count back.
        with transaction() as session:
            count_attempt(session, key=key, limit=limit, window_seconds=WINDOW_SECONDS, now=now)


def log_in(settings: Settings, email: str, password: str, address: str) -> tuple[Caller, datetime]:
    """A new session and when it expires. UnauthenticatedError("login_failed"), RateLimitedError after too many failures."""
    now = utc_now()
    checked(email + password)
    if settings.rate_limits.enabled:
        _count(email, address, now)
    with reading() as session:
        staff_id = service.verify_password(session, email=email, password=password)
    with transaction() as session:
        if settings.rate_limits.enabled:
            # Counted before the password is looked at, so that attempts at once cannot slip by.
            for key in _limits(email, address):
                forgive_attempt(session, key=key, window_seconds=WINDOW_SECONDS, now=now)
        member, token, expires_at = service.open_session(session, staff_id=staff_id, now=now)
        return Caller(member.id, member.name, member.role, member.locale, token), expires_at


def log_out(token: str) -> None:
    """End a session."""
    with transaction() as session:
        service.log_out(session, token, utc_now())
