"""Consents from a file: who agreed to what, when, and how the shop knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sqlalchemy.orm import Session

from crm_store.imports.consents import put_consent
from crm_store.imports.customers import by_ref
from dangol.importing.fields import Moment, Ref, Rejected, Row, YesNo
from dangol.importing.kinds import Context, Judged, checked
from dangol.importing.spool import Line


class ConsentRow(Row):
    """A consent given or withdrawn. Terms and privacy are agreed to on all channels, advertising on each."""

    customer: Ref
    purpose: Literal["terms", "privacy", "marketing", "night_marketing"]
    channel: Literal["all", "email", "sms", "telegram", "kakao", "push", "web"] = "all"
    given: YesNo
    at: Moment


class Consents:
    """Importer of consents."""

    columns = frozenset(ConsentRow.model_fields)

    def key(self, values: Mapping[str, str]) -> str:
        """The customer."""
        return values.get("customer", "")

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put consents, the oldest first."""
        good, judged = checked([line for group in groups for line in group], ConsentRow, context)
        customers = by_ref(session, {row.customer for _, row in good})
        for line, row in sorted(good, key=lambda one: one[1].at):
            customer = customers.get(row.customer)
            if customer is None:
                judged.append((line, Rejected("customer_unknown", "customer: import them first")))
            elif row.purpose in ("marketing", "night_marketing") and row.channel == "all":
                judged.append((line, Rejected("channel_missing", "channel: advertising is agreed to for each channel")))
            elif row.purpose in ("terms", "privacy") and row.channel != "all":
                judged.append((line, Rejected("channel_invalid", f"channel: {row.purpose} is for all channels")))
            elif row.at > context.now:
                judged.append((line, Rejected("at_future", "at: lies in the future")))
            else:
                judged.append((line, put_consent(
                    session, customer_id=customer.id, purpose=row.purpose, channel=row.channel, given=row.given,
                    at=row.at, actor=context.actor,
                )))  # fmt: skip
        return judged
