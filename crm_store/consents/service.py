"""Use cases on consents. Each leaves a row of evidence; where a consent stands is one row that later ones change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import add_months, local_date
from core.errors import RuleViolationError
from crm_store.accounts.mails import queue_mail, written_day
from crm_store.accounts.wording import consent_name
from crm_store.consents.models import CHANNELS, PURPOSES, Consent, ConsentEvent
from crm_store.consents.queries import due_reconfirmations
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.shop.queries import current_rules, rule

ADVERTISING = ("marketing", "night_marketing")


def give(
    session: Session, *, customer_id: str, purpose: str, channel: str, source: str, message_id: str | None, actor: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Note that a customer agrees; True when they did not before. Agreeing again is evidence too and begins the term anew.

    RuleViolationError("consent_invalid") for a purpose or channel there is not; NotFoundError for an unknown customer.
    """
    return _note(session, True, customer_id, purpose, channel, source, message_id, actor, now)


def withdraw(
    session: Session, *, customer_id: str, purpose: str, channel: str, source: str, message_id: str | None, actor: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Note that a customer no longer agrees, or refuses from the start; True when that is new. Errors as `give`."""
    return _note(session, False, customer_id, purpose, channel, source, message_id, actor, now)


def _note(
    session: Session, given: bool, customer_id: str, purpose: str, channel: str, source: str, message_id: str | None,
    actor: str, now: datetime,
) -> bool:  # fmt: skip
    if purpose not in PURPOSES or channel not in CHANNELS:
        raise RuleViolationError("consent_invalid", purpose=purpose, channel=channel)
    get_customer(session, customer_id)
    key = {"customer_id": customer_id, "purpose": purpose, "channel": channel}
    state = {"given": given, "since": now, "reconfirm_by": None}
    if given and purpose in ADVERTISING:
        months = int(rule(current_rules(session), "consents.reconfirm_months"))
        state["reconfirm_by"] = add_months(local_date(now), months)
    changed = insert_once(session, Consent, key | state, list(key))
    if not changed:
        here = select(Consent).where(*(getattr(Consent, name) == value for name, value in key.items()))
        row = session.scalars(here.with_for_update().execution_options(populate_existing=True)).one()
        changed = row.given is not given
        if changed or given:
            row.given, row.since, row.reconfirm_by = given, now, state["reconfirm_by"]  # type: ignore[assignment]
    if changed or given:
        session.add(ConsentEvent(**key, given=given, source=source, message_id=message_id, actor=actor, created_at=now))
    session.flush()
    return changed


def remind_to_reconfirm(session: Session, now: datetime, limit: int = 200) -> int:
    """Tell customers by e-mail what they agreed to two years ago, and begin the next two years. Returns how many were told.

    A service notice; who says nothing goes on agreeing. Those without an e-mail stay in `due_reconfirmations` for staff.
    """
    rules = current_rules(session)
    told: dict[str, list[Consent]] = {}
    for consent in due_reconfirmations(session, now, with_email=True, limit=limit):
        told.setdefault(consent.customer_id, []).append(consent)
    for customer_id, consents in told.items():
        customer = get_customer(session, customer_id)
        assert customer.email is not None
        queue_mail(
            session, "reconfirm", recipient=customer.email, language=customer.language, now=now,
            key=f"reconfirm:{customer_id}:{local_date(now)}",
            since=written_day(min(consent.since for consent in consents), customer.language),
            what=", ".join(consent_name(consent.purpose, consent.channel, customer.language) for consent in consents),
        )  # fmt: skip
        until = add_months(local_date(now), int(rule(rules, "consents.reconfirm_months")))
        for consent in consents:
            here = (Consent.customer_id == customer_id, Consent.purpose == consent.purpose)
            session.execute(update(Consent).where(*here, Consent.channel == consent.channel).values(reconfirm_by=until))
    return len(told)
