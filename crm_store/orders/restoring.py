"""Give back what an order used up: coupons, and points to exactly the lots they came from. Once, whoever asks again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.errors import ConflictError
from crm_store.coupons.models import Redemption
from crm_store.coupons.redemption import revert_redemption
from crm_store.loyalty import purchases, tiers
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.points.models import Allocation, LedgerEntry, Lot

# The reason of a spending on an order; what a return takes back of earned points is a spending with its order, too.
PAID_WITH_POINTS = "order"


def undo(
    session: Session, order: Order, *, whole: bool, kept_before: int, keep: int, actor: str, now: datetime
) -> None:
    """Undo what an order, or the part of it that was just written down as returned, used up and earned.

    Coupons only with the `whole` order; points as in `give_back_points`; a confirmed purchase's earned points go again.
    """
    if whole:
        give_back_coupons(session, order.id, actor, now)
    if order.confirmed_at is not None:
        tiers.lock_customer(session, order.customer_id)  # locked before the account, as loyalty does
    give_back_points(session, order, kept_before=kept_before, keep=keep, actor=actor, now=now)
    if order.confirmed_at is not None:
        purchases.take_back(session, order, actor=actor, now=now)


def give_back_coupons(session: Session, order_id: str, actor: str, now: datetime) -> int:
    """Free the coupons used on an order until their old end; how many."""
    used = (
        select(Redemption.id)
        .where(Redemption.order_id == order_id, Redemption.reverted_at.is_(None))
        .order_by(Redemption.terms_id, Redemption.id)
    )
    ids = session.scalars(used).all()
    for redemption_id in ids:
        revert_redemption(session, redemption_id=redemption_id, actor=actor, now=now)
    return len(ids)


def give_back_points(session: Session, order: Order, *, kept_before: int, keep: int, actor: str, now: datetime) -> None:
    """Give back what was spent on an order but for `keep` points, which pay for goods the customer keeps.

    `kept_before` is what paid for kept goods until now. A spending is undone whole, and the rest spent anew; points whose lots
    expired meanwhile count as those that stay spent, so that what comes back can be used.
    """
    held = _spendings(session, order.id)
    if not held or keep >= kept_before:
        return
    amount = -sum(entry.amount for entry in held)
    expired = _expired(session, held, now)
    for entry in held:
        try:
            points.reverse(
                session, entry_id=entry.id, reason="order_undone", idempotency_key=f"undo:{entry.id}", actor=actor,
                now=now,
            )  # fmt: skip
        except ConflictError:  # staff undid this spending before: it has come back
            return
    again = keep - (kept_before - amount) - expired
    if again > 0:
        points.spend(
            session, customer_id=order.customer_id, amount=again, reason=PAID_WITH_POINTS, order_id=order.id,
            idempotency_key=f"keep:{held[-1].id}", actor=actor, now=now,
        )  # fmt: skip


def _spendings(session: Session, order_id: str) -> list[LedgerEntry]:
    undoing = aliased(LedgerEntry)
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.order_id == order_id, LedgerEntry.kind == "spend", LedgerEntry.reason == PAID_WITH_POINTS)
        .where(~select(undoing.id).where(undoing.reverses_id == LedgerEntry.id).exists())
        .order_by(LedgerEntry.id)
    )
    return list(session.scalars(query))


def _expired(session: Session, spendings: list[LedgerEntry], now: datetime) -> int:
    query = (
        select(func.sum(Allocation.amount))
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(Allocation.entry_id.in_([entry.id for entry in spendings]), Lot.expires_at <= now)
    )
    return int(session.scalar(query) or 0)
