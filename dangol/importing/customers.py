"""Customers from a file: one row each, or many rows that mention them, as orders do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from sqlalchemy.orm import Session

from core.language import as_locale
from crm_store.imports.customers import put_customers
from crm_store.shop.queries import rule
from dangol.importing.fields import Code, Day, Moment, Ref, Rejected, Row, Short, Title, wrong
from dangol.importing.kinds import Context, Judged, checked, merge
from dangol.importing.spool import Line

_ADDRESS = ("recipient", "postcode", "line1", "line2", "city", "country")
_GENDERS = {"f": "female", "female": "female", "여": "female", "여성": "female", "m": "male", "male": "male", "남": "male",
            "남성": "male", "other": "other", "기타": "other"}  # fmt: skip


def _email(value: str) -> str:
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", value) or len(value) > 320:
        raise wrong("email_invalid", f"{value!r} is no e-mail address")
    return value.lower()


def _phone(value: Any) -> str:
    digits = re.sub(r"[\s().-]", "", str(value))
    if not re.fullmatch(r"\+?\d{5,18}", digits):
        raise wrong("phone_invalid", f"{value!r} is no telephone number")
    return digits


def _ref(value: str) -> str:
    if value.startswith("dangol:"):
        raise wrong("ref_reserved", "ids beginning with dangol: are kept for this program")
    return value


def _gender(value: Any) -> str:
    if (found := _GENDERS.get(str(value).strip().lower())) is None:
        raise wrong("gender_invalid", f"{value!r} is none of female, male, other")
    return found


class CustomerRow(Row):
    """A customer."""

    ref: Annotated[Ref, AfterValidator(_ref)]
    name: Ref | None = None
    email: Annotated[str, AfterValidator(_email)] | None = None
    phone: Annotated[str, BeforeValidator(_phone)] | None = None
    birthday: Day | None = None
    language: Annotated[Literal["ko", "en"], BeforeValidator(lambda value: as_locale(str(value)))] | None = None
    gender: Annotated[str, BeforeValidator(_gender)] | None = None
    skin_type: Annotated[Short, AfterValidator(lambda value: value[:20])] | None = None
    tier: Code | None = None
    joined_at: Moment | None = None
    recipient: Ref | None = None
    postcode: Code | None = None
    line1: Title | None = None
    line2: Title | None = None
    city: Ref | None = None
    country: Ref | None = None


class Customers:
    """Importer of customers."""

    columns = frozenset(CustomerRow.model_fields) | {"size."}

    def key(self, values: Mapping[str, str]) -> str:
        """The shop's own id of the customer."""
        return values.get("ref", "")

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Put customers."""
        judged: list[Judged] = []
        wanted: dict[str, dict[str, Any]] = {}
        lines: dict[str, list[Line]] = {}
        tiers = rule(context.rules, "tiers")
        for group in groups:
            good, bad = checked(group, CustomerRow, context, alike=True)
            judged += bad
            for line, row in [(line, row) for line, row in good if row.tier and row.tier not in tiers]:
                judged.append((line, Rejected("tier_unknown", f"tier: the rules have no tier {row.tier!r}")))
                good = [one for one in good if one[0] is not line]
            if good:
                wanted[good[0][1].ref] = _values(good, context)
                lines[good[0][1].ref] = [line for line, _ in good]
        outcomes = put_customers(
            session, wanted, language=context.manner.language, actor=context.actor, now=context.now
        )
        for ref, own in lines.items():
            if outcomes[ref] == "erased":
                reason = Rejected("customer_erased", "ref: this customer's data were erased at their wish")
                judged += [(line, reason) for line in own]
                continue
            judged.append((own[0], outcomes[ref]))
            judged += [(line, "merged") for line in own[1:]]
        return judged


def _values(rows: list[tuple[Line, CustomerRow]], context: Context) -> dict[str, Any]:
    merged = merge([row for _, row in rows], context.mapping.several)
    merged.pop("ref")
    address = {name: merged.pop(name) for name in _ADDRESS if name in merged}
    sizes = {
        name.removeprefix("size."): text
        for line, _ in rows for name, text in line.values.items() if name.startswith("size.")
    }  # fmt: skip
    if address:
        merged["address"] = address
    if sizes:
        merged["sizes"] = sizes
    return merged
