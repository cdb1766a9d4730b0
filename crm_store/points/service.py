"""Use cases on points: earn, spend, take back, reverse, expire. The only code that writes the ledger.

Every change locks the customer's account row first, then lots by expiry: always in this order, so changes of one customer
run one after another and never wait for each other in a circle. All that can be refused is refused before the first
write, so a caller may catch the error and commit what else it did.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import add_months, end_of_day, local_date
from core.errors import ConflictError, RuleViolationError
from core.ids import new_id
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.idempotency import check_same, fingerprint
from crm_store.points.errors import InsufficientPointsError, LedgerOutOfStepError
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from crm_store.points.queries import find_by_key, get_entry
from crm_store.shop.queries import current_rules, rule

EXPIRY_BATCH = 200


def earn(
    session: Session,
    *,
    customer_id: str,
    amount: int,
    reason: str,
    idempotency_key: str,
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
    order_id: str | None = None,
) -> LedgerEntry:
    """Give a customer points: an entry and its lot. They last by the rule points.valid_months unless `expires_at` says else.

    The same key and arguments again return the first entry; ConflictError("idempotency_conflict") for others.
    RuleViolationError for an amount below 1 ("amount_invalid") or an end that has passed ("expiry_passed").
    """
    _check_amount(amount)
    asked = fingerprint(
        "earn", customer_id=customer_id, amount=amount, reason=reason, expires_at=expires_at, order_id=order_id
    )
    _lock_account(session, customer_id)
    if repeated := _repeated(session, idempotency_key, asked):
        return repeated
    expires_at = expires_at or _expiry_by_rule(session, now)
    if expires_at <= now:
        raise RuleViolationError("expiry_passed", expires_at=expires_at.isoformat())
    entry = _write_entry(
        session, customer_id=customer_id, kind="earn", amount=amount, reason=reason, order_id=order_id,
        idempotency_key=idempotency_key, request_hash=asked, actor=actor, created_at=now,
    )  # fmt: skip
    lot = Lot(
        customer_id=customer_id,
        entry_id=entry.id,
        amount=amount,
        remaining=amount,
        earned_at=now,
        expires_at=expires_at,
    )
    session.add(lot)
    session.flush()
    _move_balance(session, customer_id, amount)
    return entry


def spend(
    session: Session,
    *,
    customer_id: str,
    amount: int,
    reason: str,
    idempotency_key: str,
    actor: str,
    now: datetime,
    order_id: str | None = None,
) -> LedgerEntry:
    """Take points from the lots that expire first. The least amount a shop allows at once is for the caller to check.

    InsufficientPointsError when what has not expired does not suffice. Keys as in `earn`.
    """
    _check_amount(amount)
    asked = fingerprint("spend", customer_id=customer_id, amount=amount, reason=reason, order_id=order_id)
    _lock_account(session, customer_id)
    if repeated := _repeated(session, idempotency_key, asked):
        return repeated
    lots = _lock_lots(session, Lot.customer_id == customer_id, Lot.remaining > 0, Lot.expires_at > now)
    taken = _first_expiring(lots, amount)
    entry = _write_entry(
        session, customer_id=customer_id, kind="spend", amount=-amount, reason=reason, order_id=order_id,
        idempotency_key=idempotency_key, request_hash=asked, actor=actor, created_at=now,
    )  # fmt: skip
    _allocate(session, entry, taken)
    return entry


def take_back(
    session: Session,
    *,
    entry_id: str,
    amount: int,
    reason: str,
    idempotency_key: str,
    actor: str,
    now: datetime,
) -> LedgerEntry | None:
    """Take back up to `amount` points of an earning, as far as the balance goes: no balance ever falls below nothing.

    What is left of the earning's own lot goes first, then the lots that expire first. The entry is a spending with the
    earning's order; None when there was nothing to take. RuleViolationError("entry_not_earned") for another kind of
    entry. Keys as in `earn`; `amount` is what was asked, not what was taken.
    """
    _check_amount(amount)
    earning = get_entry(session, entry_id)
    if earning.kind != "earn":
        raise RuleViolationError("entry_not_earned", entry_id=entry_id, kind=earning.kind)
    asked = fingerprint("take_back", entry_id=entry_id, amount=amount, reason=reason)
    _lock_account(session, earning.customer_id)
    if repeated := _repeated(session, idempotency_key, asked):
        return repeated
    lots = _lock_lots(session, Lot.customer_id == earning.customer_id, Lot.remaining > 0, Lot.expires_at > now)
    lots.sort(key=lambda lot: lot.entry_id != entry_id)  # stable: the others stay in the order of their end
    amount = min(amount, sum(lot.remaining for lot in lots))
    if amount == 0:
        return None
    taken = _first_expiring(lots, amount)
    entry = _write_entry(
        session, customer_id=earning.customer_id, kind="spend", amount=-amount, reason=reason,
        order_id=earning.order_id, idempotency_key=idempotency_key, request_hash=asked, actor=actor, created_at=now,
    )  # fmt: skip
    _allocate(session, entry, taken)
    return entry


def lock_accounts(session: Session, customer_ids: Iterable[str]) -> None:
    """Lock several customers' accounts for changes to come, in the order every run locks them: by id."""
    for customer_id in sorted(set(customer_ids)):
        _lock_account(session, customer_id)


