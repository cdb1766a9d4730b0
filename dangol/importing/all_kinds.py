"""Every kind of data that can be imported, by its name on the command line."""

from __future__ import annotations

from core.settings import Settings
from dangol.importing.articles import Articles
from dangol.importing.consents import Consents
from dangol.importing.customers import Customers
from dangol.importing.kinds import Importer
from dangol.importing.orders import Orders
from dangol.importing.points import Points
from dangol.importing.products import Products
from dangol.importing.shipments import Shipments
from knowledge.encoder import load_encoder


def importer(kind: str, settings: Settings) -> Importer:
    """The importer of a kind; KeyError for one that is none."""
    kinds: dict[str, Importer] = {
        "products": Products(), "customers": Customers(), "orders": Orders(), "shipments": Shipments(),
        "points": Points(), "consents": Consents(), "articles": Articles(lambda: load_encoder(settings)),
    }  # fmt: skip
    return kinds[kind]
