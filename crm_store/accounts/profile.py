"""Use cases on what a customer says about themself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import add_months, local_date
from core.errors import ConflictError, RuleViolationError
from core.language import LOCALES
from crm_store.accounts.models import OneTimeCode
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_email, get_customer
from crm_store.shop.queries import current_rules, rule
from crm_store.staff.models import AuditEntry
from crm_store.staff.service import record

GENDERS = ("female", "male")
SKIN_TYPES = ("dry", "oily", "combination", "sensitive", "normal", "acne_prone")
SIZE_KINDS = ("clothing", "shoes")
FIELDS = ("name", "phone", "birthday", "language", "gender", "skin_type", "sizes", "address")
_PHONE = re.compile(r"\+[1-9]\d{7,14}")
_SIZE = re.compile(r"[A-Za-z0-9_./-]{1,20}")
_CHANGED = "profile.change"
_EARLIEST = date(1900, 1, 1)


def change_profile(
    session: Session, *, customer_id: str, field: str, value: Any, actor: str, now: datetime
) -> Customer:
    """Change one of FIELDS. None clears it, but not name or language.

    Values: birthday an ISO date, phone E.164, sizes {kind: size} added to those there are, address {line1, ...} or one line.
    RuleViolationError: "<field>_invalid"; "birthday_too_young" (`minimum`), "birthday_changed" (`again_on`, an ISO date).
    The e-mail changes with `change_email` alone. The audit log keeps who changed which field when, never the value.
    """
    customer = _locked(session, customer_id)
    checked = check_profile(session, customer, field=field, value=value, now=now)
    if getattr(customer, field) != checked:
        setattr(customer, field, checked)
        record(session, actor, _CHANGED, customer_id, now, field=field)
        session.flush()
    return customer


def check_profile(session: Session, customer: Customer, *, field: str, value: Any, now: datetime) -> Any:
    """What `change_profile` would write for this value; its errors where it may not."""
    if field not in FIELDS:
        raise RuleViolationError("field_invalid", field=field)
    checked = None if value is None and field not in ("name", "language") else _CHECKS[field](value)
    if field == "birthday":
        _check_birthday(session, customer, checked, now)
    if field == "sizes" and checked:
        return {**customer.sizes, **checked}
    return checked or {} if field in ("sizes", "address") else checked


def change_email(session: Session, *, customer_id: str, code: OneTimeCode, actor: str, now: datetime) -> Customer:
    """Put the address in place that a used code of purpose "email" proved.

    ConflictError("email_taken") where another account has it: told to the owner of the mailbox alone.
    """
    if code.purpose != "email" or code.used_at is None:
        raise RuleViolationError("email_unverified")
    customer = _locked(session, customer_id)
    other = find_by_email(session, code.email)
    if other is not None and other.id != customer_id:
        raise ConflictError("email_taken")
    if customer.email != code.email:
        customer.email = code.email
        record(session, actor, _CHANGED, customer_id, now, field="email")
        session.flush()
    return customer


def checked_name(value: object) -> str:
    """A name somebody may have. RuleViolationError("name_invalid") otherwise."""
    name = " ".join(str(value or "").split())
    letters = [letter for letter in name if letter.isalpha()]
    strange = any(not (letter.isalpha() or letter in " .'’-·") for letter in name)
    if not letters or strange or len(name) > 50:
        raise RuleViolationError("name_invalid")
    return name


def birthday_free_on(session: Session, customer: Customer) -> date | None:
    """The day from which a birthday may be changed again; None when it may be now or was never set in the chat."""
    days = int(rule(current_rules(session), "account.birthday_change_days"))
    changed = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.action == _CHANGED, AuditEntry.target == customer.id)
        .order_by(AuditEntry.id.desc())
    )
    last = next((entry.created_at for entry in changed if entry.detail.get("field") == "birthday"), None)
    return local_date(last) + timedelta(days=days) if last is not None and customer.birthday is not None else None


def _locked(session: Session, customer_id: str) -> Customer:
    wanted = select(Customer).where(Customer.id == customer_id, Customer.erased_at.is_(None))
    session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    return get_customer(session, customer_id)


def _check_birthday(session: Session, customer: Customer, born: date | None, now: datetime) -> None:
    if born == customer.birthday:
        return
    rules = current_rules(session)
    today = local_date(now, str(rule(rules, "shop.timezone")))
    minimum = int(rule(rules, "account.minimum_age"))
    if born is not None and not _EARLIEST <= born <= today:
        raise RuleViolationError("birthday_invalid")
    if born is not None and add_months(born, 12 * minimum) > today:
        raise RuleViolationError("birthday_too_young", minimum=minimum)
    again_on = birthday_free_on(session, customer)
    if again_on is not None and today < again_on:
        raise RuleViolationError("birthday_changed", again_on=again_on.isoformat())


def _birthday(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise RuleViolationError("birthday_invalid") from None


def _phone(value: object) -> str:
    phone = re.sub(r"[\s().-]", "", str(value))
    phone = re.sub(r"^0(?=\d{8,10}$)", "+82", phone)
    if not _PHONE.fullmatch(phone):
        raise RuleViolationError("phone_invalid")
    return phone


def _one_of(field: str, allowed: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in allowed:
            raise RuleViolationError(f"{field}_invalid")
        return str(value)

    return check


def _sizes(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value or not set(value) <= set(SIZE_KINDS):
        raise RuleViolationError("sizes_invalid")
    if not all(_SIZE.fullmatch(str(size)) for size in value.values()):
        raise RuleViolationError("sizes_invalid")
    return {kind: str(size) for kind, size in value.items()}


def _address(value: Any) -> dict[str, str]:
    parts = value if isinstance(value, dict) else {"line1": value}
    address = {str(part): " ".join(str(text).split())[:200] for part, text in parts.items() if text}
    if len(address.get("line1", "")) < 5:
        raise RuleViolationError("address_invalid")
    return address


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": checked_name,
    "phone": _phone,
    "birthday": _birthday,
    "language": _one_of("language", LOCALES),
    "gender": _one_of("gender", GENDERS),
    "skin_type": _one_of("skin_type", SKIN_TYPES),
    "sizes": _sizes,
    "address": _address,
}
