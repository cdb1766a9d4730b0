"""Coupon terms, issued coupons, redemptions."""
