"""Import from texts, as `dangol import` does from files."""

from __future__ import annotations

import csv
from pathlib import Path

from dangol.importing.consents import Consents
from dangol.importing.customers import Customers
from dangol.importing.kinds import Importer
from dangol.importing.orders import Orders
from dangol.importing.points import Points
from dangol.importing.products import Products
from dangol.importing.run import Summary, import_file
from dangol.importing.shipments import Shipments

KINDS: dict[str, type[Importer]] = {
    "products": Products, "customers": Customers, "orders": Orders, "shipments": Shipments, "points": Points,
    "consents": Consents,
}  # fmt: skip


def take_in(folder: Path, kind: str, text: str, mapping: str = "") -> Summary:
    """Import a CSV text; the counts add up or this raises."""
    path, map_path = folder / f"{kind}.csv", folder / "map.yml"
    path.write_text(text, encoding="utf-8")
    map_path.write_text(mapping, encoding="utf-8")
    return import_file(kind, KINDS[kind](), path, map_path=map_path)


def counts(summary: Summary) -> dict[str, int]:
    """What became of the rows, without what did not happen."""
    found = {**summary.counts, "skipped": summary.skipped.total(), "rejected": summary.rejected.total()}
    return {name: count for name, count in found.items() if count}


def rejected(folder: Path, kind: str) -> list[dict[str, str]]:
    """The rows in the file of rejects."""
    with (folder / f"{kind}.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
