"""The dependency before every route of the console: who is it, may they, and did they mean it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from console.permissions import API, Access, Csrf, Permission, access_of, allowed
from core.clock import utc_now
from core.errors import PermissionDeniedError, UnauthenticatedError
from core.settings import Settings
from crm_store.db import reading
from crm_store.staff.service import authenticate

SESSION_COOKIE = "dangol_staff"
# Before a login there is no session to bind the login form's token to: a random value of this browser stands in.
VISITOR_COOKIE = "dangol_visitor"
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
_TOKEN_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """The member of staff who calls, free of any session, with the session token they came with."""

    id: str
    name: str
    role: str
    locale: str
    token: str


def settings_of(request: Request) -> Settings:
    """This process's settings."""
    settings: Settings = request.app.state.settings
    return settings


def csrf_token(settings: Settings, seed: str) -> str:
    """The token that only a page of ours, shown to the holder of this cookie, can know."""
    secret = settings.secret_key.get_secret_value().encode()
    return hmac.new(secret, b"console-csrf:" + seed.encode(), hashlib.sha256).hexdigest()


def find_caller(token: str) -> Caller:
    """Whose session token it is. UnauthenticatedError for one that does not hold."""
    if not token or len(token) > _TOKEN_LIMIT:
        raise UnauthenticatedError("session_invalid")
    with reading() as session:
        member = authenticate(session, token, utc_now())
        return Caller(member.id, member.name, member.role, member.locale, token)


def _credential(request: Request, path: str) -> str:
    if not path.startswith(API):
        return request.cookies.get(SESSION_COOKIE, "")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("token_missing")
    return token.strip()


async def _check_csrf(request: Request, access: Access) -> None:
    cookie = VISITOR_COOKIE if access.permission is Permission.OPEN else SESSION_COOKIE
    seed = request.cookies.get(cookie, "")
    given: object = request.headers.get(CSRF_HEADER)
    if given is None:
        given = (await request.form()).get(CSRF_FIELD)
    expected = csrf_token(settings_of(request), seed)
    if not seed or not isinstance(given, str) or not hmac.compare_digest(expected.encode(), given.encode()):
        raise PermissionDeniedError("csrf_refused")


async def guard(request: Request) -> Caller | None:
    """Hold a request against the table. None for routes open before a login.

    UnauthenticatedError without a session that holds; PermissionDeniedError("csrf_refused"), ("role_insufficient") or,
    for a route nobody declared, ("route_undeclared").
    """
    path: str = request.scope["route"].path
    access = access_of(request.method, path)
    caller = None
    if access.permission is not Permission.OPEN:
        caller = await asyncio.to_thread(find_caller, _credential(request, path))
    if access.csrf is Csrf.TOKEN:
        await _check_csrf(request, access)
    if caller is not None and not allowed(caller.role, access.permission):
        raise PermissionDeniedError("role_insufficient")
    return caller


def _signed_in(caller: Annotated[Caller | None, Depends(guard)]) -> Caller:
    if caller is None:
        raise UnauthenticatedError("session_invalid")
    return caller


SignedIn = Annotated[Caller, Depends(_signed_in)]
AppSettings = Annotated[Settings, Depends(settings_of)]
