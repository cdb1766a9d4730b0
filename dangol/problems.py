"""Errors as RFC 9457 problem documents with a stable `code`. No stack trace, no echo of what was sent."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from core.errors import (
    ConflictError,
    DangolError,
    ExternalServiceError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RuleViolationError,
    UnauthenticatedError,
)
from core.logging import get_logger

STATUS: dict[type[DangolError], int] = {
    NotFoundError: 404,
    ConflictError: 409,
    RuleViolationError: 422,
    PermissionDeniedError: 403,
    UnauthenticatedError: 401,
    RateLimitedError: 429,
    ExternalServiceError: 502,
}
# What of an error's context helps a caller and tells nothing of others.
_SHOWN = frozenset(
    {"limit", "minimum", "retry_after", "path", "filter", "topic", "locale", "version", "latest", "quote", "reason"}
)
_TOO_LARGE = frozenset({"attachment_too_large", "body_too_large"})


def problem(status: int, code: str, title: str, **more: object) -> JSONResponse:
    """A problem document as a response."""
    body: dict[str, Any] = {
        "type": f"urn:dangol:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        **more,
    }
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in more:
        headers["Retry-After"] = str(more["retry_after"])
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _status_of(error: DangolError) -> int:
    if error.code in _TOO_LARGE:
        return 413
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DangolError)
    status = _status_of(error)
    if status == 500:
        get_logger().error("request_failed", code=error.code, exc_info=error)
    shown = {key: value for key, value in error.context.items() if key in _SHOWN}
    return problem(status, error.code, error.code.replace("_", " ").capitalize(), **shown)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem(400, "malformed_json", "The body is not JSON")
    faults = [{"at": ".".join(str(part) for part in fault["loc"]), "problem": fault["msg"]} for fault in error.errors()]
    return problem(422, "invalid_request", "The request does not fit", faults=faults)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 401: "unauthenticated"}.get(
        error.status_code, "http_error"
    )
    return problem(error.status_code, code, str(error.detail))


async def _store_down(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError) and not isinstance(error, OperationalError):
        return await _unexpected(_, error)
    get_logger().error("store_unavailable", kind=type(error).__name__)
    return problem(503, "store_unavailable", "The store does not answer; nothing was changed", retry_after=5)


async def _unexpected(_: Request, error: Exception) -> JSONResponse:
    get_logger().error("request_failed", kind=type(error).__name__, exc_info=error)
    return problem(500, "internal_error", "Something went wrong on our side")


def install(app: FastAPI) -> None:
    """Answer every error of this application with a problem document."""
    app.add_exception_handler(DangolError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _store_down)
    app.add_exception_handler(PoolTimeoutError, _store_down)
    app.add_exception_handler(Exception, _unexpected)
