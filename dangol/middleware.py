"""Around every request: a limit on its body, and headers that tell browsers what the pages may do."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dangol.problems import problem

BODY_LIMIT = 64 * 1024
UPLOAD_LIMIT = 6 * 1024 * 1024
UPLOADS = "/api/v1/chat/attachments"
POLICY = (
    "default-src 'self'; img-src 'self' data: https:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class BodyLimit:
    """413 for a body over the limit, whether its length is declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = UPLOAD_LIMIT if scope["path"] == UPLOADS else BODY_LIMIT
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        await self._count(scope, receive, send, limit)

    async def _count(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        received = 0
        refused = False

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # The application reads no further; whatever it makes of that, the answer is ours.
            return {"type": "http.disconnect"} if received > limit else message

        async def answer(message: Message) -> None:
            nonlocal refused
            if received <= limit:
                await send(message)
            elif not refused:
                refused = True
                await self._refuse(scope, receive, send, limit)

        await self._app(scope, limited, answer)
        if received > limit and not refused:
            await self._refuse(scope, receive, send, limit)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        response = problem(413, "body_too_large", "The body is too large", limit=limit)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _cache_rule(path: str) -> str | None:
    """How long a browser may keep a file: built assets carry a hash in their name, pages and the console's files do not."""
    if path.startswith("/assets/"):
        return "public, max-age=31536000, immutable"
    if path == "/" or path.endswith(".html") or path.startswith("/static/"):
        return "no-cache"
    return "no-store" if path.startswith(("/api/", "/console")) else None


class PageHeaders:
    """Security and caching headers on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if (rule := _cache_rule(scope["path"])) is not None:
                    headers.setdefault("Cache-Control", rule)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
