"""One embedded encoder for all tests of the knowledge base: it takes a second to load."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings, load_settings
from knowledge.embedded import EmbeddedEncoder


@dataclass(frozen=True)
class Article:
    """A published article, as the store would give it."""

    topic: str
    locale: str
    title: str
    body: str
    phrasings: list[str]
    version: int = 1


@dataclass
class Sold:
    """A product, as the store would give it."""

    id: str
    category: str
    kind: str
    kind_names: dict[str, Any]
    brand: str | None
    brand_name: dict[str, Any]
    name: dict[str, Any]
    price: int
    stock: int = 10
    description: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    consumable: bool = False


MORU = {"ko": "모루", "en": "Moru"}
GAON = {"ko": "가온", "en": "Gaon"}
TONER = {"ko": ["토너", "스킨"], "en": ["toner"]}
CREAM = {"ko": ["크림"], "en": ["cream"]}
SHOES = {"ko": ["러닝화", "운동화"], "en": ["running shoes", "runners"]}
MUG = {"ko": ["머그컵", "컵"], "en": ["mug"]}

SHELF = [
    Sold("rose-toner", "cosmetics", "toner", TONER, "moru", MORU, {"ko": "로즈 토너", "en": "Rose Toner"}, 18000,
         tags={"ko": ["보습", "선물"], "en": ["hydrating", "gift"]}),
    Sold("tea-toner", "cosmetics", "toner", TONER, "moru", MORU, {"ko": "녹차 토너", "en": "Green Tea Toner"}, 22000,
         tags={"ko": ["진정"], "en": ["soothing"]}),
    Sold("rose-cream", "cosmetics", "cream", CREAM, "moru", MORU, {"ko": "로즈 크림", "en": "Rose Cream"}, 32000,
         tags={"ko": ["보습"], "en": ["hydrating"]}),
    Sold("road-shoes", "sports", "shoes", SHOES, "gaon", GAON, {"ko": "로드 러너", "en": "Road Runner"}, 89000,
         tags={"ko": ["달리기"], "en": ["running"]}),
    Sold("trail-shoes", "sports", "shoes", SHOES, "gaon", GAON, {"ko": "산길 러너", "en": "Trail Runner"}, 99000,
         stock=0, tags={"ko": ["등산"], "en": ["hiking"]}),
    Sold("moon-mug", "home", "mug", MUG, None, {}, {"ko": "달 머그컵", "en": "Moon Mug"}, 15000,
         tags={"ko": ["커피", "선물"], "en": ["coffee", "gift"]}),
]  # fmt: skip


@pytest.fixture(scope="session")
def encoder() -> EmbeddedEncoder:
    """The shipped model."""
    return EmbeddedEncoder()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a home of their own."""
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    return load_settings()
