"""The customer's page, with the name of the shop whose page it is in its head."""

from __future__ import annotations

import html
import json

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from core.settings import PROJECT_ROOT
from crm_store.db import reading
from crm_store.shop.queries import current_rules, rule
from dangol.demo.reservations import is_demonstration

WEB_DIST = PROJECT_ROOT / "web" / "dist"
router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def page() -> HTMLResponse:
    """The built page; 404 where it was not built."""
    path = WEB_DIST / "index.html"
    if not path.exists():
        return HTMLResponse("The page is not built: make run builds it.", 404)
    with reading() as session:
        shop = {"name": rule(current_rules(session), "shop.name"), "demonstration": is_demonstration(session)}
    written = html.escape(json.dumps(shop, ensure_ascii=False))
    text = path.read_text(encoding="utf-8").replace(
        "</head>", f'  <meta name="shop" content="{written}" />\n  </head>', 1
    )
    return HTMLResponse(text)
