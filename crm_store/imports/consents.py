"""Put a consent that was given or withdrawn somewhere else, with its own date as evidence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import add_months, local_date
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.shop.queries import current_rules, rule

ADVERTISING = ("marketing", "night_marketing")


def put_consent(
    session: Session, *, customer_id: str, purpose: str, channel: str, given: bool, at: datetime, actor: str
) -> str:  # fmt: skip
    """added, or unchanged where this very event is known. Where a later one is known, that one goes on standing."""
    known = select(ConsentEvent.id).where(
        ConsentEvent.customer_id == customer_id, ConsentEvent.purpose == purpose, ConsentEvent.channel == channel,
        ConsentEvent.given == given, ConsentEvent.created_at == at,
    )  # fmt: skip
    if session.scalar(known.limit(1)) is not None:
        return "unchanged"
    session.add(
        ConsentEvent(
            customer_id=customer_id, purpose=purpose, channel=channel, given=given, source="import", actor=actor,
            created_at=at,
        )
    )  # fmt: skip
    standing = session.get(Consent, (customer_id, purpose, channel), with_for_update=True)
    reconfirm_by = None
    if given and purpose in ADVERTISING:
        rules = current_rules(session)
        day = local_date(at, str(rule(rules, "shop.timezone")))
        reconfirm_by = add_months(day, int(rule(rules, "consents.reconfirm_months")))
    if standing is None:
        session.add(
            Consent(
                customer_id=customer_id,
                purpose=purpose,
                channel=channel,
                given=given,
                since=at,
                reconfirm_by=reconfirm_by,
            )
        )
    elif standing.since <= at:
        standing.given, standing.since, standing.reconfirm_by = given, at, reconfirm_by
    session.flush()
    return "added"
