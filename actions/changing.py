"""Which intents change the store in the very turn they are understood in, and from which confidence on they do."""

from __future__ import annotations

from actions.doubt import DOUBTFUL

# These act whenever the classifier did not fall back; how bad a complaint sounds may stand for confidence.
_WITHOUT_DOUBT = ("complain", "give_feedback", "talk_to_human", "export_my_data")
# The confidence from which on nothing stands between the message and the store. What is not here reads, or begins a task
# that sums up what will happen and waits for a yes.
ACTING: dict[str, float] = {**DOUBTFUL, **dict.fromkeys(_WITHOUT_DOUBT, 0.0)}


def may_change_store(intent: str, confidence: float) -> bool:
    """Whether a message understood so may change the store at once: an upper bound, for most need a customer or a product."""
    return intent in ACTING and confidence >= ACTING[intent]
