"""Opening balances of points from a file: each row a lot of its own, through the ledger's own door."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy.orm import Session

from core.clock import end_of_day
from core.errors import ConflictError, RuleViolationError
from crm_store.imports.customers import by_ref
from crm_store.points import service
from crm_store.points.queries import find_by_key
from dangol.importing.fields import Day, Moment, Ref, Rejected, Row, Short, Whole
from dangol.importing.kinds import Context, Judged, checked
from dangol.importing.spool import Line

_MESSAGES = {
    "amount_invalid": "amount: a lot has at least one point",
    "expiry_passed": "expires_on: these points have expired",
    "idempotency_conflict": "key: points were imported under this key before, but not the same",
}


class PointsRow(Row):
    """Points a customer has."""

    customer: Ref
    amount: Whole
    expires_on: Day | None = None
    earned_at: Moment | None = None
    reason: Annotated[Short, AfterValidator(lambda value: value)] = "opening balance"
    key: Ref | None = None


class Points:
    """Importer of points."""

    columns = frozenset(PointsRow.model_fields)

    def key(self, values: Mapping[str, str]) -> str:
        """Rows that say the same, so that they are numbered; rows with a key of their own stand alone."""
        return values.get("key") or "|".join(values.get(name, "") for name in sorted(self.columns))

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put lots, in the order in which every run locks accounts."""
        good, judged = checked([line for group in groups for line in group], PointsRow, context)
        customers = by_ref(session, {row.customer for _, row in good})
        for line, row in sorted(good, key=lambda one: one[1].customer):
            customer = customers.get(row.customer)
            if customer is None:
                judged.append((line, Rejected("customer_unknown", "customer: import them first")))
            else:
                judged.append((line, _earn(session, context, customer.id, row, line)))
        return judged


def _earn(session: Session, context: Context, customer_id: str, row: PointsRow, line: Line) -> Rejected | str:
    key = _key(row, line)
    before = find_by_key(session, key) is not None
    expires_at = end_of_day(row.expires_on, context.manner.timezone) if row.expires_on else None
    try:
        service.earn(
            session, customer_id=customer_id, amount=row.amount, reason=row.reason, idempotency_key=key,
            actor=context.actor, now=min(row.earned_at or context.now, context.now), expires_at=expires_at,
        )  # fmt: skip
    except (ConflictError, RuleViolationError) as error:
        return Rejected(error.code, _MESSAGES[error.code])
    return "unchanged" if before else "added"


def _key(row: PointsRow, line: Line) -> str:
    """The key a row has itself, else one made of what it says and how many before it say the same."""
    own = (
        row.key
        or hashlib.sha256(
            repr((row.customer, row.amount, row.expires_on, row.earned_at, row.reason, line.position)).encode()
        ).hexdigest()
    )
    return f"import:points:{own}"[:200]
