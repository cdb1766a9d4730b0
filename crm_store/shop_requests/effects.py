"""What the shop's decision changes, by the kind of request. The request's order is locked by the caller."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from crm_store.cases import agreed as cases
from crm_store.orders import agreed as orders
from crm_store.shop_requests.models import ShopRequest

Effect = Callable[[Session, ShopRequest, str, datetime], None]
_CONFIRMED: dict[str, Effect] = {
    "cancel_order": orders.cancel,
    "change_address": orders.change_address,
    "refund": cases.refund,
    "exchange": cases.exchange,
}
# A refused cancellation or address leaves the order as it is.
_REFUSED: dict[str, Effect] = {"refund": cases.refuse, "exchange": cases.refuse}


def apply(session: Session, request: ShopRequest, actor: str, now: datetime) -> None:
    """Do what a request that was just decided stands for."""
    effects = _CONFIRMED if request.state == "confirmed" else _REFUSED
    effect = effects.get(request.kind)
    if effect is not None:
        effect(session, request, actor, now)
