"""Verification and data requests of accounts."""
