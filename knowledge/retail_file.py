"""Reads the UCI "Online Retail" file (or one with its columns) as clean purchases by month, to measure recommendation on."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

# Five digits and perhaps letters for the colour; everything else is postage, fees, samples, vouchers, corrections.
_GOODS = re.compile(r"\d{5}[A-Z]*")


class Line(NamedTuple):
    """One product of an invoice; `quantity` is negative for what was cancelled."""

    customer: str
    product_id: str
    quantity: int
    when: datetime


@dataclass(frozen=True, slots=True)
class RetailFile:
    """Lines in time order, each product's commonest description, and how many rows were left out for which reason."""

    lines: list[Line]
    descriptions: dict[str, str]
    left_out: Counter[str]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        yield from csv.DictReader(file)


def _reason(row: dict[str, str]) -> str | None:
    if not row["CustomerID"]:
        return "no customer"
    if not _GOODS.fullmatch(row["StockCode"].upper()):
        return "not goods"
    if float(row["UnitPrice"]) <= 0 and int(row["Quantity"]) > 0:
        return "free"
    return None


def read_retail(path: Path) -> RetailFile:
    """Raises OSError, KeyError for a file with other columns, ValueError for what is no number or time."""
    lines: list[Line] = []
    described: defaultdict[str, Counter[str]] = defaultdict(Counter)
    left_out: Counter[str] = Counter()
    for row in _rows(path):
        reason = _reason(row)
        if reason is not None:
            left_out[reason] += 1
            continue
        customer, code = row["CustomerID"].split(".")[0], row["StockCode"].upper()
        lines.append(Line(customer, code, int(row["Quantity"]), datetime.fromisoformat(row["InvoiceDate"])))
        described[code][row["Description"].strip().lower()] += 1
    lines.sort(key=lambda line: line.when)
    names = {code: counts.most_common(1)[0][0] for code, counts in described.items()}
    return RetailFile(lines, names, left_out)


def kept_purchases(lines: Sequence[Line]) -> list[Line]:
    """What was bought and kept: each cancellation takes back the customer's latest purchases of the product before it."""
    open_: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        own = open_[line.customer, line.product_id]
        if line.quantity > 0:
            own.append(line)
            continue
        back = -line.quantity
        while back > 0 and own:
            last = own.pop()
            if last.quantity > back:
                own.append(last._replace(quantity=last.quantity - back))
            back -= last.quantity
    return [line for own in open_.values() for line in own]
