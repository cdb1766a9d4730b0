"""Use cases on referrals: one's own code, entering a friend's, and the reward for both after the friend's first purchase."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import end_of_day, local_date
from core.errors import ConflictError, NotFoundError, RuleViolationError
from core.ids import new_code, new_id
from crm_store.customers.models import Customer
from crm_store.customers.queries import get_customer
from crm_store.db import insert_once
from crm_store.loyalty.models import Referral
from crm_store.orders.models import Order
from crm_store.points import service as points
from crm_store.points.models import LedgerEntry
from crm_store.shop.queries import current_rules, rule

CODE_START, CODE_LENGTH = "DG", 6
INVITER, FRIEND = "referral_inviter", "referral_friend"


def code_of(session: Session, customer_id: str) -> str:
    """The customer's own code, "DG" and six letters or digits that nobody mistakes; made when it is first asked for."""
    for _ in range(20):
        if code := session.scalar(select(Customer.referral_code).where(Customer.id == customer_id)):
            return code
        get_customer(session, customer_id)
        try:
            with session.begin_nested():
                wanted = update(Customer).where(Customer.id == customer_id, Customer.referral_code.is_(None))
                session.execute(wanted.values(referral_code=CODE_START + new_code(CODE_LENGTH)))
        except IntegrityError:
            continue  # somebody else's by chance: another one
    raise ConflictError("referral_code_exhausted", customer_id=customer_id)


def enter(session: Session, *, friend_id: str, code: str, now: datetime) -> Referral:
    """Note who invited a customer: once, within referral.enter_days of joining and before their first confirmed purchase.

    The same code again returns what is noted. NotFoundError("referral_code_unknown"); RuleViolationError: "not_a_member",
    "referral_own_code", "referral_own_account" (the same person by e-mail or phone), "referral_mutual" (they invited that
    person), "referral_entered" (another code before), "referral_too_late" with `last_day`, "referral_after_purchase".
    """
    session.scalar(select(Customer.id).where(Customer.id == friend_id).with_for_update(key_share=True))
    friend = get_customer(session, friend_id)
    inviter = session.scalar(
        select(Customer).where(Customer.referral_code == code.strip().upper(), Customer.erased_at.is_(None))
    )
    if inviter is None:
        raise NotFoundError("referral_code_unknown")
    noted = find_referral(session, friend_id)
    if noted is not None:
        if noted.inviter_id != inviter.id:
            raise RuleViolationError("referral_entered", referral_id=noted.id)
        return noted
    _check_pair(session, inviter, friend)
    _check_time(session, friend, now)
    row = {"id": new_id(), "inviter_id": inviter.id, "friend_id": friend_id, "state": "entered", "entered_at": now}
    insert_once(session, Referral, row, ["friend_id"])
    return session.get_one(Referral, row["id"])


def find_referral(session: Session, friend_id: str) -> Referral | None:
    """Who invited a customer."""
    return session.scalar(select(Referral).where(Referral.friend_id == friend_id))


def list_invited(session: Session, inviter_id: str) -> list[Referral]:
    """Whom a customer invited, the last first."""
    query = select(Referral).where(Referral.inviter_id == inviter_id)
    return list(session.scalars(query.order_by(Referral.entered_at.desc(), Referral.id)))


def list_concerned(session: Session, friend_id: str) -> list[str]:
    """Whose account a reward for this customer's first purchase would change beside their own."""
    noted = find_referral(session, friend_id)
    return [noted.inviter_id] if noted is not None and noted.state == "entered" else []


def reward_first_purchase(
    session: Session, order: Order, counted: int, *, actor: str, now: datetime
) -> tuple[LedgerEntry, ...]:
    """Reward both for a friend's first confirmed purchase that counts referral.minimum_order or more; () for any other.

    An inviter gets no more than referral.monthly_limit rewards a month; their friend gets theirs all the same. The same
    person with two accounts gets nothing: state `refused`. Both accounts are locked by the caller.
    """
    noted = find_referral(session, order.customer_id)
    rules = current_rules(session)
    if noted is None or noted.state != "entered" or counted < int(rule(rules, "referral.minimum_order")):
        return ()
    inviter, friend = get_customer(session, noted.inviter_id), get_customer(session, noted.friend_id)
    state = "refused" if _same_person(inviter, friend) or inviter.erased_at else "rewarded"
    settled = session.execute(
        update(Referral)
        .where(Referral.id == noted.id, Referral.state == "entered")
        .values(state=state, order_id=order.id, rewarded_at=now)
        .returning(Referral.id)
    ).first()
    if settled is None or state == "refused":
        return ()
    given = {FRIEND: (friend.id, int(rule(rules, "referral.friend_points")))}
    if _rewards_this_month(session, inviter.id, rules, now) < int(rule(rules, "referral.monthly_limit")):
        given[INVITER] = (inviter.id, int(rule(rules, "referral.inviter_points")))
    return tuple(
        points.earn(
            session, customer_id=customer_id, amount=amount, reason=reason, idempotency_key=f"{reason}:{noted.id}",
            actor=actor, now=now, order_id=order.id,
        )
        for reason, (customer_id, amount) in given.items()
        if amount
    )  # fmt: skip


def _check_pair(session: Session, inviter: Customer, friend: Customer) -> None:
    if friend.joined_at is None:
        raise RuleViolationError("not_a_member")
    if inviter.id == friend.id:
        raise RuleViolationError("referral_own_code")
    if _same_person(inviter, friend):
        raise RuleViolationError("referral_own_account")
    back = select(Referral.id).where(Referral.inviter_id == friend.id, Referral.friend_id == inviter.id)
    if session.scalar(back) is not None:
        raise RuleViolationError("referral_mutual")


def _check_time(session: Session, friend: Customer, now: datetime) -> None:
    bought = select(Order.id).where(Order.customer_id == friend.id, Order.confirmed_at.is_not(None)).limit(1)
    if session.scalar(bought) is not None:
        raise RuleViolationError("referral_after_purchase")
    rules = current_rules(session)
    timezone = str(rule(rules, "shop.timezone"))
    assert friend.joined_at is not None
    last = local_date(friend.joined_at, timezone) + timedelta(days=int(rule(rules, "referral.enter_days")))
    if local_date(now, timezone) > last:
        raise RuleViolationError("referral_too_late", last_day=last.isoformat())


def _same_person(one: Customer, other: Customer) -> bool:
    same_email = bool(one.email) and (one.email or "").lower() == (other.email or "").lower()
    return same_email or (bool(one.phone) and one.phone == other.phone)


def _rewards_this_month(session: Session, inviter_id: str, rules: dict[str, Any], now: datetime) -> int:
    timezone = str(rule(rules, "shop.timezone"))
    last_month = local_date(now, timezone).replace(day=1) - timedelta(days=1)
    given = select(func.count(LedgerEntry.id)).where(
        LedgerEntry.customer_id == inviter_id,
        LedgerEntry.reason == INVITER,
        LedgerEntry.created_at > end_of_day(last_month, timezone),
    )
    return session.scalar(given) or 0