def reverse(
    session: Session, *, entry_id: str, reason: str, idempotency_key: str, actor: str, now: datetime
) -> LedgerEntry:
    """Undo an earning or a spending, once.

    A spending's points go back into the very lots they came from; a lot that expired meanwhile gets them too and loses
    them at the next expiry run. An earning's points are taken back as far as they have not expired.
    InsufficientPointsError when some of an earning are spent; RuleViolationError("lot_expired") when all have expired,
    ("entry_not_reversible") for other kinds; ConflictError("already_reversed") the second time. Keys as in `earn`.
    """
    original = get_entry(session, entry_id)
    asked = fingerprint("reverse", entry_id=entry_id, reason=reason)
    _lock_account(session, original.customer_id)
    if repeated := _repeated(session, idempotency_key, asked):
        return repeated
    if original.kind not in ("earn", "spend"):
        raise RuleViolationError("entry_not_reversible", entry_id=entry_id, kind=original.kind)
    reversal_id = session.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry_id))
    if reversal_id is not None:
        raise ConflictError("already_reversed", entry_id=entry_id, reversal_id=reversal_id)
    moved = _taken_by(session, original) if original.kind == "spend" else _left_of(session, original)
    entry = _write_entry(
        session, customer_id=original.customer_id, kind="reverse", amount=-sum(moved.values()), reason=reason,
        order_id=original.order_id, reverses_id=entry_id, idempotency_key=idempotency_key, request_hash=asked,
        actor=actor, created_at=now,
    )  # fmt: skip
    _allocate(session, entry, moved)
    return entry


def expire_due(session: Session, *, now: datetime, customer_id: str | None = None) -> list[LedgerEntry]:
    """Write off what expired by `now`, of one customer or of the next 200 who have some; an entry for each lot.

    Run it again until it returns nothing.
    """
    due = select(Lot.customer_id).where(Lot.remaining > 0, Lot.expires_at <= now)
    if customer_id is not None:
        due = due.where(Lot.customer_id == customer_id)
    # Accounts are locked in the order of their ids: two runs at once cannot wait for each other in a circle.
    customers = session.scalars(due.distinct().order_by(Lot.customer_id).limit(EXPIRY_BATCH)).all()
    written: list[LedgerEntry] = []
    for each in customers:
        _lock_account(session, each)
        for lot in _lock_lots(session, Lot.customer_id == each, Lot.remaining > 0, Lot.expires_at <= now):
            written.append(_expire(session, lot, now))
    return written


def _check_amount(amount: int) -> None:
    if amount < 1:
        raise RuleViolationError("amount_invalid", amount=amount)


def _expiry_by_rule(session: Session, now: datetime) -> datetime:
    rules = current_rules(session)
    timezone = str(rule(rules, "shop.timezone"))
    return end_of_day(add_months(local_date(now, timezone), int(rule(rules, "points.valid_months"))), timezone)


def _lock_account(session: Session, customer_id: str) -> None:
    row = select(PointsAccount.customer_id).where(PointsAccount.customer_id == customer_id)
    row = row.with_for_update(key_share=True)
    if session.scalar(row) is None:
        get_customer(session, customer_id)
        insert_once(session, PointsAccount, {"customer_id": customer_id, "balance": 0}, ["customer_id"])
        session.scalar(row)


def _lock_lots(session: Session, *conditions: object) -> list[Lot]:
    """Lots as they are now, first expiring first, locked in that order."""
    query = select(Lot).where(*conditions).order_by(Lot.expires_at, Lot.id)  # type: ignore[arg-type]
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.scalars(locked))


