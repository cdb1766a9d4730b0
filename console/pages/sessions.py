"""Log in and out on the page; choose a language."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from console import logins
from console.guard import SESSION_COOKIE, VISITOR_COOKIE, AppSettings, SignedIn, guard
from console.pages.view import LOCALE_COOKIE, PageRoute, error_text, go_to, locale_of, page
from console.permissions import PAGES, Permission, allowed
from core.errors import RateLimitedError, RuleViolationError, UnauthenticatedError
from crm_store.staff.service import SESSION_LENGTH

router = APIRouter(
    prefix=PAGES,
    dependencies=[Depends(guard)],
    route_class=PageRoute,
    include_in_schema=False,
    default_response_class=Response,
)
LocaleChoice = Literal["ko", "en"]
_YEAR = 365 * 24 * 3600


def _set_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


@router.get("")
async def start(request: Request, caller: SignedIn) -> Response:
    """Where somebody's work is."""
    reads_articles_only = allowed(caller.role, Permission.ARTICLES_WRITE) and caller.role == "marketer"
    return go_to(request, f"{PAGES}/articles" if reads_articles_only else f"{PAGES}/conversations")


@router.get("/login")
async def show_login(request: Request, locale: Annotated[LocaleChoice | None, Query()] = None) -> Response:
    """The login form, in the language of the browser or the one asked for."""
    if locale:
        chosen = go_to(request, f"{PAGES}/login")
        _set_cookie(request, chosen, LOCALE_COOKIE, locale, _YEAR)
        return chosen
    visitor = request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(18)
    response = page(request, "login.html", None, csrf_seed=visitor, email="", error=None)
    _set_cookie(request, response, VISITOR_COOKIE, visitor, None)
    return response


@router.post("/login")
async def log_in(
    request: Request,
    settings: AppSettings,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Begin a session, kept in a cookie that no script reads and no other site sends."""
    address = request.client.host if request.client else "unknown"
    try:
        caller, _ = await asyncio.to_thread(logins.log_in, settings, email, password, address)
    except (UnauthenticatedError, RateLimitedError, RuleViolationError) as error:
        status = 429 if isinstance(error, RateLimitedError) else 401
        text = error_text(locale_of(request, None), error)
        return page(request, "login.html", None, status=status, email=email, error=text)
    response = go_to(request, PAGES)
    _set_cookie(request, response, SESSION_COOKIE, caller.token, int(SESSION_LENGTH.total_seconds()))
    return response


@router.post("/logout")
async def log_out(request: Request, caller: SignedIn) -> Response:
    """End the session here and in the store."""
    await asyncio.to_thread(logins.log_out, caller.token)
    response = go_to(request, f"{PAGES}/login")
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")
    return response


@router.post("/language")
async def choose_language(
    request: Request, caller: SignedIn, locale: Annotated[LocaleChoice, Form()], back: Annotated[str, Form()] = PAGES
) -> Response:
    """Read the console in another language from now on, in this browser."""
    response = go_to(request, back if back.startswith(f"{PAGES}/") and "\\" not in back else PAGES)
    _set_cookie(request, response, LOCALE_COOKIE, locale, _YEAR)
    return response
