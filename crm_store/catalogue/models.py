"""Table of products."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.db import Base


class Product(Base):
    """Something the shop sells. `name`, `description`, `brand_name`, `kind_names` and `tags` are maps of language to text(s).

    `price` is in the currency's minor unit, `stock` the sum over its variants. `kind` is the kind of thing (toner),
    `category` the department (cosmetics).
    """

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("price >= 0", name="price"), CheckConstraint("stock >= 0", name="stock"))

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    category: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    kind_names: Mapped[dict[str, Any]] = mapped_column(default=dict)
    brand: Mapped[str | None] = mapped_column(String(60))
    brand_name: Mapped[dict[str, Any]] = mapped_column(default=dict)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tags: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    price: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3), default="KRW")
    stock: Mapped[int] = mapped_column(default=0)
    consumable: Mapped[bool] = mapped_column(default=False)
    image_url: Mapped[str | None] = mapped_column(String(500))
    url: Mapped[str | None] = mapped_column(String(500))
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime] = mapped_column(index=True)


class Variant(Base):
    """What is really bought: a product in one colour and size. Every product has at least one; the plain one has its id.

    `colour` and `size` are codes (None: does not come in several); `price` is None where it is the product's.
    """

    __tablename__ = "variants"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)

    id: Mapped[str] = mapped_column(String(140), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    colour: Mapped[str | None] = mapped_column(String(40))
    size: Mapped[str | None] = mapped_column(String(40))
    sku: Mapped[str | None] = mapped_column(String(80))
    price: Mapped[int | None]
    stock: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
