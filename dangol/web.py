"""The web process: chat API, customer page, staff console and staff API in one application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text

from channels import rasa
from channels.chat_api.routes import router as chat_router
from channels.shop_port.routes import router as shop_router
from channels.turns import TurnRunner
from console.routes import router as console_router
from core.logging import configure_logging
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.events.feed import Feed
from dangol import problems
from dangol.demo.checkout import router as checkout_router
from dangol.demo.mail_page import router as mail_router
from dangol.exports import router as exports_router
from dangol.middleware import BodyLimit, PageHeaders
from dangol.page import WEB_DIST
from dangol.page import router as page_router

PROBE_SECONDS = 2.0


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    db.configure(settings.store_url, pool_size=16)
    async with rasa.make_client(settings) as client, httpx.AsyncClient(trust_env=False) as probe:
        app.state.runner = TurnRunner(client)
        app.state.feed = Feed()
        app.state.probe = probe
        following = asyncio.create_task(app.state.feed.run())
        try:
            yield
        finally:
            await app.state.runner.stop()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            db.current_engine().dispose()


def _store_answers() -> bool:
    try:
        with db.reading() as session:
            session.execute(text("SELECT 1"))
    except Exception:  # whatever the driver raises: the store is not ready
        return False
    return True


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url, timeout=PROBE_SECONDS)).status_code == 200
    except httpx.HTTPError:
        return False


async def healthz() -> dict[str, str]:
    """Liveness: this process serves."""
    return {"status": "ok"}


async def readyz(request: Request) -> JSONResponse:
    """Readiness: 200 when all that a turn needs answers, else 503 naming what does not."""
    settings: Settings = request.app.state.settings
    probe: httpx.AsyncClient = request.app.state.probe
    store, rasa_up, actions_up = await asyncio.gather(
        asyncio.to_thread(_store_answers),
        _answers(probe, f"{settings.rasa_url}/webhooks/dangol/"),
        _answers(probe, f"{settings.actions_url}/health"),
    )
    parts = {"store": store, "rasa": rasa_up, "actions": actions_up}
    missing = [name for name, up in parts.items() if not up]
    return JSONResponse({"ready": not missing, "not_ready": missing}, 503 if missing else 200)


def _mount_files(app: FastAPI, settings: Settings) -> None:
    media = settings.var / "media"
    media.mkdir(parents=True, exist_ok=True)
    app.mount("/media", StaticFiles(directory=media), name="media")
    app.mount("/static/console", StaticFiles(directory=WEB_DIST / "console", check_dir=False), name="console-static")
    app.mount("/", StaticFiles(directory=WEB_DIST, html=True, check_dir=False), name="page")


def create_app(settings: Settings) -> FastAPI:
    """The application, not yet connected to a store (its lifespan does that)."""
    app = FastAPI(title="Dangol", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=_lifespan)
    app.state.settings = settings
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(PageHeaders)
    if settings.origins():
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.origins(), allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        )  # fmt: skip
    app.add_api_route("/healthz", healthz)
    app.add_api_route("/readyz", readyz)
    app.include_router(chat_router)
    app.include_router(shop_router)
    app.include_router(console_router)
    app.include_router(exports_router)
    app.include_router(mail_router)
    app.include_router(checkout_router)
    app.include_router(page_router)
    _mount_files(app, settings)
    return app


def main() -> None:
    """Serve until stopped."""
    configure_logging("web")
    settings = load_settings()
    uvicorn.run(
        create_app(settings), host="127.0.0.1", port=settings.port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=5, server_header=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
