"""The demonstration's mailbox: a page with the mails it would have sent. A shop of somebody's own never has it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from babel.dates import format_datetime
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.clock import zone
from core.errors import NotFoundError
from core.language import LOCALES, Locale, as_locale
from core.settings import Settings
from core.texts import catalogue
from crm_store.accounts.caught import catches_mail, list_caught
from crm_store.db import reading
from crm_store.shop.queries import current_rules, rule

_HERE = Path(__file__).resolve().parent
_BABEL = {"ko": "ko_KR", "en": "en_US"}
_WHEN = {"ko": "M월 d일 HH:mm:ss", "en": "MMM d, HH:mm:ss"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
router = APIRouter(prefix="/demo", include_in_schema=False)


@router.get("/mail")
async def show(request: Request, to: str = "", lang: str = "") -> HTMLResponse:
    """The latest mails, to one address where `to` names it. 404 with a mail server set, and in a shop of one's own."""
    settings: Settings = request.app.state.settings
    locale = as_locale(lang if lang in LOCALES else request.headers.get("accept-language"))
    page = await asyncio.to_thread(_draw, settings, locale, to[:320])
    return HTMLResponse(page, headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})


@router.get("/mail.css")
async def style() -> Response:
    """The page's style."""
    return FileResponse(_HERE / "mail.css", media_type="text/css")


def _draw(settings: Settings, locale: Locale, to: str) -> str:
    with reading() as session:
        if settings.smtp.url or not catches_mail(session):
            raise NotFoundError("not_found")
        here = zone(str(rule(current_rules(session), "shop.timezone")))
        shop = rule(current_rules(session), "shop.name")[locale]
        mails = list_caught(session, to or None)

    def t(key: str) -> str:
        return catalogue(_HERE / "texts").say(key, locale)

    def when(moment: datetime) -> str:
        return str(format_datetime(moment, _WHEN[locale], tzinfo=here, locale=_BABEL[locale]))

    return _TEMPLATES.get_template("mail.html").render(t=t, when=when, mails=mails, to=to, locale=locale, shop=shop)
