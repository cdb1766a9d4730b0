"""The download of one's own data: GET /api/v1/exports/<token>, once, for who has the link that was mailed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request, Response

from core.clock import utc_now
from core.settings import Settings
from crm_store.accounts.exporting import take_export
from crm_store.db import transaction

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])


@router.get("/{token}")
async def download(token: str, request: Request) -> Response:
    """All that is known of the customer, as a JSON file. 404 for a link that is forged, used or too old."""
    settings: Settings = request.app.state.settings

    def work() -> dict[str, Any]:
        with transaction() as session:
            key = settings.secret_key.get_secret_value().encode()
            return take_export(session, token=token, secret_key=key, now=utc_now())

    copy = await asyncio.to_thread(work)
    return Response(
        json.dumps(copy, ensure_ascii=False, indent=2), media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"', "Referrer-Policy": "no-referrer"},
    )  # fmt: skip
