"""The outbox: one at a time to each recipient, in order, and never twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.db import reading, transaction
from crm_store.outbox import service
from crm_store.outbox.models import OutboxMessage
from tests.store.builders import NOW
from tests.store.races import race

SECOND = timedelta(seconds=1)


def queue(recipient: str, key: str) -> None:
    with transaction() as session:
        service.queue(session, channel="telegram", recipient=recipient, idempotency_key=key, body={}, now=NOW)


def claim(now: datetime = NOW, owner: str = "sender", limit: int = 20) -> list[str]:
    with transaction() as session:
        claimed = service.claim(session, channel="telegram", owner=owner, now=now, limit=limit)
        return [message.idempotency_key for message in claimed]


def id_of(key: str) -> int:
    with reading() as session:
        return session.scalars(select(OutboxMessage.id).where(OutboxMessage.idempotency_key == key)).one()


def state_of(key: str) -> tuple[str, int]:
    with reading() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.idempotency_key == key)).one()
        return message.state, message.attempts


def sent(key: str) -> None:
    outbox_id = id_of(key)
    with transaction() as session:
        service.settle_sent(session, outbox_id, external_id="x", now=NOW)


def failed(key: str, retry_after: timedelta | None) -> None:
    outbox_id = id_of(key)
    with transaction() as session:
        service.settle_failed(session, outbox_id, error="down", now=NOW, retry_after=retry_after)


@pytest.mark.usefixtures("store")
def test_each_recipient_gets_one_at_a_time_in_order() -> None:
    for recipient, key in (("ann", "a1"), ("ann", "a2"), ("bob", "b1"), ("ann", "a3")):
        queue(recipient, key)
    assert claim() == ["a1", "b1"]
    assert claim() == []
    sent("a1")
    assert claim() == ["a2"]
    failed("a2", None)
    assert claim() == ["a3"]
    assert [state_of(key) for key in ("a1", "a2", "a3")] == [("sent", 1), ("failed", 1), ("sending", 1)]


@pytest.mark.usefixtures("store")
def test_a_retry_waits_its_time_and_holds_back_what_came_after() -> None:
    queue("ann", "a1")
    queue("ann", "a2")
    assert claim() == ["a1"]
    failed("a1", 30 * SECOND)
    assert claim(NOW + 29 * SECOND) == []
    assert claim(NOW + 30 * SECOND) == ["a1"]


@pytest.mark.usefixtures("store")
def test_many_who_wait_for_a_retry_hold_nobody_else_back() -> None:
    with transaction() as session:
        for number in range(600):
            recipient = f"away-{number % 220}"
            service.queue(
                session,
                channel="telegram",
                recipient=recipient,
                idempotency_key=f"w{number}",
                body={},
                now=NOW + SECOND,
            )
    queue("ann", "a1")
    assert claim() == ["a1"]


@pytest.mark.usefixtures("store")
def test_queueing_again_changes_nothing_and_other_channels_are_left_alone() -> None:
    queue("ann", "a1")
    queue("ann", "a1")
    with transaction() as session:
        service.queue(session, channel="mail", recipient="ann", idempotency_key="m1", body={}, now=NOW)
    assert claim(limit=5) == ["a1"]


@pytest.mark.usefixtures("store")
def test_a_lost_sender_leaves_an_unknown_outcome_that_is_not_sent_again() -> None:
    queue("ann", "a1")
    queue("ann", "a2")
    claim()
    with transaction() as session:
        assert service.mark_lost(session, NOW + service.LEASE) == 0
        assert service.mark_lost(session, NOW + service.LEASE + SECOND) == 1
    assert state_of("a1")[0] == "unknown"
    assert claim(NOW + timedelta(hours=1)) == ["a2"]
    sent("a1")  # too late: the outcome stays unknown
    assert state_of("a1")[0] == "unknown"


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_senders_at_once_never_claim_the_same_or_skip_ahead() -> None:
    for number in range(120):
        queue(f"r{number % 12}", f"{number % 12}:{number // 12:02}")
    order: list[str] = []

    def work(number: int) -> None:
        for _ in range(40):
            for key in claim(owner=f"s{number}", limit=3):
                order.append(key)
                sent(key)

    assert race(work, range(12)) == {"ok": 12}
    assert len(order) == len(set(order)) == 120
    for recipient in range(12):
        mine = [key for key in order if key.startswith(f"{recipient}:")]
        assert mine == sorted(mine)
