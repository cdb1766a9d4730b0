"""Log in and out."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, Request, Response

from console import logins
from console.bodies import Login
from console.guard import AppSettings, SignedIn, guard
from console.permissions import API

router = APIRouter(prefix=API, tags=["staff"], dependencies=[Depends(guard)])


@router.post("/login")
async def log_in(body: Login, settings: AppSettings, request: Request) -> dict[str, str]:
    """A token for the other routes. 401 when e-mail and password do not belong together, 429 after too many attempts."""
    address = request.client.host if request.client else "unknown"
    caller, expires_at = await asyncio.to_thread(logins.log_in, settings, body.email, body.password, address)
    return {"token": caller.token, "role": caller.role, "expires_at": expires_at.isoformat()}


@router.post("/logout", status_code=204)
async def log_out(caller: SignedIn) -> Response:
    """End the session of the token."""
    await asyncio.to_thread(logins.log_out, caller.token)
    return Response(status_code=204)
