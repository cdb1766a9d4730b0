"""Draw pages: the templates, the reader's language, and errors that somebody can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.formats import Formats
from console.guard import SESSION_COOKIE, VISITOR_COOKIE, Caller, csrf_token, settings_of
from console.permissions import PAGES, Permission, allowed
from core.errors import (
    ConflictError,
    DangolError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RuleViolationError,
    UnauthenticatedError,
)
from core.language import LOCALES, Locale, as_locale
from core.texts import catalogue

_HERE = Path(__file__).resolve().parent.parent
TEXTS = _HERE / "texts"
LOCALE_COOKIE = "dangol_console_locale"
_STATUS: dict[type[DangolError], int] = {
    NotFoundError: 404,
    ConflictError: 409,
    RuleViolationError: 422,
    PermissionDeniedError: 403,
    UnauthenticatedError: 401,
    RateLimitedError: 429,
}

# What of an error's context its text may name.
_SAID = frozenset({"limit", "latest", "quote"})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.globals["may"] = lambda caller, permission: allowed(caller.role, Permission(permission))
    return environment


def locale_of(request: Request, caller: Caller | None) -> Locale:
    """The reader's language: the one they chose here, their account's, their browser's."""
    chosen = request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return as_locale(chosen)
    return as_locale(caller.locale if caller else request.headers.get("accept-language"))


def label(locale: Locale, kind: str, code: object) -> str:
    """The reader's word for a code of the store ("outcome", "acted"); the code itself where there is none."""
    key = f"{kind}.{code}"
    texts = catalogue(TEXTS)
    return texts.say(key, locale) if key in texts.keys(locale) else str(code)


def error_text(locale: Locale, error: DangolError) -> str:
    """What to tell a reader about an error."""
    key = f"error.{error.code}"
    texts = catalogue(TEXTS)
    if key not in texts.keys(locale):
        return texts.say("error.other", locale)
    values: dict[str, Any] = {name: value for name, value in error.context.items() if name in _SAID}
    if "retry_after" in error.context:
        values["minutes"] = max(1, -(-int(str(error.context["retry_after"])) // 60))
    return texts.say(key, locale, **values)


def draw(template: str, locale: Locale, *, timezone: str = "Asia/Seoul", **values: object) -> str:
    """A template filled in."""
    return _environment().get_template(template).render(
        t=lambda key, **more: catalogue(TEXTS).say(key, locale, **more), label=partial(label, locale), locale=locale,
        fmt=Formats(locale, timezone), PAGES=PAGES, **values,
    )  # fmt: skip


def page(
    request: Request, template: str, caller: Caller | None, *, status: int = 200, toast: tuple[str, str] | None = None,
    timezone: str = "Asia/Seoul", **values: object,
) -> HTMLResponse:  # fmt: skip
    """A page or a part of one. `toast` is a text and its kind, good or bad, that htmx's page shows for a moment."""
    seed = request.cookies.get(SESSION_COOKIE if caller else VISITOR_COOKIE) or str(values.pop("csrf_seed", ""))
    html = draw(
        template, locale_of(request, caller), timezone=timezone, caller=caller,
        csrf=csrf_token(settings_of(request), seed), path=request.url.path, **values,
    )  # fmt: skip
    response = HTMLResponse(html, status, {"Cache-Control": "no-store"})
    if toast:
        response.headers["HX-Trigger"] = json.dumps({"toast": {"text": toast[0], "kind": toast[1]}})
    return response


def wants_part(request: Request) -> bool:
    """Whether htmx asks, which swaps the answer into its page."""
    return request.headers.get("hx-request") == "true"


def go_to(request: Request, location: str) -> Response:
    """Send the reader to another page."""
    if wants_part(request):
        return Response(status_code=204, headers={"HX-Redirect": location})
    return RedirectResponse(location, 303)


def _failure(request: Request, error: DangolError) -> Response:
    if isinstance(error, UnauthenticatedError):
        return go_to(request, f"{PAGES}/login")
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        raise error
    locale = locale_of(request, None)
    text = error_text(locale, error)
    if wants_part(request):
        # The page stays as it is; its script shows why. (For other codes it shows a notice of its own.)
        headers = {"HX-Reswap": "none"}
        if status in (409, 422):
            headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "kind": "bad"}})
        return Response(status_code=status, headers=headers)
    return page(request, "error.html", None, status=status, text=text)


class PageRoute(APIRoute):
    """A route whose errors are pages, not problem documents."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with errors drawn."""
        handle = super().get_route_handler()

        async def drawn(request: Request) -> Response:
            try:
                return await handle(request)
            except DangolError as error:
                return _failure(request, error)
            except RequestValidationError:
                return _failure(request, RuleViolationError("invalid_request"))

        return drawn
