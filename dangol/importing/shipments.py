"""Parcels of imported orders from a file, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator
from sqlalchemy.orm import Session

from crm_store.imports.shipments import put_shipment
from dangol.importing.fields import Code, Day, Moment, Rejected, Row, Short
from dangol.importing.kinds import Context, Judged, checked
from dangol.importing.spool import Line

_MESSAGES = {
    "order_unknown": "number: import the order first",
    "order_over": "number: the order was cancelled",
}


class ShipmentRow(Row):
    """A parcel; with a tracking number an order may have several."""

    number: Annotated[Code, AfterValidator(str.upper)]
    courier: Short | None = None
    tracking_number: Annotated[Short, AfterValidator(lambda value: value[:60])] | None = None
    state: Literal["prepared", "in_transit", "delivered", "lost", "sent_back"] | None = None
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    expected_on: Day | None = None


class Shipments:
    """Importer of shipments."""

    columns = frozenset(ShipmentRow.model_fields)

    def key(self, values: Mapping[str, str]) -> str:
        """The order's number."""
        return values.get("number", "").upper()

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put parcels; the order's own state follows them."""
        for group in groups:
            good, bad = checked(group, ShipmentRow, context)
            yield from bad
            for line, row in good:
                values = {name: getattr(row, name) for name in row.model_fields_set - {"number"}}
                found = put_shipment(session, row.number, values, context.now)
                yield line, Rejected(found, _MESSAGES[found]) if found in _MESSAGES else found
