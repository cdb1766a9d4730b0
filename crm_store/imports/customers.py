"""Put many customers by the shop's own id: new ones added, known ones changed where something differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.ids import new_id
from crm_store.customers.models import Customer
from crm_store.db import insert_once
from crm_store.imports.products import CHUNK
from crm_store.loyalty.models import TierChange
from crm_store.shop.queries import current_rules, lowest_tier, rule

# Whom orders belong to that name nobody. No shop's own id has a colon in front of it like this.
WALK_IN = "dangol:walk-in"
_MAPS = ("address", "sizes")


def put_customers(
    session: Session, customers: Mapping[str, Mapping[str, Any]], *, language: str, actor: str, now: datetime
) -> dict[str, str]:
    """What became of every customer, by the shop's id: added, updated, unchanged, or erased (whoever was erased stays so).

    `customers` maps that id to values by column of `Customer`; what is not named stays, and so does a known joining day.
    """
    known = by_ref(session, customers)
    lowest = lowest_tier(session)
    timezone = str(rule(current_rules(session), "shop.timezone"))
    outcomes: dict[str, str] = {}
    rows, tiers = [], []
    for ref, given in customers.items():
        values = dict(given)
        row = known.get(ref)
        tier = values.pop("tier", None)
        if row is None:
            fresh = _new_row(ref, values, tier or lowest, language, now)
            rows.append(fresh)
            if tier:
                tiers.append(_joined(fresh["id"], None, tier, local_date(now, timezone), actor, now))
            outcomes[ref] = "added"
        elif row.erased_at is not None:
            outcomes[ref] = "erased"
        else:
            if tier and tier != row.tier:
                tiers.append(_joined(row.id, row.tier, tier, local_date(now, timezone), actor, now))
                values["tier"] = tier
            outcomes[ref] = "updated" if _change(row, values) else "unchanged"
    if rows:
        session.execute(insert(Customer), rows)
    if tiers:
        session.execute(insert(TierChange), tiers)
    session.flush()
    return outcomes


def by_ref(session: Session, refs: Iterable[str]) -> dict[str, Customer]:
    """The customers with these ids of the shop's, by them."""
    wanted = sorted(set(refs))
    found: dict[str, Customer] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(Customer).where(Customer.external_ref.in_(wanted[start : start + CHUNK]))
        found |= {str(row.external_ref): row for row in session.scalars(query)}
    return found


def ensure_walk_in(session: Session, *, language: str, now: datetime) -> Customer:
    """The one customer that all orders without a customer belong to."""
    row = {
        "id": new_id(), "external_ref": WALK_IN, "language": language, "tier": lowest_tier(session), "created_at": now,
        "sizes": {}, "address": {},
    }  # fmt: skip
    insert_once(session, Customer, row, ["external_ref"])
    return session.scalars(select(Customer).where(Customer.external_ref == WALK_IN)).one()


def _new_row(ref: str, values: dict[str, Any], tier: str, language: str, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "name": None, "email": None, "phone": None, "birthday": None, "language": language, "gender": None,
        "skin_type": None, "sizes": {}, "address": {}, "joined_at": now,
    }  # fmt: skip
    return {"id": new_id(), "external_ref": ref, "tier": tier, "created_at": now, **columns, **values}


def _change(row: Customer, values: Mapping[str, Any]) -> bool:
    changed = False
    for name, value in values.items():
        before = getattr(row, name)
        after = {**before, **value} if name in _MAPS else value
        if name == "joined_at" and before is not None:
            after = min(before, after)
        if before != after:
            setattr(row, name, after)
            changed = True
    return changed


def _joined(customer_id: str, before: str | None, tier: str, day: object, actor: str, now: datetime) -> dict[str, Any]:
    """A tier that the shop gives to begin with."""
    return {
        "id": new_id(), "customer_id": customer_id, "kind": "joined", "from_tier": before, "to_tier": tier, "spent": 0,
        "effective_on": day, "actor": actor, "created_at": now,
    }  # fmt: skip
