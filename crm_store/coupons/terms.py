"""Coupon terms as the rules have them. Changed rules make new terms: who has a coupon keeps what was promised."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.errors import NotFoundError
from crm_store.coupons.errors import CouponExpiredError, CouponNotUsableError
from crm_store.coupons.models import CouponTerms
from crm_store.coupons.queries import get_terms
from crm_store.db import insert_once
from crm_store.idempotency import fingerprint
from crm_store.shop.queries import rule


def terms_by_rule(session: Session, benefit: str, rules: dict[str, Any]) -> CouponTerms:
    """The terms of a benefit whose rule `coupons.<benefit>` says what it gives: {percent | amount, minimum_order, ...}."""
    given: dict[str, Any] = rule(rules, f"coupons.{benefit}")
    kind = "percent" if "percent" in given else "amount"
    return keep_terms(session, benefit, given, rules, kind=kind, value=int(given[kind]))


def keep_terms(
    session: Session, terms_id: str, given: dict[str, Any], rules: dict[str, Any], **values: Any
) -> CouponTerms:
    """The terms with these values, written when there are none yet. `given` is the benefit's rule; `values` count more."""
    values = {
        "currency": str(rule(rules, "shop.currency")), "minimum_order": int(given.get("minimum_order", 0)),
        "maximum_discount": given.get("maximum_discount"), "valid_days": int(given["valid_days"]),
        "excluded": given.get("excluded", {}), "stackable": bool(given.get("stackable", False)), **values,
    }  # fmt: skip
    version = fingerprint(terms_id, terms=json.dumps(values, sort_keys=True))[:12]
    for each in (terms_id, f"{terms_id}.{version}"):
        insert_once(session, CouponTerms, {"id": each, "title": given["title"], **values}, ["id"])
        terms = get_terms(session, each)
        if all(getattr(terms, name) == value for name, value in values.items()):
            return terms
    raise NotFoundError("coupon_terms_not_found", terms_id=terms_id)


def check_in_force(terms: CouponTerms, now: datetime) -> None:
    """Raise CouponNotUsableError or CouponExpiredError for terms that are switched off, not begun, or over."""
    if not terms.active:
        raise CouponNotUsableError("coupon_inactive", terms_id=terms.id)
    if terms.starts_at is not None and terms.starts_at > now:
        raise CouponNotUsableError("coupon_not_started", starts_at=terms.starts_at.isoformat())
    if terms.ends_at is not None and terms.ends_at <= now:
        raise CouponExpiredError(expires_at=terms.ends_at.isoformat())
