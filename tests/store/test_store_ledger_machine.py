"""The points ledger against a model of it: any run of earning, spending, expiring and reversing keeps it sound."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from core.errors import ConflictError, RuleViolationError
from crm_store.db import configure, current_engine, reading, transaction
from crm_store.migrate import upgrade
from crm_store.points import queries, service
from crm_store.points.errors import InsufficientPointsError
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from tests.store.builders import NOW, make_customer, put_rules

DAY = timedelta(days=1)
amounts, days = st.integers(1, 300), st.integers(1, 6)


@dataclass
class ModelLot:
    """A lot as the model has it: what is left of it, and when it ends."""

    amount: int
    left: int
    expires_at: datetime
    expired: int = 0
    taken_back: bool = False


@dataclass
class ModelSpending:
    """What a spending took from which lot (by its entry's id), until it was reversed."""

    taken: dict[str, int]
    reversed: bool = False


@dataclass
class Model:
    """The ledger of one customer as it should be."""

    lots: dict[str, ModelLot] = field(default_factory=dict)
    spendings: dict[str, ModelSpending] = field(default_factory=dict)

    def in_order(self) -> list[tuple[str, ModelLot]]:
        """Lots, first expiring first; ids rise with time."""
        return sorted(self.lots.items(), key=lambda item: (item[1].expires_at, item[0]))


class LedgerMachine(RuleBasedStateMachine):
    """Two customers, so that one's points never pay for the other."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.keys = 0
        self.models: dict[str, Model] = {}

    @initialize(lots=st.lists(st.tuples(st.integers(0, 1), amounts, days), min_size=4, max_size=8))
    def begin(self, lots: list[tuple[int, int, int]]) -> None:
        self.models = {make_customer(): Model(), make_customer(): Model()}
        for who, amount, last in lots:
            self.earn(who, amount, last)

    def _key(self) -> str:
        self.keys += 1
        return f"{min(self.models)}:{self.keys}"

    def _pick(self, index: int) -> tuple[str, Model]:
        return sorted(self.models.items())[index]

    @rule(who=st.integers(0, 1), amount=amounts, days=days)
    def earn(self, who: int, amount: int, days: int) -> None:
        customer_id, model = self._pick(who)
        key, expires_at = self._key(), self.now + days * DAY
        for _ in range(2):  # the second is a repeat and changes nothing
            with transaction() as session:
                entry = service.earn(
                    session, customer_id=customer_id, amount=amount, reason="gift", idempotency_key=key, actor="test",
                    now=self.now, expires_at=expires_at,
                )  # fmt: skip
        model.lots[entry.id] = ModelLot(amount, amount, expires_at)

    @rule(who=st.integers(0, 1), shares=st.lists(st.sampled_from([10, 25, 40, 60, 100, 105]), min_size=1, max_size=4))
    def spend(self, who: int, shares: list[int]) -> None:
        for share in shares:
            self.spend_share(who, share)

    def spend_share(self, who: int, share: int) -> None:
        """Spend a share of what there is, in percent; more than all is refused."""
        customer_id, model = self._pick(who)
        live = [(lot_id, lot) for lot_id, lot in model.in_order() if lot.expires_at > self.now and lot.left]
        available = sum(lot.left for _, lot in live)
        amount = max(1, available * share // 100)
        key = self._key()
        if amount > available:
            with pytest.raises(InsufficientPointsError):
                self._spend(customer_id, amount, key)
            return
        entry = self._spend(customer_id, amount, key)
        assert self._spend(customer_id, amount, key).id == entry.id
        spending = ModelSpending({})
        for lot_id, lot in live:
            taken = min(lot.left, amount - sum(spending.taken.values()))
            if taken:
                spending.taken[lot_id] = taken
                lot.left -= taken
        model.spendings[entry.id] = spending

    def _spend(self, customer_id: str, amount: int, key: str) -> LedgerEntry:
        with transaction() as session:
            return service.spend(
                session, customer_id=customer_id, amount=amount, reason="order", idempotency_key=key, actor="test",
                now=self.now,
            )  # fmt: skip

    def _reverse(self, entry_id: str) -> LedgerEntry:
        with transaction() as session:
            return service.reverse(
                session, entry_id=entry_id, reason="cancelled", idempotency_key=self._key(), actor="test", now=self.now
            )

    @rule(choices=st.lists(st.integers(0, 1000), min_size=1, max_size=3))
    def reverse_spendings(self, choices: list[int]) -> None:
        for choice in choices:
            self.reverse_spending(choice)

    def reverse_spending(self, choice: int) -> None:
        every = [(model, entry_id) for _, model in sorted(self.models.items()) for entry_id in model.spendings]
        if not every:
            return
        model, entry_id = every[choice % len(every)]
        spending = model.spendings[entry_id]
        if spending.reversed:
            with pytest.raises(ConflictError, match="already_reversed"):
                self._reverse(entry_id)
            return
        assert self._reverse(entry_id).amount == sum(spending.taken.values())
        spending.reversed = True
        for lot_id, taken in spending.taken.items():
            model.lots[lot_id].left += taken

    @rule(choice=st.integers(0, 1000))
    def reverse_earning(self, choice: int) -> None:
        every = [lot_id for _, model in sorted(self.models.items()) for lot_id in model.lots]
        if not every:
            return
        entry_id = every[choice % len(every)]
        lot = next(model.lots[entry_id] for model in self.models.values() if entry_id in model.lots)
        if lot.taken_back:
            with pytest.raises(ConflictError, match="already_reversed"):
                self._reverse(entry_id)
        elif lot.left + lot.expired < lot.amount:
            with pytest.raises(InsufficientPointsError):
                self._reverse(entry_id)
        elif lot.left == 0:
            with pytest.raises(RuleViolationError, match="lot_expired"):
                self._reverse(entry_id)
        else:
            assert self._reverse(entry_id).amount == -lot.left
            lot.left, lot.taken_back = 0, True

    @rule(choice=st.integers(0, 1000), amount=amounts)
    def take_back(self, choice: int, amount: int) -> None:
        """Take back some of an earning: its own lot first, then the first expiring, as far as there is any."""
        every = [lot_id for _, model in sorted(self.models.items()) for lot_id in model.lots]
        if not every:
            return
        entry_id, key = every[choice % len(every)], self._key()
        model = next(model for model in self.models.values() if entry_id in model.lots)
        live = [(lot_id, lot) for lot_id, lot in model.in_order() if lot.expires_at > self.now and lot.left]
        live.sort(key=lambda item: item[0] != entry_id)
        entry = self._take_back(entry_id, amount, key)
        if not live:
            assert entry is None
            return
        assert entry is not None
        repeated = self._take_back(entry_id, amount, key)
        assert repeated is not None
        assert repeated.id == entry.id
        spending = ModelSpending({})
        for lot_id, lot in live:
            taken = min(lot.left, amount - sum(spending.taken.values()))
            if taken:
                spending.taken[lot_id] = taken
                lot.left -= taken
        assert -entry.amount == sum(spending.taken.values())
        model.spendings[entry.id] = spending

    def _take_back(self, entry_id: str, amount: int, key: str) -> LedgerEntry | None:
        with transaction() as session:
            return service.take_back(
                session, entry_id=entry_id, amount=amount, reason="returned", idempotency_key=key, actor="test",
                now=self.now,
            )  # fmt: skip

    @rule(hours=st.sampled_from([5, 24, 50]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def expire(self) -> None:
        written: list[LedgerEntry] = []
        while batch := self._expire_batch():  # customers of earlier runs are in the store too
            written += [entry for entry in batch if entry.customer_id in self.models]
        due = [lot for model in self.models.values() for lot in model.lots.values() if lot.expires_at <= self.now]
        assert Counter(-entry.amount for entry in written) == Counter(lot.left for lot in due if lot.left)
        for lot in due:
            lot.left, lot.expired = 0, lot.expired + lot.left

    def _expire_batch(self) -> list[LedgerEntry]:
        with transaction() as session:
            return service.expire_due(session, now=self.now)

    @invariant()
    def lots_are_as_modelled(self) -> None:
        with reading() as session:
            for customer_id, model in self.models.items():
                query = select(Lot.entry_id, Lot.remaining).where(Lot.customer_id == customer_id)
                found = sorted((lot_id, left) for lot_id, left in session.execute(query))
                assert found == sorted((lot_id, lot.left) for lot_id, lot in model.lots.items())
                live = sum(lot.left for lot in model.lots.values() if lot.expires_at > self.now)
                assert queries.balance(session, customer_id, self.now) == live

    @invariant()
    def balance_lots_and_entries_agree(self) -> None:
        with reading() as session:
            for customer_id in self.models:
                account = (
                    session.scalar(select(PointsAccount.balance).where(PointsAccount.customer_id == customer_id)) or 0
                )
                left = session.scalar(select(func.sum(Lot.remaining)).where(Lot.customer_id == customer_id)) or 0
                entries = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.customer_id == customer_id)
                assert account == left == (session.scalar(entries) or 0) >= 0

    @invariant()
    def allocations_explain_every_lot_and_entry(self) -> None:
        with reading() as session:
            taken = func.coalesce(func.sum(Allocation.amount), 0)
            by_lot = select(Lot.amount - Lot.remaining, taken).outerjoin(Allocation, Allocation.lot_id == Lot.id)
            by_lot = by_lot.where(Lot.customer_id.in_(list(self.models))).group_by(Lot.id, Lot.amount, Lot.remaining)
            by_entry = select(-LedgerEntry.amount, taken).outerjoin(Allocation, Allocation.entry_id == LedgerEntry.id)
            by_entry = by_entry.where(LedgerEntry.kind != "earn", LedgerEntry.customer_id.in_(list(self.models)))
            by_entry = by_entry.group_by(LedgerEntry.id, LedgerEntry.amount)
            for query in (by_lot, by_entry):
                assert all(expected == found for expected, found in session.execute(query))


_ledger = tempfile.TemporaryDirectory(prefix="dangol-ledger-")


def setup_module() -> None:
    url = f"sqlite:///{Path(_ledger.name) / 'ledger.db'}"
    upgrade(url)
    configure(url)
    put_rules()


def teardown_module() -> None:
    current_engine().dispose()
    _ledger.cleanup()


LedgerMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLedger = LedgerMachine.TestCase
