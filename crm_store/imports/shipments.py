"""Put a parcel of an order; the order's own state follows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.orders.models import ORDER_STATES, Order, Shipment

_ORDER_STATE = {"prepared": "preparing", "in_transit": "shipped", "delivered": "delivered"}


def put_shipment(session: Session, number: str, values: Mapping[str, Any], now: datetime) -> str:
    """What became of it: added, updated, unchanged; order_unknown, order_over of a cancelled order.

    `values` are columns of `Shipment`; what is not named stays. An order has one parcel for each tracking number, and one
    without. The order is never put back to an earlier state.
    """
    order = session.scalar(select(Order).where(Order.number == number).with_for_update(key_share=True))
    if order is None:
        return "order_unknown"
    if order.state == "cancelled":
        return "order_over"
    tracking = values.get("tracking_number")
    known = select(Shipment).where(Shipment.order_id == order.id)
    parcel = session.scalars(
        known.where(Shipment.tracking_number.is_(None) if tracking is None else Shipment.tracking_number == tracking)
    ).first()
    given = dict(values)
    given.setdefault("state", _state(values, parcel))
    outcome = "unchanged"
    if parcel is None:
        session.add(
            Shipment(id=new_id(), order_id=order.id, scans=[], created_at=given.get("shipped_at") or now, **given)
        )
        outcome = "added"
    elif any(getattr(parcel, name) != value for name, value in given.items()):
        for name, value in given.items():
            setattr(parcel, name, value)
        outcome = "updated"
    _follow(order, given)
    session.flush()
    return outcome


def _state(values: Mapping[str, Any], parcel: Shipment | None) -> str:
    if values.get("delivered_at"):
        return "delivered"
    if values.get("shipped_at"):
        return "in_transit"
    return parcel.state if parcel else "prepared"


def _follow(order: Order, given: Mapping[str, Any]) -> None:
    for name in ("shipped_at", "delivered_at"):
        if given.get(name) and getattr(order, name) is None:
            setattr(order, name, given[name])
    state = _ORDER_STATE.get(given["state"])
    if state and ORDER_STATES.index(state) > ORDER_STATES.index(order.state):
        order.state = state
