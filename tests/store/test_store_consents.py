"""Consents: where they stand, the evidence, the night, and the reminder every two years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.errors import RuleViolationError
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.consents.queries import due_reconfirmations, may_advertise
from crm_store.consents.service import give, remind_to_reconfirm, withdraw
from crm_store.db import reading, transaction
from tests.store.accounts_at_hand import mails_to, make_account
from tests.store.builders import NOW, put_rules
from tests.store.races import race

DAY = timedelta(days=1)
# NOW is noon in Seoul.
NIGHT = NOW + timedelta(hours=10)


def note(
    customer_id: str, *, given: bool = True, purpose: str = "marketing", channel: str = "email", days: int = 0
) -> bool:
    act = give if given else withdraw
    with transaction() as session:
        return act(
            session, customer_id=customer_id, purpose=purpose, channel=channel, source="chat", message_id=None,
            actor="customer", now=NOW + days * DAY,
        )  # fmt: skip


def may(customer_id: str, channel: str = "email", *, at_night: bool = False) -> bool:
    with reading() as session:
        return may_advertise(session, customer_id, channel, NIGHT if at_night else NOW)


def test_a_consent_is_given_and_withdrawn_with_evidence(store: str) -> None:
    put_rules()
    customer_id = make_account()
    assert not may(customer_id)
    assert [note(customer_id), note(customer_id)] == [True, False]
    assert may(customer_id)
    assert [note(customer_id, given=False, days=1), note(customer_id, given=False, days=2)] == [True, False]
    assert not may(customer_id)
    with reading() as session:
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
        assert [event.given for event in events] == [True, True, False]
        [standing] = session.scalars(select(Consent)).all()
        assert (standing.given, standing.since, standing.reconfirm_by) == (False, NOW + DAY, None)


def test_night_takes_a_consent_of_its_own(store: str) -> None:
    put_rules()
    customer_id = make_account()
    note(customer_id, purpose="night_marketing")
    assert not may(customer_id, at_night=True)
    note(customer_id)
    assert may(customer_id, at_night=True)
    note(customer_id, given=False, purpose="night_marketing")
    assert may(customer_id)
    assert not may(customer_id, at_night=True)


@pytest.mark.parametrize(("purpose", "channel"), [("spam", "email"), ("marketing", "pigeon")])
def test_what_is_no_consent_is_refused(sqlite_store: str, purpose: str, channel: str) -> None:
    put_rules()
    with pytest.raises(RuleViolationError, match="consent_invalid"):
        note(make_account(), purpose=purpose, channel=channel)


def test_of_many_withdrawals_at_once_one_is_new(store: str) -> None:
    put_rules()
    customer_id = make_account()
    note(customer_id)
    came: list[bool] = []
    race(lambda _: came.append(note(customer_id, given=False)), range(6))
    assert sorted(came) == [False] * 5 + [True]
    assert not may(customer_id)


def test_every_two_years_a_notice_says_what_was_agreed_to(store: str) -> None:
    put_rules()
    customer_id, silent = make_account(language="en"), make_account(None)
    for owner in (customer_id, silent):
        note(owner)
    note(customer_id, purpose="night_marketing")
    later = NOW + 720 * DAY
    with transaction() as session:
        assert remind_to_reconfirm(session, NOW + 600 * DAY) == 0
        assert len(due_reconfirmations(session, later)) == 3
        assert [remind_to_reconfirm(session, later) for _ in range(2)] == [1, 0]
        assert [row.customer_id for row in due_reconfirmations(session, later)] == [silent]
        renewed = session.get_one(Consent, (customer_id, "marketing", "email"))
        session.refresh(renewed)
        assert renewed.reconfirm_by == date(2030, 2, 28)
    [mail] = mails_to()
    assert "advertising (e-mail)" in mail["text"]
    assert "at night" in mail["text"]
    assert "March 10, 2026" in mail["text"]
    assert may(customer_id)
