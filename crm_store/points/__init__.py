"""The points ledger: entries, lots, allocations."""
