"""The customer's page names the shop whose page it is."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from core.clock import utc_now
from crm_store import db
from crm_store.shop.service import adopt_rules
from dangol import page
from dangol.shop_rules import Shop, first_rules


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_store: str) -> Path:
    monkeypatch.setattr(page, "WEB_DIST", tmp_path)
    with db.transaction() as session:
        adopt_rules(session, rules=first_rules(Shop('등불 "빛"', "Lantern <b>")), actor="init", now=utc_now())
    return tmp_path


def test_the_name_is_in_the_head_and_no_markup(built: Path) -> None:
    (built / "index.html").write_text("<html><head></head><body></body></html>", encoding="utf-8")
    text = bytes(page.page().body).decode()
    found = re.search(r'<meta name="shop" content="([^"]*)" />\s*</head>', text)
    assert found is not None
    assert "<b>" not in text
    shop = json.loads(html.unescape(found[1]))
    assert shop == {"name": {"ko": '등불 "빛"', "en": "Lantern <b>"}, "demonstration": False}


def test_a_page_that_was_not_built_is_said(built: Path) -> None:
    assert page.page().status_code == 404
