"""The demonstration shop's own checkout: what a real shop builds on its side of the signed cart link (actions/checkout.py)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import jwt
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from actions.checkout import AUDIENCE
from core.clock import utc_now
from core.errors import DangolError
from core.language import Locale, as_locale
from core.money import Money
from core.settings import Settings
from core.texts import catalogue
from crm_store.carts import service as carts
from crm_store.carts.queries import CartView, view
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_external_ref, find_customer
from crm_store.db import reading, transaction
from crm_store.orders.models import Order
from crm_store.orders.placing import NewLine, find_placed, place
from crm_store.shop.queries import current_rules, rule

_HERE = Path(__file__).resolve().parent
PATH = "/checkout"
router = APIRouter(include_in_schema=False)
_pages = Environment(loader=FileSystemLoader(_HERE / "pages"), autoescape=True, undefined=StrictUndefined)


class CheckoutError(DangolError):
    """`link_invalid`, or `changed` since the link was made."""


def _claims(settings: Settings, token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, settings.identity_secret.get_secret_value(), algorithms=["HS256"], audience=AUDIENCE,
            options={"require": ["exp", "sub", "jti"]},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise CheckoutError("link_invalid") from error
    return claims


def _buyer(session: Session, claims: dict[str, Any]) -> Customer:
    """Whose cart it is. CheckoutError("link_invalid") where that is nobody, or the checkout is another page."""
    own_page = rule(current_rules(session), "shop.checkout_url") == PATH
    customer = find_by_external_ref(session, claims["sub"]) or find_customer(session, claims["sub"])
    if customer is None or not own_page:
        raise CheckoutError("link_invalid")
    return customer


def _same_cart(cart: CartView, customer: Customer, claims: dict[str, Any]) -> None:
    if claims["jti"] != f"{customer.id}:{cart.version}" or claims["total"] != cart.total or not cart.lines:
        raise CheckoutError("changed")


def _page(request: Request, status: int = 200, customer: Customer | None = None, **values: Any) -> HTMLResponse:
    asked = request.headers.get("accept-language", "ko")[:2]
    locale: Locale = as_locale(customer.language if customer else asked)
    with reading() as session:
        rules = current_rules(session)
    currency, shop = str(rule(rules, "shop.currency")), rule(rules, "shop.name")
    texts = catalogue(_HERE / "texts")
    given = {"error": None, "order": None, **values}
    if given["error"]:
        given["error"] = texts.say(f"checkout_{given['error']}", locale)
    page = _pages.get_template("checkout.html").render(
        locale=locale, shop=shop.get(locale) or next(iter(shop.values())),
        t=lambda key, **parts: texts.say(key, locale, **parts),
        money=lambda amount: Money(amount, currency).format(locale), **given,
    )  # fmt: skip
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def _shown(customer: Customer, cart: CartView, token: str) -> dict[str, Any]:
    lines = [
        {
            "name": line.product.name.get(customer.language) or next(iter(line.product.name.values())),
            "quantity": line.quantity,
            "worth": line.worth,
        }
        for line in cart.lines
    ]
    address = " ".join(str(customer.address.get(part) or "") for part in ("line1", "line2")).strip()
    return {
        "buyer": customer.name or "", "lines": lines, "discount": cart.discount, "points": cart.points,
        "shipping": cart.shipping_fee, "total": cart.total, "address": address, "token": token,
    }  # fmt: skip


def _order(session: Session, customer: Customer, claims: dict[str, Any], now: datetime) -> Order:
    """The order of a link: placed now, or when the button was pressed before."""
    key = f"checkout:{claims['jti']}"
    before = find_placed(session, key)
    if before is not None:
        return before
    _same_cart(view(session, customer.id, now), customer, claims)
    order = place(
        session, customer_id=customer.id, address=customer.address, coupon_codes=claims["coupons"],
        lines=[NewLine(str(line["variant"]), int(line["quantity"])) for line in claims["lines"]],
        points=int(claims["points"]), source="chat", idempotency_key=key, actor="shop", now=now,
    )  # fmt: skip
    if order.total != claims["total"]:
        raise CheckoutError("changed")
    carts.clear(session, customer_id=customer.id, now=now)
    return order


@router.get(PATH)
def look(request: Request, cart: Annotated[str, Query(max_length=8000)] = "") -> HTMLResponse:
    """The cart of a signed link, ready to be paid."""
    settings: Settings = request.app.state.settings
    try:
        claims = _claims(settings, cart)
        with reading() as session:
            customer = _buyer(session, claims)
            now_in_cart = view(session, customer.id, utc_now())
            _same_cart(now_in_cart, customer, claims)
    except CheckoutError as error:
        return _page(request, 410, error=error.code)
    return _page(request, customer=customer, **_shown(customer, now_in_cart, cart))


@router.post(PATH)
def pay(request: Request, cart: Annotated[str, Form(max_length=8000)]) -> HTMLResponse:
    """Order what the link holds, once however often it is pressed; the cart is empty afterwards."""
    settings: Settings = request.app.state.settings
    customer = None
    try:
        claims = _claims(settings, cart)
        with transaction() as session:
            customer = _buyer(session, claims)
            order = _order(session, customer, claims, utc_now())
    except CheckoutError as error:
        return _page(request, 410, error=error.code)
    except DangolError:
        return _page(request, 409, customer, error="refused")
    return _page(request, customer=customer, order=order)
