"""Use cases on wishlists, restock alerts and product views. The channel a restock alert goes out on is the conversation's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import get_product, get_variant
from crm_store.db import insert_once
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem

KEEP_VIEWS = timedelta(days=180)
ALERT_BATCH = 100


def save_for_later(
    session: Session, *, customer_id: str, product_id: str, variant_id: str | None = None, now: datetime
) -> bool:
    """Put a product on the wishlist; False when it was there. NotFoundError for an unknown product."""
    get_product(session, product_id)
    row = {"customer_id": customer_id, "product_id": product_id, "variant_id": variant_id, "added_at": now}
    return insert_once(session, WishlistItem, row, ["customer_id", "product_id"])


def forget(session: Session, *, customer_id: str, product_id: str) -> bool:
    """Take a product off the wishlist; False when it was not on it."""
    gone = session.execute(
        delete(WishlistItem)
        .where(WishlistItem.customer_id == customer_id, WishlistItem.product_id == product_id)
        .returning(WishlistItem.product_id)
    ).first()
    return gone is not None


def list_wishlist(session: Session, customer_id: str) -> list[WishlistItem]:
    """What a customer saved, latest first."""
    query = select(WishlistItem).where(WishlistItem.customer_id == customer_id)
    return list(session.scalars(query.order_by(WishlistItem.added_at.desc(), WishlistItem.product_id)))


def set_alert(
    session: Session, *, customer_id: str, product_id: str, variant_id: str | None, conversation_id: str | None,
    channel: str | None, now: datetime,
) -> tuple[RestockAlert, bool]:  # fmt: skip
    """Ask to be told when a product (or one variant of it) is back: the alert, and whether it is new.

    One that was served or withdrawn waits again.
    """
    if variant_id is not None:
        get_variant(session, variant_id)
    get_product(session, product_id)
    target = variant_id or product_id
    row = {
        "id": new_id(), "customer_id": customer_id, "product_id": product_id, "variant_id": variant_id, "target": target,
        "conversation_id": conversation_id, "channel": channel, "state": "waiting", "created_at": now,
    }  # fmt: skip
    new = insert_once(session, RestockAlert, row, ["customer_id", "target"])
    again = session.execute(
        update(RestockAlert)
        .where(RestockAlert.customer_id == customer_id, RestockAlert.target == target, RestockAlert.state != "waiting")
        .values(state="waiting", conversation_id=conversation_id, channel=channel, created_at=now, notified_at=None)
        .returning(RestockAlert.id)
    ).first()
    alert = session.scalars(
        select(RestockAlert)
        .where(RestockAlert.customer_id == customer_id, RestockAlert.target == target)
        .execution_options(populate_existing=True)
    ).one()
    return alert, new or again is not None


def take_due_alerts(session: Session, now: datetime) -> list[RestockAlert]:
    """Alerts whose goods are there again, marked as served: each is taken once, whoever asks. A batch of 100."""
    back_variant = select(Variant.id).where(Variant.stock > 0, Variant.active)
    back_product = select(Product.id).where(Product.stock > 0, Product.active)
    due = select(RestockAlert.id).where(
        RestockAlert.state == "waiting",
        RestockAlert.variant_id.in_(back_variant)
        | (RestockAlert.variant_id.is_(None) & RestockAlert.product_id.in_(back_product)),
    )
    taken = session.scalars(
        update(RestockAlert)
        .where(RestockAlert.id.in_(due.limit(ALERT_BATCH)), RestockAlert.state == "waiting")
        .values(state="notified", notified_at=now)
        .returning(RestockAlert.id)
    ).all()
    query = select(RestockAlert).where(RestockAlert.id.in_(taken)).order_by(RestockAlert.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def note_view(
    session: Session, *, product_id: str, customer_id: str | None, conversation_id: str | None, now: datetime
) -> None:
    """Note that somebody looked at a product."""
    session.add(
        ProductView(product_id=product_id, customer_id=customer_id, conversation_id=conversation_id, viewed_at=now)
    )
    session.flush()


def purge_views(session: Session, now: datetime) -> None:
    """Forget views that are too old to say anything."""
    session.execute(delete(ProductView).where(ProductView.viewed_at < now - KEEP_VIEWS))
