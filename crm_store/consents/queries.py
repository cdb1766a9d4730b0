"""Read consents."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date, zone
from crm_store.consents.models import Consent
from crm_store.customers.models import Customer
from crm_store.shop.queries import current_rules, rule


def standing(session: Session, customer_id: str) -> list[Consent]:
    """Where each of a customer's consents stands, given or withdrawn."""
    mine = select(Consent).where(Consent.customer_id == customer_id)
    return list(session.scalars(mine.order_by(Consent.purpose, Consent.channel)))


def may_advertise(session: Session, customer_id: str, channel: str, now: datetime) -> bool:
    """Whether advertising may go to a customer on a channel at this moment: at night it takes two consents."""
    given = {(row.purpose, row.channel) for row in standing(session, customer_id) if row.given}
    if ("marketing", channel) not in given:
        return False
    return not is_night(session, now) or ("night_marketing", channel) in given


def is_night(session: Session, now: datetime) -> bool:
    """Whether it is night in the shop's time zone, as the rules have it (over midnight or not)."""
    rules = current_rules(session)
    clock = now.astimezone(zone(str(rule(rules, "shop.timezone")))).strftime("%H:%M")
    begin, end = str(rule(rules, "consents.night_from")), str(rule(rules, "consents.night_to"))
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def due_reconfirmations(
    session: Session, now: datetime, *, with_email: bool | None = None, limit: int = 200
) -> list[Consent]:
    """Advertising consents whose two years end within the rules' notice; of customers with or without an e-mail, or of all."""
    rules = current_rules(session)
    today = local_date(now, str(rule(rules, "shop.timezone")))
    until = today + timedelta(days=int(rule(rules, "consents.reconfirm_notice_days")))
    due = select(Consent).where(Consent.given, Consent.reconfirm_by <= until)
    if with_email is not None:
        due = due.join(Customer, Customer.id == Consent.customer_id)
        due = due.where(Customer.email.is_not(None) if with_email else Customer.email.is_(None))
    return list(session.scalars(due.order_by(Consent.reconfirm_by, Consent.customer_id).limit(limit)))
