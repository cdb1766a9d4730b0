"""Races for points on PostgreSQL: keys and balances hold, and a control breaks without the guard.

A control is the same race on code that reads, then writes; all racers meet between the two, so it breaks every time.
"""

from __future__ import annotations

from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from core.ids import new_id
from crm_store.db import reading, transaction
from crm_store.points import service as points
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from tests.store.builders import NOW, make_customer, put_rules
from tests.store.races import WAIT, race

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("rules")]
# Each holds a connection of its own where all meet inside their transactions.
RACERS = 64


@pytest.fixture
def rules(postgres_store: str) -> None:
    put_rules()


def _ledger() -> tuple[int, int, int]:
    """Balances, what remains in lots, and the sum of entries: always equal in a sound ledger."""
    with reading() as session:
        sums = (PointsAccount.balance, Lot.remaining, LedgerEntry.amount)
        balance, remaining, entries = (int(session.scalar(select(func.sum(column))) or 0) for column in sums)
    return balance, remaining, entries


# One idempotency key


def test_one_key_a_hundred_times_is_one_entry() -> None:
    customer_id = make_customer()
    entries: list[str] = []

    def earn(_: int) -> None:
        with transaction() as session:
            entry = points.earn(
                session,
                customer_id=customer_id,
                amount=100,
                reason="gift",
                idempotency_key="one",
                actor="test",
                now=NOW,
            )
            entries.append(entry.id)

    assert race(earn, range(100)) == {"ok": 100}
    assert len(set(entries)) == 1
    assert _ledger() == (100, 100, 100)


def test_one_key_for_many_customers_is_one_entry_and_conflicts() -> None:
    def earn(customer_id: str) -> None:
        with transaction() as session:
            points.earn(
                session,
                customer_id=customer_id,
                amount=100,
                reason="gift",
                idempotency_key="one",
                actor="test",
                now=NOW,
            )

    assert race(earn, [make_customer() for _ in range(32)]) == {"ok": 1, "idempotency_conflict": 31}
    assert _ledger() == (100, 100, 100)


def test_control_looking_for_the_key_first_gives_points_many_times() -> None:
    customer_id = make_customer()
    everybody_looked = Barrier(RACERS)

    def earn(_: int) -> None:
        with transaction() as session:
            found = session.scalar(select(LedgerEntry.id).where(LedgerEntry.reason == "gift"))
            everybody_looked.wait(WAIT)
            if found is None:
                session.add(
                    LedgerEntry(
                        customer_id=customer_id,
                        kind="earn",
                        amount=100,
                        reason="gift",
                        idempotency_key=new_id(),
                        request_hash="",
                        actor="test",
                        created_at=NOW,
                    )
                )

    assert race(earn, range(RACERS)) == {"ok": RACERS}
    assert _ledger()[2] == 100 * RACERS


# The last points


def _give(customer_id: str, amounts: list[int]) -> None:
    with transaction() as session:
        for amount in amounts:
            points.earn(
                session, customer_id=customer_id, amount=amount, reason="gift", idempotency_key=new_id(), actor="test",
                now=NOW,
            )  # fmt: skip


def test_the_last_points_are_spent_once() -> None:
    customer_id = make_customer()
    _give(customer_id, [150, 100, 100])

    def spend(number: int) -> None:
        with transaction() as session:
            points.spend(
                session, customer_id=customer_id, amount=100, reason="order", idempotency_key=f"s{number}", actor="test",
                now=NOW,
            )  # fmt: skip

    assert race(spend, range(RACERS)) == {"ok": 3, "insufficient_points": RACERS - 3}
    assert _ledger() == (50, 50, 50)


def test_control_without_the_guard_the_last_points_are_spent_by_all() -> None:
    customer_id = make_customer()
    _give(customer_id, [100])
    everybody_read = Barrier(RACERS)

    def spend(number: int) -> None:
        with transaction() as session:
            balance = session.scalar(select(PointsAccount.balance).where(PointsAccount.customer_id == customer_id)) or 0
            everybody_read.wait(WAIT)
            if balance >= 100:
                session.add(
                    LedgerEntry(
                        customer_id=customer_id,
                        kind="spend",
                        amount=-100,
                        reason="order",
                        idempotency_key=f"s{number}",
                        request_hash="",
                        actor="test",
                        created_at=NOW,
                    )
                )
                session.execute(update(PointsAccount).values(balance=balance - 100))

    assert race(spend, range(RACERS)) == {"ok": RACERS}
    assert _ledger() == (0, 100, 100 - 100 * RACERS)


# Everything at once


def test_spending_reversing_and_expiring_at_once_keep_the_ledger_sound() -> None:
    customers = [make_customer() for _ in range(4)]
    spent: list[str] = []
    for customer_id in customers:
        _give(customer_id, [100] * 6)
        with transaction() as session:
            for number in range(4):
                spent.append(
                    points.spend(
                        session,
                        customer_id=customer_id,
                        amount=75,
                        reason="order",
                        actor="test",
                        now=NOW,
                        idempotency_key=f"{customer_id}:{number}",
                    ).id
                )

    def turn(work: tuple[str, str]) -> None:
        with transaction() as session:
            if work[0] == "reverse":
                points.reverse(
                    session, entry_id=work[1], reason="cancelled", idempotency_key=new_id(), actor="test", now=NOW
                )
            elif work[0] == "spend":
                points.spend(
                    session,
                    customer_id=work[1],
                    amount=130,
                    reason="order",
                    idempotency_key=new_id(),
                    actor="test",
                    now=NOW,
                )
            else:
                points.expire_due(session, now=NOW.replace(year=NOW.year + 2))

    works = [("reverse", entry_id) for entry_id in spent * 2] + [("spend", each) for each in customers * 4]
    outcome = race(turn, works + [("expire", "")] * 4)
    assert set(outcome) <= {"ok", "already_reversed", "insufficient_points"}
    assert outcome["already_reversed"] == len(spent)
    balance, remaining, entries = _ledger()
    assert balance == remaining == entries >= 0
    with reading() as session:
        taken = (
            select(Allocation.lot_id, func.sum(Allocation.amount).label("taken")).group_by(Allocation.lot_id).subquery()
        )
        off = select(func.count()).select_from(Lot).join(taken, taken.c.lot_id == Lot.id)
        assert session.scalar(off.where(Lot.remaining != Lot.amount - taken.c.taken)) == 0
