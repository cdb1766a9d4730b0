"""Returns, exchanges and complaints of the demonstration's past, with their history, refunds and what they gave back."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.clock import local_date
from crm_store.cases.models import Case, CaseEvent
from crm_store.idempotency import fingerprint
from crm_store.orders.fees import add_working_days
from crm_store.orders.models import Order, OrderLine, Refund
from crm_store.orders.refunds import Quote, quote
from dangol.demo.history import moment
from dangol.demo.purses import ACTOR
from dangol.demo.rows import Row, Rows
from dangol.demo.world import World

Step = tuple[str, datetime, str | None]


@cache
def reasons() -> dict[str, Any]:
    """What customers say is wrong, by kind of case and language: dangol/demo/troubles.yml."""
    read: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "troubles.yml").read_text(encoding="utf-8"))
    return read


def write_case(
    rows: Rows, order: Row, kind: str, *, items: list[Row], wanted: dict[str, Any], reason: str, steps: Iterable[Step],
    now: datetime,
) -> Row:  # fmt: skip
    """A case with the steps that have been taken by now; its number is for the caller to give."""
    taken = [step for step in steps if step[1] <= now]
    opened_at, (state, updated_at, _) = taken[0][1], taken[-1]
    case_id = rows.new_id(opened_at)
    for seq, (each, at, note) in enumerate(taken, 1):
        actor = f"customer:{order['customer_id']}" if seq == 1 else ACTOR
        rows.add(CaseEvent, case_id=case_id, seq=seq, state=each, note=note, actor=actor, created_at=at)
    return rows.add(
        Case, id=case_id, kind=kind, state=state, customer_id=order["customer_id"], order_id=order["id"], items=items,
        wanted=wanted, reason=reason, idempotency_key=f"demo:{kind}:{order['id']}", opened_at=opened_at,
        updated_at=updated_at, closed_at=updated_at if state in ("resolved", "refused", "withdrawn") else None,
        request_hash=fingerprint(
            "open_case", kind=kind, customer_id=order["customer_id"], order_id=order["id"], reason=reason,
            items=json.dumps(items, sort_keys=True), wanted=json.dumps(wanted, sort_keys=True),
        ),
    )  # fmt: skip


def back_on(world: World, agreed_at: datetime) -> datetime:
    """When the money of a refund agreed to leaves: with the first minute of its day, as the worker pays."""
    day = add_working_days(world.day(agreed_at), int(world.rules["returns"]["refund_business_days"]))
    return moment(day, 0)


def due_back(order: Row, lines: list[Row], items: list[Row], rules: dict[str, Any]) -> Quote:
    """What goes back for these items."""
    thing = Order(**{name: order[name] for name in ("discount", "points_used", "shipping_fee")})
    thing.lines = [
        OrderLine(**{name: line[name] for name in ("position", "quantity", "unit_price")}, returned=line["returned"])
        for line in lines
    ]
    return quote(thing, {item["position"]: item["quantity"] for item in items}, rules, fault=False)


def refund(
    world: World, order: Row, case: Row | None, amount: int, key: str, asked_at: datetime, paid_at: datetime
) -> Row:
    """A refund the shop agreed to; paid by now or on its way."""
    paid = paid_at <= world.now
    return world.rows.add(
        Refund, id=world.rows.new_id(asked_at), order_id=order["id"], customer_id=order["customer_id"],
        case_id=case["id"] if case else None, state="paid" if paid else "approved", amount=amount,
        currency=order["currency"], idempotency_key=key, requested_at=asked_at, approved_at=asked_at,
        paid_at=paid_at if paid else None, expected_on=local_date(paid_at, world.rules["shop"]["timezone"]),
    )  # fmt: skip


def steps_of_return(chance: random.Random, world: World, opened_at: datetime) -> list[Step]:
    """How a return goes: agreed to at once when staff approve it, resolved when the money has left; a few are refused."""
    decided = opened_at + timedelta(hours=chance.randint(5, 60), minutes=chance.randint(0, 59))
    if chance.random() < 0.08:
        note = chance.choice(reasons()["refusals"])
        return [("requested", opened_at, None), ("refused", decided, note)]
    done = back_on(world, decided)
    return [
        ("requested", opened_at, None), ("approved", decided, None), ("in_progress", decided, None),
        ("resolved", done, None),
    ]  # fmt: skip


def steps_of_exchange(chance: random.Random, opened_at: datetime) -> list[Step]:
    """How an exchange goes: resolved when the new pieces leave."""
    decided = opened_at + timedelta(hours=chance.randint(5, 50))
    return [
        ("requested", opened_at, None), ("approved", decided, None), ("in_progress", decided, None),
        ("resolved", decided + timedelta(days=chance.randint(2, 4)), None),
    ]  # fmt: skip


def steps_of_complaint(chance: random.Random, opened_at: datetime) -> list[Step]:
    """How a complaint goes: looked into, then settled."""
    heard = opened_at + timedelta(hours=chance.randint(1, 30))
    return [
        ("requested", opened_at, None), ("in_progress", heard, None),
        ("resolved", heard + timedelta(hours=chance.randint(3, 70)), chance.choice(reasons()["settled"])),
    ]  # fmt: skip
