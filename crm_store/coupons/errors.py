"""Errors of coupons. Dates in a context are ISO days of the shop's time zone."""

from __future__ import annotations

from core.errors import RuleViolationError


class NotEligibleError(RuleViolationError):
    """A rule does not give the customer this coupon, or not now.

    Codes: `birthday_unknown`; `birthday_not_near` with the next `window_start`, `window_end` and `birthday`; `not_a_member`;
    `welcome_too_late` with `last_day`; `winback_no_order`; `winback_not_due` with `from_day`; `apology_recent` with the
    earlier coupon's `issued_coupon_id`; `attendance_streak_short` with `streak` and `needed`; `exchange_below_minimum` with
    `minimum`; `already_issued`, see CouponAlreadyIssuedError.
    """


class CouponAlreadyIssuedError(NotEligibleError):
    """The same benefit was given before; `context` names the earlier coupon: `issued_coupon_id`, `state`, `expires_at`."""

    def __init__(self, *, issued_coupon_id: str, state: str, expires_at: str) -> None:
        super().__init__("already_issued", issued_coupon_id=issued_coupon_id, state=state, expires_at=expires_at)


class CouponExhaustedError(RuleViolationError):
    """As many as there were are issued ("issue_limit_reached", "apology_budget_spent") or used ("redemption_limit_reached")."""


class CouponExpiredError(RuleViolationError):
    """Its time is over; `context["expires_at"]`."""

    def __init__(self, *, expires_at: str) -> None:
        super().__init__("coupon_expired", expires_at=expires_at)


class CouponNotUsableError(RuleViolationError):
    """It cannot be used on this order.

    Codes: `coupon_used`, `coupon_revoked`, `coupon_inactive`, `coupon_not_started`, `below_minimum_order` with `minimum`
    and `goods`, `goods_excluded`, `order_has_coupon`, `order_closed`, `currency_differs`.
    """
