"""A copy of all that is known of a customer, handed out once to whoever has the link that went to their e-mail.

The copy is made when the link is opened: no file of somebody's whole life lies about.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from core.errors import NotFoundError
from core.ids import new_id
from crm_store.accounts.codes import keyed_hash
from crm_store.accounts.mails import queue_mail
from crm_store.accounts.models import DataRequest, OneTimeCode
from crm_store.accounts.requests import lock_open_request
from crm_store.carts.models import CartLine
from crm_store.cases.models import Case, CaseEvent
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.conversations.models import Attachment, Conversation, Message, MessageFeedback
from crm_store.coupons.models import IssuedCoupon, Redemption
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.customers.queries import get_customer
from crm_store.db import Base
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.loyalty.models import Attendance, Referral, TierChange
from crm_store.orders.models import Order, OrderLine, Refund, Shipment
from crm_store.points.models import LedgerEntry, Lot
from crm_store.regular_deliveries.models import RegularDelivery
from crm_store.shop.queries import current_rules, rule
from crm_store.shop_requests.models import ShopRequest
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem

_INTERNAL = frozenset(
    {"request_hash", "idempotency_key", "actor", "staff_id", "lease_owner", "lease_until", "owner_version", "episode",
     "episode_turns", "unclear_streak", "attempts", "error", "due_at", "data", "external_id", "turn_id", "payload"}
)  # fmt: skip


def send_export_link(session: Session, *, request_id: str, secret_key: bytes, base_url: str, now: datetime) -> bool:
    """Mail the one-time link of an open export and close the request; False when it was closed already."""
    request = lock_open_request(session, request_id)
    if request is None or request.kind != "export":
        return False
    customer = get_customer(session, request.customer_id)
    if customer.email is None or request.conversation_id is None:
        request.state, request.done_at = "refused", now
        return False
    hours = int(rule(current_rules(session), "privacy.export_link_hours"))
    link_id, secret = new_id(), secrets.token_urlsafe(32)
    session.add(
        OneTimeCode(
            id=link_id, conversation_id=request.conversation_id, customer_id=customer.id, email=customer.email,
            purpose="export", code_hash=keyed_hash(secret_key, link_id, secret), created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )  # fmt: skip
    queue_mail(
        session, "export", recipient=customer.email, language=customer.language, key=f"export:{request.id}", now=now,
        link=f"{base_url.rstrip('/')}/api/v1/exports/{link_id}.{secret}", hours=hours,
    )  # fmt: skip
    request.state, request.done_at = "done", now
    session.flush()
    return True


def take_export(session: Session, *, token: str, secret_key: bytes, now: datetime) -> dict[str, Any]:
    """The copy a link stands for, once. NotFoundError("export_unknown") for a forged, used or expired one alike."""
    link_id, _, secret = token.partition(".")
    link = session.get(OneTimeCode, link_id) if len(link_id) == 32 else None
    expected = link.code_hash if link is not None else keyed_hash(secret_key, "nothing")
    right = hmac.compare_digest(expected, keyed_hash(secret_key, link_id, secret))
    if link is None or not right or link.purpose != "export" or link.customer_id is None:
        raise NotFoundError("export_unknown")
    used = session.scalar(
        update(OneTimeCode)
        .where(OneTimeCode.id == link_id, OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now)
        .values(used_at=now)
        .returning(OneTimeCode.id)
    )
    if used is None:
        raise NotFoundError("export_unknown")
    return collect(session, link.customer_id, now)


def collect(session: Session, customer_id: str, now: datetime) -> dict[str, Any]:
    """Everything the store knows of a customer, as JSON values by kind; nothing of staff or of other people."""
    copy: dict[str, Any] = {"made_at": now.isoformat(), "profile": _plain(get_customer(session, customer_id))}
    for name, model, mine in _parts(customer_id):
        rows = session.scalars(select(model).where(mine).order_by(*model.__mapper__.primary_key))
        copy[name] = [_plain(row) for row in rows]
    return copy


def _parts(customer_id: str) -> list[tuple[str, type[Base], ColumnElement[bool]]]:
    conversations = select(Conversation.id).where(Conversation.customer_id == customer_id)
    orders, cases = (select(table.id).where(table.customer_id == customer_id) for table in (Order, Case))
    own: list[tuple[str, Any]] = [
        ("channels", ChannelIdentity), ("consents", Consent), ("consent_history", ConsentEvent), ("orders", Order),
        ("refunds", Refund), ("points", LedgerEntry), ("points_lots", Lot), ("coupons", IssuedCoupon),
        ("coupon_uses", Redemption), ("conversations", Conversation), ("feedback", Feedback), ("reviews", ProductReview),
        ("cases", Case), ("wishlist", WishlistItem), ("restock_alerts", RestockAlert), ("product_views", ProductView),
        ("cart", CartLine), ("regular_deliveries", RegularDelivery), ("tier_history", TierChange),
        ("attendance", Attendance), ("shop_requests", ShopRequest), ("data_requests", DataRequest),
    ]  # fmt: skip
    said = Message.conversation_id.in_(conversations) & (Message.kind == "message")
    heard = select(Message.id).where(said)
    return [(name, model, model.customer_id == customer_id) for name, model in own] + [
        ("referrals", Referral, (Referral.inviter_id == customer_id) | (Referral.friend_id == customer_id)),
        ("order_lines", OrderLine, OrderLine.order_id.in_(orders)),
        ("shipments", Shipment, Shipment.order_id.in_(orders)),
        ("case_history", CaseEvent, CaseEvent.case_id.in_(cases)),
        ("messages", Message, said),
        ("message_feedback", MessageFeedback, MessageFeedback.message_id.in_(heard)),
        ("attachments", Attachment, Attachment.conversation_id.in_(conversations)),
    ]


def _plain(row: Base) -> dict[str, Any]:
    left_out = frozenset() if isinstance(row, Customer | ChannelIdentity) else _INTERNAL
    names = (column.key for column in row.__mapper__.columns)
    return {name: _json(getattr(row, name)) for name in names if name not in left_out}


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value
