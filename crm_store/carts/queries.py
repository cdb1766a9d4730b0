"""Read a cart: what is in it, and what it would cost at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.carts.models import Cart, CartLine, CouponReservation
from crm_store.catalogue.models import Product, Variant
from crm_store.coupons.pricing import Discount, Goods, Refused, price
from crm_store.customers.queries import get_customer
from crm_store.orders.fees import shipping_fee
from crm_store.points.queries import balance
from crm_store.shop.queries import current_rules


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line at today's price. `available` is less than `quantity` where there is not enough any more."""

    product: Product
    variant: Variant
    quantity: int
    unit_price: int

    @property
    def available(self) -> int:
        """How many there are, 0 for what is no longer sold."""
        return self.variant.stock if self.variant.active and self.product.active else 0

    @property
    def worth(self) -> int:
        """The price of all pieces, in minor units."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart and its price; amounts in minor units. `points` are those that will be used, never more than there are."""

    lines: tuple[PricedLine, ...]
    goods: int
    discounts: tuple[Discount, ...]
    refused: tuple[Refused, ...]
    points: int
    shipping_fee: int
    version: int

    @property
    def discount(self) -> int:
        """What the coupons take off."""
        return sum(discount.amount for discount in self.discounts)

    @property
    def total(self) -> int:
        """What would be paid."""
        return self.goods - self.discount - self.points + self.shipping_fee

    @property
    def short(self) -> tuple[PricedLine, ...]:
        """Lines of which there is not enough."""
        return tuple(line for line in self.lines if line.available < line.quantity)


def view(session: Session, customer_id: str, now: datetime) -> CartView:
    """A customer's cart as it stands; an empty one where there is none."""
    cart = session.get(Cart, customer_id, populate_existing=True)
    lines = _lines(session, customer_id)
    goods = [Goods(line.product.id, line.quantity, line.unit_price) for line in lines]
    codes = session.scalars(
        select(CouponReservation.code)
        .where(CouponReservation.customer_id == customer_id)
        .order_by(CouponReservation.reserved_at, CouponReservation.code)
    ).all()
    priced = price(session, customer_id, goods, codes, now)
    points = min(cart.points_to_use, priced.goods - priced.discount) if cart else 0
    if points:
        points = min(points, balance(session, customer_id, now))
    address = get_customer(session, customer_id).address
    fee = shipping_fee(current_rules(session), priced.goods, address) if lines else 0
    return CartView(
        tuple(lines), priced.goods, priced.discounts, priced.refused, points, fee, cart.version if cart else 0
    )


def _lines(session: Session, customer_id: str) -> list[PricedLine]:
    query = (
        select(CartLine, Product, Variant)
        .join(Product, Product.id == CartLine.product_id)
        .join(Variant, Variant.id == CartLine.variant_id)
        .where(CartLine.customer_id == customer_id)
        .order_by(CartLine.added_at, CartLine.variant_id)
        .execution_options(populate_existing=True)
    )
    return [
        PricedLine(product, variant, line.quantity, product.price if variant.price is None else variant.price)
        for line, product, variant in session.execute(query)
    ]
