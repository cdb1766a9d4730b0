"""What happens to a return or an exchange once the shop has decided, and how it ends. The order is locked by the caller."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.errors import RuleViolationError
from crm_store.cases.checks import exchanged_line
from crm_store.cases.history import pieces_of, write_step
from crm_store.cases.models import OPEN_STATES, Case
from crm_store.cases.queries import get_case
from crm_store.catalogue import inventory
from crm_store.catalogue.models import Variant
from crm_store.orders import refunds, restoring
from crm_store.orders.fees import add_working_days
from crm_store.orders.models import Order, OrderLine, Refund
from crm_store.orders.queries import get_order
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.models import ShopRequest

RESOLVE_BATCH = 100


def refund(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """The shop refunds a return: money within returns.refund_business_days; points, coupons and earned points by what is left.

    Faulty goods do not go back on the shelf.
    """
    case, order = _locked(session, request)
    rules = current_rules(session)
    pieces, fault = pieces_of(case), bool(case.wanted.get("fault"))
    due = refunds.quote(order, pieces, rules, fault=fault)
    for line in order.lines:
        line.returned += pieces[line.position]
    if due.whole:
        order.state = "returned"
    session.flush()
    if not fault:
        inventory.put_back_all(session, _by_variant(session, order, pieces), now)
    restoring.undo(
        session, order, whole=due.whole, kept_before=due.kept_points + due.points, keep=due.kept_points, actor=actor,
        now=now,
    )  # fmt: skip
    row = refunds.find_of_case(session, case.id)
    assert row is not None
    day = local_date(now, str(rule(rules, "shop.timezone")))
    expected_on = add_working_days(day, int(rule(rules, "returns.refund_business_days")))
    refunds.approve(session, row, amount=due.amount, expected_on=expected_on, now=now)
    write_step(session, case, "in_progress", None, actor, now)


def exchange(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """The shop exchanges: the new pieces were reserved when it was asked for; staff resolve the case when they leave."""
    case, _ = _locked(session, request)
    write_step(session, case, "in_progress", None, actor, now)


def refuse(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """The shop refuses a refund or an exchange. Nothing for a case that ended otherwise meanwhile."""
    assert request.case_id is not None
    case = get_case(session, request.case_id, lock=True)
    if case.state in OPEN_STATES:
        write_step(session, case, "refused", str(request.answer.get("reason") or "") or None, actor, now)


def complete_exchange(session: Session, case: Case, now: datetime) -> None:
    """The new pieces have left: the order says what the customer now has, and what came back is stock again unless faulty."""
    assert case.order_id is not None
    order, pieces = get_order(session, case.order_id, lock=True), pieces_of(case)
    line, quantity = exchanged_line(order, pieces), pieces.total()
    if not case.wanted.get("fault"):
        inventory.put_back_all(session, _by_variant(session, order, pieces), now)
    if quantity == line.quantity:
        line.variant_id = case.wanted["variant_id"]
    else:
        line.quantity -= quantity
        new = OrderLine(
            order_id=order.id, position=max(each.position for each in order.lines) + 1, product_id=line.product_id,
            variant_id=case.wanted["variant_id"], quantity=quantity, unit_price=line.unit_price,
        )  # fmt: skip
        session.add(new)
    session.flush()


def resolve_refunded(session: Session, now: datetime) -> int:
    """Resolve the next hundred returns whose money has left; how many."""
    query = (
        select(Case.id)
        .join(Refund, Refund.case_id == Case.id)
        .where(Case.kind == "return", Case.state == "in_progress", Refund.state == "paid")
        .order_by(Case.id)
        .limit(RESOLVE_BATCH)
    )
    ids = session.scalars(query).all()
    for case_id in ids:
        case = get_case(session, case_id, lock=True)
        if case.state == "in_progress":
            write_step(session, case, "resolved", None, "system", now)
    return len(ids)


def _locked(session: Session, request: ShopRequest) -> tuple[Case, Order]:
    assert request.case_id is not None
    assert request.order_id is not None
    order = get_order(session, request.order_id, lock=True)
    case = get_case(session, request.case_id, lock=True)
    if case.state != "approved":
        raise RuleViolationError("case_closed", case_id=case.id, state=case.state)
    return case, order


def _by_variant(session: Session, order: Order, pieces: Counter[int]) -> Counter[str]:
    """Pieces by variant, but for goods that came with an import and are not kept in stock."""
    found: Counter[str] = Counter()
    for line in order.lines:
        variant_id = line.variant_id or line.product_id
        if pieces[line.position] and session.get(Variant, variant_id) is not None:
            found[variant_id] += pieces[line.position]
    return found
