"""What a confirmed purchase brings, and what a return takes back again. Both once, whoever calls them how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import RuleViolationError
from crm_store.customers.queries import get_customer
from crm_store.loyalty import referrals, tiers
from crm_store.loyalty.counting import CLOSED, count_order
from crm_store.loyalty.models import TierChange
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.points.models import LedgerEntry
from crm_store.points.queries import find_by_key
from crm_store.shop.queries import current_rules, rule

# The reason of a purchase's points names the rate, "purchase:3", so that a return can take its share.
RETURNED = "purchase_returned"


@dataclass(frozen=True, slots=True)
class Reward:
    """What a purchase brought: its points (None: too small), a referral's points for both, a change of tier."""

    points: LedgerEntry | None
    referral: tuple[LedgerEntry, ...]
    tier: TierChange | None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Points a return takes back: what is `due`, and what of it was `taken`; the rest was spent and nobody gets into debt."""

    due: int
    taken: int


def reward(session: Session, order: Order, *, actor: str, now: datetime) -> Reward:
    """Give the points of a confirmed purchase by the customer's tier (as it was before), a referral's reward, the tier.

    An order again brings nothing more: what it brought the first time is returned. RuleViolationError
    ("order_not_confirmed") for an order without `confirmed_at` or one that was cancelled or returned. The caller holds the
    order's row locked.
    """
    session.flush()
    if order.confirmed_at is None or order.state in CLOSED:
        raise RuleViolationError("order_not_confirmed", order_id=order.id)
    tiers.lock_customer(session, order.customer_id)
    points.lock_accounts(session, [order.customer_id, *referrals.list_concerned(session, order.customer_id)])
    key = f"purchase:{order.id}"
    counted, rate = count_order(session, order.id), _rate(session, order.customer_id)
    earned = find_by_key(session, key)
    if earned is None and counted * rate >= 100:
        earned = points.earn(
            session, customer_id=order.customer_id, amount=counted * rate // 100, reason=f"purchase:{rate}",
            idempotency_key=key, actor=actor, now=now, order_id=order.id,
        )  # fmt: skip
    referral = referrals.reward_first_purchase(session, order, counted, actor=actor, now=now)
    change = tiers.review(session, order.customer_id, now, actor)
    return Reward(earned, referral, change)


def take_back(session: Session, order: Order, *, actor: str, now: datetime) -> TakenBack:
    """Take back the points of what was returned: all of a returned order's, else the share of the goods sent back.

    First what is left of the purchase's own points, then, for what was spent already, the points that expire first, as far
    as the balance goes. What is missing then is due again only with the order's next return. The tier follows at once, as
    if the goods had never been bought; a referral's reward is left to both. Call it once each return is written down; with
    nothing due it does nothing. The caller holds the order's row locked.
    """
    session.flush()
    tiers.lock_customer(session, order.customer_id)
    earning = find_by_key(session, f"purchase:{order.id}")
    taken = TakenBack(0, 0)
    if earning is not None and earning.kind == "earn":
        taken = _take_share(session, order, earning, actor, now)
    tiers.review(session, order.customer_id, now, actor)
    return taken


def _take_share(session: Session, order: Order, earning: LedgerEntry, actor: str, now: datetime) -> TakenBack:
    """Due is what was earned, less what the goods kept still give and what earlier returns took."""
    points.lock_accounts(session, [order.customer_id])
    rate = int(earning.reason.partition(":")[2] or _rate(session, order.customer_id))
    keeps = min(earning.amount, count_order(session, order.id) * rate // 100)
    earlier = select(LedgerEntry.amount).where(
        LedgerEntry.customer_id == order.customer_id, LedgerEntry.order_id == order.id, LedgerEntry.reason == RETURNED
    )
    done = list(session.scalars(earlier))
    due = earning.amount - keeps + sum(done)
    if due <= 0:
        return TakenBack(0, 0)
    entry = points.take_back(
        session, entry_id=earning.id, amount=due, reason=RETURNED, idempotency_key=f"return:{order.id}:{len(done)}",
        actor=actor, now=now,
    )  # fmt: skip
    return TakenBack(due, -entry.amount if entry else 0)


def _rate(session: Session, customer_id: str) -> int:
    """The share of a purchase that becomes points, in percent; the first tier's rule for a tier that is no more."""
    rules = current_rules(session)
    tier = rule(rules, "tiers").get(get_customer(session, customer_id).tier, {})
    return int(tier.get("rate_percent", rule(rules, "points.rate_percent")))
