"""The points ledger: earning, spending first what expires first, reversing, expiring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import ConflictError, DangolError, NotFoundError, RuleViolationError
from crm_store.db import reading, transaction
from crm_store.points import queries, service
from crm_store.points.errors import InsufficientPointsError
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from tests.store.builders import NOW, make_customer, make_order, put_rules

pytestmark = pytest.mark.usefixtures("store", "rules")
DAY = timedelta(days=1)


@pytest.fixture
def rules(store: str) -> None:
    put_rules()


@pytest.fixture
def customer(rules: None) -> str:
    return make_customer()


def earn(customer_id: str, amount: int, key: str, *, days: int | None = None, **changes: Any) -> LedgerEntry:
    values: dict[str, Any] = {"reason": "purchase", "actor": "test", "now": NOW}
    if days is not None:
        values["expires_at"] = NOW + days * DAY
    with transaction() as session:
        return service.earn(
            session, customer_id=customer_id, amount=amount, idempotency_key=key, **{**values, **changes}
        )


def spend(customer_id: str, amount: int, key: str, now: datetime = NOW, reason: str = "order") -> LedgerEntry:
    with transaction() as session:
        return service.spend(
            session, customer_id=customer_id, amount=amount, reason=reason, idempotency_key=key, actor="test", now=now
        )


def reverse(entry: LedgerEntry, key: str, now: datetime = NOW, reason: str = "cancelled") -> LedgerEntry:
    with transaction() as session:
        return service.reverse(session, entry_id=entry.id, reason=reason, idempotency_key=key, actor="test", now=now)


def expire(now: datetime, customer_id: str | None = None) -> list[LedgerEntry]:
    with transaction() as session:
        return service.expire_due(session, now=now, customer_id=customer_id)


def balance(customer_id: str, now: datetime = NOW) -> int:
    with reading() as session:
        return queries.balance(session, customer_id, now)


def lots(customer_id: str) -> list[tuple[int, int]]:
    """Amount and what remains, by expiry; fails unless account, lots and entries agree."""
    with reading() as session:
        found = session.scalars(select(Lot).where(Lot.customer_id == customer_id).order_by(Lot.expires_at)).all()
        entries = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.customer_id == customer_id)
        account = session.scalar(select(PointsAccount.balance).where(PointsAccount.customer_id == customer_id))
        assert sum(lot.remaining for lot in found) == session.scalar(entries) == account
        return [(lot.amount, lot.remaining) for lot in found]


def test_earned_points_last_until_the_end_of_the_day_the_rule_says(customer: str) -> None:
    entry = earn(customer, 500, "k")
    with reading() as session:
        lot = session.scalars(select(Lot).where(Lot.entry_id == entry.id)).one()
        assert (entry.kind, entry.amount, lot.amount, lot.remaining) == ("earn", 500, 500, 500)
        # 10 March 2027 in Seoul, whose day ends at 15:00 UTC.
        assert lot.expires_at == datetime(2027, 3, 10, 14, 59, 59, tzinfo=UTC)
    assert balance(customer) == 500


def test_a_month_without_the_day_ends_on_its_last() -> None:
    put_rules(points__valid_months=1)
    customer = make_customer()
    earn(customer, 10, "k", now=datetime(2026, 1, 30, 23, 0, tzinfo=UTC))  # 31 January in Seoul
    with reading() as session:
        assert session.scalars(select(Lot.expires_at)).one() == datetime(2026, 2, 28, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("amount", [0, -5])
def test_amounts_below_one_are_refused(customer: str, amount: int) -> None:
    with pytest.raises(RuleViolationError, match="amount_invalid"):
        earn(customer, amount, "k")
    with pytest.raises(RuleViolationError, match="amount_invalid"):
        spend(customer, amount, "k")


def test_points_that_would_have_expired_already_are_refused(customer: str) -> None:
    with pytest.raises(RuleViolationError, match="expiry_passed"):
        earn(customer, 10, "k", days=0)


def test_an_unknown_customer_is_named_as_such() -> None:
    with pytest.raises(NotFoundError, match="customer_not_found"):
        earn("nobody", 10, "k")


def test_the_same_key_and_request_return_the_first_entry(customer: str) -> None:
    order_id = make_order(customer)
    first = earn(customer, 100, "a", order_id=order_id)
    assert earn(customer, 100, "a", order_id=order_id, now=NOW + DAY, actor="retry").id == first.id
    spent = spend(customer, 40, "b")
    assert spend(customer, 40, "b").id == spent.id
    undone = reverse(spent, "c")
    assert reverse(spent, "c").id == undone.id
    assert lots(customer) == [(100, 100)]


def test_the_same_key_for_another_request_is_a_conflict(customer: str) -> None:
    other = make_customer()
    earned = earn(customer, 100, "a")
    attempts: list[Callable[[], LedgerEntry]] = [
        lambda: earn(customer, 101, "a"),
        lambda: earn(customer, 100, "a", reason="gift"),
        lambda: earn(customer, 100, "a", days=5),
        lambda: earn(other, 100, "a"),
        lambda: spend(customer, 100, "a"),
        lambda: reverse(earned, "a"),
    ]
    for attempt in attempts:
        with pytest.raises(ConflictError, match="idempotency_conflict"):
            attempt()
    assert lots(customer) == [(100, 100)]
    assert balance(other) == 0


def test_spending_takes_what_expires_first(customer: str) -> None:
    earn(customer, 100, "late", days=30)
    earn(customer, 50, "soon", days=10)
    earn(customer, 70, "middle", days=20)
    spent = spend(customer, 90, "s")
    assert spent.amount == -90
    assert lots(customer) == [(50, 0), (70, 30), (100, 100)]
    with reading() as session:
        taken = select(Allocation.amount).where(Allocation.entry_id == spent.id).order_by(Allocation.amount)
        assert session.scalars(taken).all() == [40, 50]


def test_expired_points_cannot_be_spent_before_the_run_that_takes_them(customer: str) -> None:
    earn(customer, 100, "soon", days=1)
    earn(customer, 30, "late", days=9)
    later = NOW + 2 * DAY
    assert balance(customer, later) == 30
    with pytest.raises(InsufficientPointsError) as refused:
        spend(customer, 31, "s", now=later)
    assert refused.value.context == {"needed": 31, "available": 30}
    spend(customer, 30, "s", now=later)
    assert lots(customer) == [(100, 100), (30, 0)]


def test_a_refused_spending_leaves_nothing_in_a_transaction_that_goes_on(customer: str) -> None:
    earn(customer, 100, "a")
    with transaction() as session:
        with pytest.raises(InsufficientPointsError):
            service.spend(
                session, customer_id=customer, amount=101, reason="order", idempotency_key="s", actor="test", now=NOW
            )
        service.spend(
            session, customer_id=customer, amount=100, reason="order", idempotency_key="s", actor="test", now=NOW
        )
    assert lots(customer) == [(100, 0)]


def test_reversing_a_spending_fills_the_very_lots_it_took_from(customer: str) -> None:
    earn(customer, 50, "soon", days=10)
    earn(customer, 70, "late", days=20)
    first, second = spend(customer, 20, "s1"), spend(customer, 60, "s2")
    assert lots(customer) == [(50, 0), (70, 40)]
    undone = reverse(first, "r1")
    assert (undone.kind, undone.amount, undone.reverses_id) == ("reverse", 20, first.id)
    assert lots(customer) == [(50, 20), (70, 40)]
    reverse(second, "r2")
    assert lots(customer) == [(50, 50), (70, 70)]


def test_an_entry_is_reversed_once(customer: str) -> None:
    spent_from = earn(customer, 50, "a")
    spent = spend(customer, 50, "s")
    undone = reverse(spent, "r")
    with pytest.raises(ConflictError, match="already_reversed"):
        reverse(spent, "r-again")
    with pytest.raises(RuleViolationError, match="entry_not_reversible"):
        reverse(undone, "rr")
    reverse(spent_from, "r2")
    with pytest.raises(ConflictError, match="already_reversed"):
        reverse(spent_from, "r3")
    with pytest.raises(NotFoundError, match="entry_not_found"):
        reverse(LedgerEntry(id="none"), "r4")
    assert lots(customer) == [(50, 0)]


def test_points_given_back_to_an_expired_lot_expire_at_the_next_run(customer: str) -> None:
    earn(customer, 50, "a", days=1)
    spent = spend(customer, 30, "s")
    later = NOW + 2 * DAY
    assert [entry.amount for entry in expire(later)] == [-20]
    reverse(spent, "r", now=later)
    assert lots(customer) == [(50, 30)]
    assert balance(customer, later) == 0
    assert [entry.amount for entry in expire(later)] == [-30]
    assert expire(later) == []
    assert lots(customer) == [(50, 0)]


def test_an_earning_is_taken_back_unless_some_is_spent(customer: str) -> None:
    earned = earn(customer, 50, "a")
    spent = spend(customer, 10, "s")
    with pytest.raises(InsufficientPointsError) as refused:
        reverse(earned, "r")
    assert refused.value.context == {"needed": 50, "available": 40}
    reverse(spent, "undo")
    assert reverse(earned, "r").amount == -50
    assert lots(customer) == [(50, 0)]


def test_an_expired_earning_has_nothing_to_take_back(customer: str) -> None:
    earned = earn(customer, 50, "a", days=1)
    expire(NOW + 2 * DAY)
    with pytest.raises(RuleViolationError, match="lot_expired"):
        reverse(earned, "r", now=NOW + 2 * DAY)


def test_expiry_takes_what_is_due_and_no_more(customer: str) -> None:
    other = make_customer()
    earn(customer, 50, "a", days=1)
    earn(customer, 60, "b", days=2)
    earn(other, 70, "c", days=1)
    at = NOW + DAY
    assert expire(at - timedelta(seconds=1)) == []
    assert [entry.amount for entry in expire(at, customer)] == [-50]
    assert [entry.amount for entry in expire(at)] == [-70]
    assert lots(customer) == [(50, 0), (60, 60)]
    expiry = expire(NOW + 2 * DAY)[0]
    assert (expiry.kind, expiry.actor) == ("expire", "system")
    with pytest.raises(RuleViolationError, match="entry_not_reversible"):
        reverse(expiry, "r")


def test_expiry_works_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "EXPIRY_BATCH", 2)
    for number in range(3):
        earn(make_customer(), 10, f"k{number}", days=1)
    assert [len(expire(NOW + DAY)) for _ in range(3)] == [2, 1, 0]


def test_what_expires_is_told_by_the_shops_days(customer: str) -> None:
    earn(customer, 5, "gone", expires_at=NOW + timedelta(minutes=1))
    evening = datetime(2026, 3, 20, 14, 59, 59, tzinfo=UTC)  # the last second of 20 March in Seoul
    earn(customer, 10, "a", expires_at=evening)
    earn(customer, 20, "b", expires_at=evening - timedelta(hours=3))
    earn(customer, 40, "c", expires_at=evening + timedelta(seconds=1))
    earn(customer, 80, "far", days=60)
    with reading() as session:
        soon = queries.expiring(session, customer, NOW + 30 * DAY, NOW + DAY)
        assert soon == [(date(2026, 3, 20), 30), (date(2026, 3, 21), 40)]
        assert queries.expiring(session, customer, NOW + DAY) == [(date(2026, 3, 10), 5)]


def test_history_is_newest_first(customer: str) -> None:
    earn(customer, 10, "a")
    earn(customer, 20, "b", now=NOW + DAY)
    spend(customer, 5, "c", now=NOW + 2 * DAY)
    with reading() as session:
        assert [entry.amount for entry in queries.history(session, customer)] == [-5, 20, 10]
        assert [entry.amount for entry in queries.history(session, customer, limit=1)] == [-5]


def test_a_ledger_out_of_step_stops_everything(customer: str) -> None:
    earn(customer, 10, "a")
    with transaction() as session:
        account = session.get_one(PointsAccount, customer)
        account.balance = 3
    with pytest.raises(DangolError, match="balance_out_of_step"):
        spend(customer, 10, "s")
    with transaction() as session:
        session.get_one(PointsAccount, customer).balance = 10
    assert lots(customer) == [(10, 10)]
