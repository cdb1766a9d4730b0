"""The way to the shop's own checkout: a link with the cart signed in it.

The token is a JWT, HS256 with DANGOL_IDENTITY_SECRET (which the shop has): `sub` the shop's own customer id, `aud`
"dangol-checkout", `lines` [{"variant", "product", "quantity"}], `coupons` codes, `points`, `total` in minor units, `currency`,
`jti` (the same cart gives the same), `exp`. The shop charges by its own prices and asks when `total` is not what it reckons.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy.orm import Session

from core.settings import Settings
from crm_store.carts.queries import CartView
from crm_store.customers.models import Customer
from crm_store.shop.queries import current_rules, rule

AUDIENCE = "dangol-checkout"
LIFE = timedelta(hours=2)


def checkout_url(session: Session, settings: Settings, customer: Customer, cart: CartView, now: datetime) -> str:
    """Rule shop.checkout_url with the signed cart as `cart`; relative where the shop's page is the demonstration's own."""
    rules = current_rules(session)
    claims: dict[str, Any] = {
        "sub": customer.external_ref or customer.id,
        "aud": AUDIENCE,
        "jti": f"{customer.id}:{cart.version}",
        "exp": now + LIFE,
        "lines": [
            {"variant": line.variant.id, "product": line.product.id, "quantity": line.quantity} for line in cart.lines
        ],
        "coupons": [discount.coupon.code for discount in cart.discounts],
        "points": cart.points,
        "total": cart.total,
        "currency": rule(rules, "shop.currency"),
    }
    token = jwt.encode(claims, settings.identity_secret.get_secret_value(), algorithm="HS256")
    address = str(rule(rules, "shop.checkout_url"))
    return f"{address}{'&' if '?' in address else '?'}cart={token}"
