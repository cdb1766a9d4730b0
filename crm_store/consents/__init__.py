"""Consents by purpose and channel, with their history."""
