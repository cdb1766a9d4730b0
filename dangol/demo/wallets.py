"""Coupons of the demonstration's past: whom the rules gave one, who used it, what has run out."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import add_months, end_of_day, local_date
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.idempotency import fingerprint
from dangol.demo.history import moment
from dangol.demo.purses import ACTOR
from dangol.demo.rows import Row, Rows

# A code anybody may use, now and then: months that begin a campaign, how long it lasts, and what it gives.
_CAMPAIGN_MONTHS, _CAMPAIGN_DAYS = (2, 5, 8, 11), 21
_CAMPAIGN = {"kind": "percent", "value": 7, "minimum_order": 40_000, "maximum_discount": 8_000}
_CAMPAIGN_TITLES = {
    2: {"ko": "설레는 봄맞이 쿠폰", "en": "Almost spring coupon"},
    5: {"ko": "가정의 달 쿠폰", "en": "Family month coupon"},
    8: {"ko": "한여름 쿠폰", "en": "High summer coupon"},
    11: {"ko": "늦가을 감사 쿠폰", "en": "Autumn thank-you coupon"},
}
_BENEFITS = ("welcome", "birthday", "winback", "apology", "attendance")


class Mint:
    """The terms of all coupons, with their counts."""

    def __init__(self, rows: Rows, rules: dict[str, Any], today: date, oldest: date) -> None:
        self.rows, self.rules, self.today = rows, rules, today
        self.timezone: str = rules["shop"]["timezone"]
        self.terms: dict[str, Row] = {}
        for benefit in _BENEFITS:
            given = rules["coupons"].get(benefit)
            if given:
                kind = "percent" if "percent" in given else "amount"
                self._add(
                    benefit, given["title"], kind=kind, value=int(given[kind]), minimum_order=given["minimum_order"],
                    maximum_discount=given.get("maximum_discount"), valid_days=given["valid_days"],
                    excluded=given.get("excluded", {}), stackable=bool(given.get("stackable", False)),
                )  # fmt: skip
        self.campaigns = [
            row for month in range(19) if (row := self._campaign(add_months(oldest, month).replace(day=3)))
        ]

    def _add(self, terms_id: str, title: dict[str, str], **values: Any) -> Row:
        currency = self.rules["shop"]["currency"]
        row = self.rows.add(
            CouponTerms, id=terms_id, title=title, currency=currency, issued_count=0, redeemed_count=0, **values
        )
        self.terms[terms_id] = row
        return row

    def _campaign(self, begins: date) -> Row | None:
        if begins.month not in _CAMPAIGN_MONTHS or begins > self.today:
            return None
        ends = end_of_day(begins + timedelta(days=_CAMPAIGN_DAYS), self.timezone)
        return self._add(
            f"campaign-{begins:%Y-%m}", _CAMPAIGN_TITLES[begins.month], valid_days=_CAMPAIGN_DAYS, **_CAMPAIGN,
            shared_code=f"DANGOL{begins:%y%m}", starts_at=moment(begins, 0), ends_at=ends, redemption_limit=5_000,
        )  # fmt: skip


class Wallet:
    """One customer's coupons."""

    def __init__(self, mint: Mint, customer_id: str) -> None:
        self._mint, self._customer_id = mint, customer_id
        self._issued: list[Row] = []
        self._campaigns_used: set[str] = set()

    def give(self, benefit: str, occasion: str, at: datetime) -> Row | None:
        """Issue a coupon of a benefit, if the shop has it and this customer has not had it on this occasion."""
        terms = self._mint.terms.get(benefit)
        taken = any(row["terms_id"] == benefit and row["occasion"] == occasion for row in self._issued)
        if terms is None or taken:
            return None
        terms["issued_count"] += 1
        last = local_date(at, self._mint.timezone) + timedelta(days=terms["valid_days"])
        coupon = self._mint.rows.add(
            IssuedCoupon, id=self._mint.rows.new_id(at), terms_id=benefit, customer_id=self._customer_id,
            occasion=occasion, code=self._mint.rows.new_code(), state="issued", actor=ACTOR, issued_at=at,
            idempotency_key=f"demo:{benefit}:{self._customer_id}:{occasion}", expires_at=end_of_day(last, self._mint.timezone),
            request_hash=fingerprint("issue", terms_id=benefit, customer_id=self._customer_id, occasion=occasion),
        )  # fmt: skip
        self._issued.append(coupon)
        return coupon

    def use(self, chance: random.Random, goods: int, order_id: str, at: datetime, *, keen: bool) -> Row | None:
        """Perhaps redeem the coupon that saves most on an order; the redemption."""
        usable = [
            (row["terms_id"], row)
            for row in self._issued
            if row["state"] == "issued" and row["issued_at"] <= at < row["expires_at"]
        ]
        open_ones: list[tuple[str, Row | None]] = [
            (row["id"], None)
            for row in self._mint.campaigns
            if keen and row["starts_at"] <= at < row["ends_at"] and row["id"] not in self._campaigns_used
        ]
        offers = [(self._worth(terms_id, goods), terms_id, coupon) for terms_id, coupon in [*usable, *open_ones]]
        best = max(offers, key=lambda offer: offer[:2], default=None)
        if best is None or best[0] == 0 or chance.random() > (0.9 if keen else 0.55):
            return None
        discount, terms_id, coupon = best
        return self._redeem(terms_id, coupon, discount, order_id, at)

    def _redeem(self, terms_id: str, coupon: Row | None, discount: int, order_id: str, at: datetime) -> Row:
        terms, rows = self._mint.terms[terms_id], self._mint.rows
        terms["redeemed_count"] += 1
        if coupon is None:
            self._campaigns_used.add(terms_id)
        else:
            coupon["state"] = "redeemed"
        code = coupon["code"] if coupon else terms["shared_code"]
        return rows.add(
            Redemption, id=rows.new_id(at), terms_id=terms_id, issued_coupon_id=coupon["id"] if coupon else None,
            customer_id=self._customer_id, order_id=order_id, discount=discount, reverted_at=None, actor=ACTOR,
            request_hash=fingerprint("redeem", code=code, customer_id=self._customer_id, order_id=order_id),
            idempotency_key=f"demo:redeem:{order_id}", created_at=at,
        )  # fmt: skip

    def revert(self, redemption: Row, at: datetime) -> None:
        """Free the coupon of an order that was undone."""
        redemption["reverted_at"] = at
        self._mint.terms[redemption["terms_id"]]["redeemed_count"] -= 1
        self._campaigns_used.discard(redemption["terms_id"])
        for coupon in self._issued:
            if coupon["id"] == redemption["issued_coupon_id"]:
                coupon["state"] = "issued"

    def close(self, now: datetime) -> None:
        """Mark what has run out."""
        for coupon in self._issued:
            if coupon["state"] == "issued" and coupon["expires_at"] <= now:
                coupon["state"] = "expired"

    def _worth(self, terms_id: str, goods: int) -> int:
        terms = self._mint.terms[terms_id]
        if goods < terms["minimum_order"]:
            return 0
        discount = goods * terms["value"] // 100 if terms["kind"] == "percent" else terms["value"]
        return int(min(discount, goods, terms.get("maximum_discount") or goods))
