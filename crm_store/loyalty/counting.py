"""What of confirmed purchases counts: goods kept, less what coupons and points paid of them; never delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import NotFoundError
from crm_store.loyalty.models import TierChange
from crm_store.loyalty.standing import Purchase, TierRules
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.models import RuleSet
from crm_store.shop.queries import current_rules, rule

CLOSED = ("cancelled", "returned")


def shop_day(session: Session) -> Callable[..., date]:
    """A function that gives a moment's day in the shop's time zone."""
    timezone = str(rule(current_rules(session), "shop.timezone"))
    return lambda moment: local_date(moment, timezone)


def counted(goods: int, kept: int, deducted: int) -> int:
    """The part of what was paid for `goods` (less `deducted` by coupons and points) that falls to the goods `kept`."""
    return max(0, goods - deducted) * kept // goods if goods else 0


def count_order(session: Session, order_id: str) -> int:
    """What an order counts as it stands now, in minor units; 0 when it was cancelled or returned."""
    row = session.execute(_sums().where(Order.id == order_id)).first()
    return 0 if row is None else counted(int(row.goods), int(row.kept), row.deducted)


def purchases_of(session: Session, customer_ids: Iterable[str]) -> dict[str, list[Purchase]]:
    """All confirmed purchases that count, by customer."""
    found: dict[str, list[Purchase]] = defaultdict(list)
    day_of = shop_day(session)
    query = _sums().where(Order.customer_id.in_(list(customer_ids)), Order.confirmed_at.is_not(None))
    for row in session.execute(query.order_by(Order.confirmed_at, Order.id)):
        worth = counted(int(row.goods), int(row.kept), row.deducted)
        found[row.customer_id].append(Purchase(day_of(row.confirmed_at), worth))
    return found


def starts_of(session: Session, customer_ids: Iterable[str]) -> dict[str, tuple[date, str]]:
    """The tiers that the shop gave to begin with (TierChange `joined`), by customer, the last one each."""
    query = select(TierChange).where(TierChange.customer_id.in_(list(customer_ids)), TierChange.kind == "joined")
    rows = session.scalars(query.order_by(TierChange.created_at, TierChange.id))
    return {row.customer_id: (row.effective_on, row.to_tier) for row in rows}


def tier_rules_over_time(session: Session) -> Callable[[date], TierRules]:
    """The rules on tiers as they were on a day; before the first version, as in that one."""
    day_of = shop_day(session)
    query = select(RuleSet.created_at, RuleSet.rules["tiers"], RuleSet.rules["tier_review"]).order_by(RuleSet.version)
    versions = [
        (day_of(created_at), TierRules.read({"tiers": tiers, "tier_review": review}))
        for created_at, tiers, review in session.execute(query)
        if tiers and review
    ]
    if not versions:
        raise NotFoundError("rule_missing", path="tiers")

    def rules_on(day: date) -> TierRules:
        return next((rules for begins, rules in reversed(versions) if begins <= day), versions[0][1])

    return rules_on


def _sums() -> Select[*tuple[Any, ...]]:
    price = cast(OrderLine.unit_price, BigInteger)
    return (
        select(
            Order.id, Order.customer_id, Order.confirmed_at,
            (Order.discount + Order.points_used).label("deducted"),
            func.sum(OrderLine.quantity * price).label("goods"),
            func.sum((OrderLine.quantity - OrderLine.returned) * price).label("kept"),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.state.not_in(CLOSED))
        .group_by(Order.id)
    )  # fmt: skip
