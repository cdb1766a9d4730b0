"""Which intents change the store in the very turn they are understood in, and from which confidence on they do."""

from __future__ import annotations

from actions.doubt import COST_OF_ACTING_WRONGLY, acting_from

# What is not here reads, or begins a task that sums up what will happen and waits for a yes.
ACTING = frozenset(COST_OF_ACTING_WRONGLY)


def may_change_store(intent: str, confidence: float, text: str) -> bool:
    """Whether a message understood so may change the store at once: an upper bound, for most need a customer or a product."""
    return intent in ACTING and confidence >= acting_from(intent, text)
