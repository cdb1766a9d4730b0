"""One-time codes by e-mail: six digits that prove whose mailbox it is, in the conversation that asked for them.

What is said, written and counted is the same whether an account has the address or not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.errors import RateLimitedError, RuleViolationError
from core.ids import new_id
from crm_store.accounts.emails import normal_email
from crm_store.accounts.mails import queue_mail
from crm_store.accounts.models import OneTimeCode
from crm_store.customers.queries import find_by_email
from crm_store.ratelimits.service import count_attempt
from crm_store.shop.queries import current_rules, rule

Purpose = Literal["sign_in", "join", "email"]
HOUR = 3600


def keyed_hash(secret_key: bytes, *parts: str) -> str:
    """HMAC-SHA256 of the parts, 64 hex digits: of no use to whoever reads the store without the key."""
    return hmac.new(secret_key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def send_code(
    session: Session,
    *,
    conversation_id: str,
    email: str,
    purpose: Purpose,
    secret_key: bytes,
    language: str,
    now: datetime,
) -> OneTimeCode:
    """Mail a new code; from now on only this one counts in the conversation.

    To sign in, an address without an account gets a mail saying so. RuleViolationError("email_invalid");
    RateLimitedError("code_too_soon" or "too_many_requests", `retry_after` seconds) leaves nothing but the count.
    """
    email = normal_email(email)
    rules = current_rules(session)
    _check_pace(session, rules, conversation_id, email, secret_key, now)
    customer = find_by_email(session, email)
    digits = f"{secrets.randbelow(10**6):06d}"
    code_id, minutes = new_id(), int(rule(rules, "account.code_minutes"))
    code = OneTimeCode(
        id=code_id, conversation_id=conversation_id, customer_id=customer.id if customer else None, email=email,
        purpose=purpose, code_hash=keyed_hash(secret_key, code_id, digits), attempts=0, created_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )  # fmt: skip
    session.add(code)
    session.flush()
    kind = "no_account" if purpose == "sign_in" and customer is None else "code"
    queue_mail(
        session, kind, recipient=email, language=language, key=f"code:{code_id}", now=now, code=digits, minutes=minutes
    )
    return code


def _check_pace(
    session: Session, rules: dict[str, Any], conversation_id: str, email: str, secret_key: bytes, now: datetime
) -> None:
    pause, hourly = int(rule(rules, "account.code_resend_seconds")), int(rule(rules, "account.codes_per_hour"))
    last = _latest(session, conversation_id)
    if last is not None and (waited := (now - last.created_at).total_seconds()) < pause:
        raise RateLimitedError("code_too_soon", retry_after=max(1, round(pause - waited)))
    # The address under a keyed hash: counters are no list of whom people looked for.
    for key in (f"code:conversation:{conversation_id}", f"code:email:{keyed_hash(secret_key, 'pace', email)}"):
        count_attempt(session, key=key, limit=hourly, window_seconds=HOUR, now=now)


def _latest(session: Session, conversation_id: str) -> OneTimeCode | None:
    newest = (OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
    mine = OneTimeCode.conversation_id == conversation_id
    return session.scalar(select(OneTimeCode).where(mine, OneTimeCode.purpose != "export").order_by(*newest).limit(1))


def redeem_code(
    session: Session, *, conversation_id: str, purpose: Purpose, code: str, secret_key: bytes, now: datetime
) -> OneTimeCode:
    """Use up the conversation's latest code: once, whoever else tries at the same time.

    RuleViolationError: "code_wrong" (`left` tries), "code_attempts_used", "code_expired", "code_void" (used, replaced, or
    none was asked for). The caller commits also after an error, or attempts would not count.
    """
    latest = _latest(session, conversation_id)
    if latest is None or latest.purpose != purpose:
        raise RuleViolationError("code_void")
    limit = int(rule(current_rules(session), "account.code_attempts"))
    tried = _count_try(session, latest, limit, now)
    right = hmac.compare_digest(latest.code_hash, keyed_hash(secret_key, latest.id, code))
    if tried is None:
        raise RuleViolationError(_why_not(latest, limit, now))
    if not right or (purpose == "sign_in" and latest.customer_id is None):
        raise RuleViolationError("code_wrong" if tried < limit else "code_attempts_used", left=limit - tried)
    latest.used_at = now
    session.flush()
    return latest


def _count_try(session: Session, code: OneTimeCode, limit: int, now: datetime) -> int | None:
    """Count a try in the row itself, which others then wait for; None when it takes no more."""
    open_still = (OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now, OneTimeCode.attempts < limit)
    tried = session.scalar(
        update(OneTimeCode)
        .where(OneTimeCode.id == code.id, *open_still)
        .values(attempts=OneTimeCode.attempts + 1)
        .returning(OneTimeCode.attempts)
        .execution_options(synchronize_session=False)
    )
    session.refresh(code)
    return tried


def _why_not(code: OneTimeCode, limit: int, now: datetime) -> str:
    if code.used_at is None and code.attempts >= limit:
        return "code_attempts_used"
    return "code_expired" if code.used_at is None and code.expires_at <= now else "code_void"


def forget_codes(session: Session, before: datetime) -> None:
    """Delete codes that expired before then."""
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < before))
