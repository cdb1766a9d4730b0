"""Errors of the points ledger."""

from __future__ import annotations

from core.errors import DangolError, RuleViolationError


class InsufficientPointsError(RuleViolationError):
    """Not enough points that can still be spent; `context` has `needed` and `available`."""

    def __init__(self, *, needed: int, available: int) -> None:
        super().__init__("insufficient_points", needed=needed, available=available)


class LedgerOutOfStepError(DangolError):
    """A guard of the ledger did not hold under its lock: balance, lots and entries disagree. Nothing may be committed."""
