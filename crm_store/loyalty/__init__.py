"""Tiers, attendance and referrals."""