def _repeated(session: Session, idempotency_key: str, asked: str) -> LedgerEntry | None:
    entry = find_by_key(session, idempotency_key)
    if entry is not None:
        check_same(entry.request_hash, asked, idempotency_key)
    return entry


def _write_entry(session: Session, *, idempotency_key: str, request_hash: str, **values: object) -> LedgerEntry:
    """Write an entry before anything else, so that a key taken just now for another customer leaves nothing behind."""
    row = {"id": new_id(), "idempotency_key": idempotency_key, "request_hash": request_hash, **values}
    if not insert_once(session, LedgerEntry, row, ["idempotency_key"]):
        # The same request would have waited for the same account, so whoever was first asked for something else.
        raise ConflictError("idempotency_conflict", idempotency_key=idempotency_key)
    return get_entry(session, str(row["id"]))


def _first_expiring(lots: list[Lot], amount: int) -> dict[str, int]:
    """How much to take from which lot. InsufficientPointsError when all of them together do not suffice."""
    available = sum(lot.remaining for lot in lots)
    if available < amount:
        raise InsufficientPointsError(needed=amount, available=available)
    taken: dict[str, int] = {}
    for lot in lots:
        if amount == 0:
            break
        taken[lot.id] = min(lot.remaining, amount)
        amount -= taken[lot.id]
    return taken


def _taken_by(session: Session, spending: LedgerEntry) -> dict[str, int]:
    """What a spending took from each lot, negated; the lots are locked."""
    rows = session.execute(select(Allocation.lot_id, Allocation.amount).where(Allocation.entry_id == spending.id))
    given_back = {lot_id: -amount for lot_id, amount in rows}
    _lock_lots(session, Lot.id.in_(list(given_back)))
    return given_back


def _left_of(session: Session, earning: LedgerEntry) -> dict[str, int]:
    """What is left of an earning's lot, none of it spent."""
    [lot] = _lock_lots(session, Lot.entry_id == earning.id)
    expired = session.scalar(
        select(func.sum(Allocation.amount))
        .join(LedgerEntry, LedgerEntry.id == Allocation.entry_id)
        .where(Allocation.lot_id == lot.id, LedgerEntry.kind == "expire")
    )
    if lot.remaining < lot.amount - (expired or 0):
        raise InsufficientPointsError(needed=lot.amount - (expired or 0), available=lot.remaining)
    if lot.remaining == 0:
        raise RuleViolationError("lot_expired", entry_id=earning.id)
    return {lot.id: lot.remaining}


def _expire(session: Session, lot: Lot, now: datetime) -> LedgerEntry:
    # A lot can expire again after a reversal gave points back to it: the number of its changes makes the key unique.
    changes = session.scalar(select(func.count()).where(Allocation.lot_id == lot.id))
    key = f"expire:{lot.id}:{changes}"
    entry = _write_entry(
        session, customer_id=lot.customer_id, kind="expire", amount=-lot.remaining, reason="expired",
        idempotency_key=key, request_hash=fingerprint("expire", lot_id=lot.id, amount=lot.remaining), actor="system",
        created_at=now,
    )  # fmt: skip
    _allocate(session, entry, {lot.id: lot.remaining})
    return entry


def _allocate(session: Session, entry: LedgerEntry, taken: dict[str, int]) -> None:
    """Take points from lots (negative: give back) and from the balance, with the record of it."""
    for lot_id, amount in taken.items():
        changed = session.execute(
            update(Lot)
            .where(Lot.id == lot_id, Lot.remaining - amount >= 0, Lot.remaining - amount <= Lot.amount)
            .values(remaining=Lot.remaining - amount)
            .returning(Lot.id)
        ).first()
        if changed is None:
            raise LedgerOutOfStepError("lot_out_of_step", lot_id=lot_id, entry_id=entry.id)
        session.add(Allocation(entry_id=entry.id, lot_id=lot_id, amount=amount))
    session.flush()
    _move_balance(session, entry.customer_id, -sum(taken.values()))


def _move_balance(session: Session, customer_id: str, difference: int) -> None:
    moved = session.execute(
        update(PointsAccount)
        .where(PointsAccount.customer_id == customer_id, PointsAccount.balance + difference >= 0)
        .values(balance=PointsAccount.balance + difference)
        .returning(PointsAccount.customer_id)
    ).first()
    if moved is None:
        raise LedgerOutOfStepError("balance_out_of_step", customer_id=customer_id)
