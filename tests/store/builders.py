"""Rows that tests need, with what does not matter to them filled in. Each opens its own transaction."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.ids import new_id
from crm_store.catalogue.models import Product
from crm_store.conversations.models import ActionRun
from crm_store.conversations.service import open_conversation
from crm_store.coupons.models import CouponTerms
from crm_store.customers.models import Customer
from crm_store.db import transaction
from crm_store.orders.models import Order, OrderLine
from crm_store.shop.service import adopt_rules
from crm_store.staff.models import StaffMember

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
_RULES = Path(__file__).resolve().parents[2] / "dangol" / "demo" / "rules.yml"


@cache
def _demo_rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    return rules


def put_rules(**changes: Any) -> None:
    """The demonstration shop's rules, with changes by dotted path (dots written as two underscores)."""
    rules = deepcopy(_demo_rules())
    for path, value in changes.items():
        *parents, name = path.split("__")
        place = rules
        for parent in parents:
            place = place[parent]
        place[name] = value
    with transaction() as session:
        adopt_rules(session, rules=rules, actor="test", now=NOW)


def make_customer(birthday: date | None = None, joined_at: datetime | None = NOW) -> str:
    """A customer's id."""
    with transaction() as session:
        customer = Customer(id=new_id(), tier="sprout", birthday=birthday, joined_at=joined_at, created_at=NOW)
        session.add(customer)
    return customer.id


def make_order(customer_id: str, goods: int = 50_000, **values: Any) -> str:
    """The id of a paid order of that customer, goods worth `goods` in two lines."""
    with transaction() as session:
        if session.get(Product, "thing") is None:
            session.add(
                Product(id="thing", category="home", kind="thing", name={"ko": "물건"}, price=1, updated_at=NOW)
            )
            session.flush()
        row: dict[str, Any] = {"state": "paid", "total": goods + 3000, "placed_at": NOW, **values}
        order = Order(id=new_id(), number=f"T-{new_id()}", customer_id=customer_id, **row)
        session.add(order)
        session.flush()
        for position, price in enumerate((goods // 2, goods - goods // 2)):
            session.add(
                OrderLine(order_id=order.id, position=position, product_id="thing", quantity=1, unit_price=price)
            )
    return order.id


def make_terms(terms_id: str, **values: Any) -> str:
    """The id of coupon terms: 3,000 won off, without conditions unless given."""
    row: dict[str, Any] = {"kind": "amount", "value": 3000, "valid_days": 30, "title": {"ko": "쿠폰", "en": "Coupon"}}
    with transaction() as session:
        session.add(CouponTerms(id=terms_id, **{**row, **values}))
    return terms_id


def make_staff(name: str = "지원", role: str = "support") -> StaffMember:
    """A member of staff who cannot log in."""
    with transaction() as session:
        member = StaffMember(
            id=new_id(), email=f"{new_id()}@dangol.example", name=name, role=role, password_hash="none", created_at=NOW
        )
        session.add(member)
    return member


def make_conversation(channel: str = "web", identity_id: str | None = None) -> str:
    """The id of a conversation that the bot owns."""
    with transaction() as session:
        opened = open_conversation(
            session, channel=channel, identity_id=identity_id, customer_id=None, locale="ko", now=NOW
        )
    return opened.id


def store_run(message_id: str, *texts: str, **result: Any) -> None:
    """What an action would have left for a message: replies and effects."""
    replies = [{"text": text, "buttons": []} for text in texts]
    with transaction() as session:
        session.add(
            ActionRun(
                key=f"{message_id}:{new_id()}",
                message_id=message_id,
                action="action_test",
                result={"replies": replies, "outcome": "answered", "effects": [], **result},
                created_at=NOW,
            )
        )
