"""The shop's decision, in its response to a webhook or in a message of its own."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from core.clock import utc_now
from crm_store.db import transaction
from crm_store.shop_requests.models import ShopRequest
from crm_store.shop_requests.service import decide

ACTOR = "shop"


class Decision(BaseModel):
    """What the shop says of a request. The customer reads `reason` when it refused."""

    decision: Literal["confirmed", "refused"]
    reason: str | None = Field(default=None, max_length=300)

    @field_validator("reason")
    @classmethod
    def storable(cls, reason: str | None) -> str | None:
        """Neither database holds a null byte or a lone surrogate."""
        if reason and ("\x00" in reason or any("\ud800" <= letter <= "\udfff" for letter in reason)):
            raise ValueError("not storable text")
        return reason


class DecisionMessage(Decision):
    """A decision with the id of the request it is about."""

    id: str = Field(min_length=1, max_length=32, pattern=r"^[0-9a-f]+$")


def take_in(request_id: str, decision: Decision, signature: str | None = None) -> ShopRequest:
    """Apply it, in a transaction of its own. Errors as of `decide`."""
    answer = {"reason": decision.reason} if decision.reason else {}
    with transaction() as session:
        return decide(
            session, request_id=request_id, confirmed=decision.decision == "confirmed", answer=answer, actor=ACTOR,
            now=utc_now(), signature=signature,
        )  # fmt: skip
