"""GET /api/v1/products/{id}: what the page shows of a product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from core.clock import utc_now
from core.settings import Settings
from crm_store import db
from crm_store.catalogue.models import Product
from dangol.web import create_app

KEY = "k" * 40


def _product(product_id: str, **more: object) -> Product:
    fields = {
        "id": product_id,
        "category": "cosmetics",
        "kind": "toner",
        "kind_names": {"ko": ["토너", "스킨"], "en": ["toner"]},
        "brand": "moru",
        "brand_name": {"ko": "모루", "en": "Moru"},
        "name": {"ko": "로즈 토너", "en": "Rose Toner"},
        "description": {"ko": "촉촉한 토너예요.", "en": "A softening toner."},
        "price": 18000,
        "stock": 3,
        "image_url": f"/media/products/{product_id}.svg",
        "updated_at": utc_now(),
    }
    return Product(**(fields | more))


@pytest.fixture
def client(store: str, tmp_path: Path) -> Iterator[TestClient]:
    """The application over a store with three products, one of them sold no longer."""
    with db.transaction() as session:
        session.add(_product("rose-toner"))
        session.add(_product("plain", name={"ko": "그냥"}, brand=None, brand_name={}, kind_names={}, stock=0))
        session.add(_product("gone", active=False))
    settings = Settings(home=tmp_path, database_url=store, identity_secret=KEY, secret_key=KEY, internal_token=KEY)
    with TestClient(create_app(settings)) as served:
        yield served


def test_a_product_in_both_languages(client: TestClient) -> None:
    korean = client.get("/api/v1/products/rose-toner")
    assert korean.status_code == 200
    assert korean.json() == {
        "id": "rose-toner", "name": "로즈 토너", "description": "촉촉한 토너예요.", "brand": "모루", "kind": "토너",
        "price": 18000, "currency": "KRW", "in_stock": True, "image_url": "/media/products/rose-toner.svg",
    }  # fmt: skip
    english = client.get("/api/v1/products/rose-toner", params={"locale": "en"}).json()
    assert (english["name"], english["brand"], english["kind"]) == ("Rose Toner", "Moru", "toner")
    assert english["description"] == "A softening toner."


def test_what_is_missing_is_filled_as_well_as_can_be(client: TestClient) -> None:
    plain = client.get("/api/v1/products/plain", params={"locale": "en"}).json()
    assert (plain["name"], plain["brand"], plain["kind"], plain["in_stock"]) == ("그냥", None, "toner", False)


@pytest.mark.parametrize("product_id", ["nothing", "gone", "%ED%86%A0%EB%84%88", "..%2Fsessions"])
def test_unknown_and_retired_products_are_not_found(client: TestClient, product_id: str) -> None:
    answer = client.get(f"/api/v1/products/{product_id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["a%00b", "x" * 81, "rose-toner?locale=fr"])
def test_what_cannot_be_is_refused(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/products/{path}").status_code == 422
