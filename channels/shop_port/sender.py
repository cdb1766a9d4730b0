"""Send the shop's system what it must agree to: signed, with retries; its decision may come with the response."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from channels.shop_port.decisions import Decision, take_in
from channels.shop_port.signature import HEADER, sign
from core.clock import utc_now
from core.errors import DangolError
from core.ids import new_id
from core.logging import get_logger
from core.settings import Settings
from crm_store.db import reading, transaction
from crm_store.shop_requests import sending
from crm_store.shop_requests.sending import Outgoing

_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
# Seconds, well within a lease: whoever sends knows the end of it before another may begin.
_LONGEST = 30.0
_ANSWER_LIMIT = 64 * 1024


def make_client() -> httpx.AsyncClient:
    """A client for the shop's system, which does not follow redirects: the body is for that address alone."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Where requests go, and who sends them."""

    client: httpx.AsyncClient
    url: str
    secret: str
    owner: str

    @classmethod
    def of(cls, client: httpx.AsyncClient, settings: Settings) -> Sender | None:
        """None unless the settings name the shop's address and the secret shared with it."""
        shop = settings.shop
        if not shop.webhook_url or shop.webhook_secret is None:
            return None
        return cls(client, shop.webhook_url, shop.webhook_secret.get_secret_value(), new_id())

    async def send_due(self) -> int:
        """Send what is due, a handful at once; how many requests were tried."""
        claimed = await asyncio.to_thread(self._claim)
        await asyncio.gather(*(self._send(each) for each in claimed))
        return len(claimed)

    def _claim(self) -> Sequence[Outgoing]:
        now = utc_now()
        with reading() as session:
            if not sending.has_due(session, now):
                return []
        with transaction() as session:
            return sending.claim(session, owner=self.owner, now=now)

    async def _send(self, outgoing: Outgoing) -> None:
        body = json.dumps(outgoing.document, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", HEADER: sign(self.secret, body, utc_now())}
        try:
            async with asyncio.timeout(_LONGEST):
                response = await self.client.post(self.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            await asyncio.to_thread(self._failed, outgoing, type(error).__name__)
            return
        if not response.is_success:
            await asyncio.to_thread(self._failed, outgoing, f"status {response.status_code}")
            return
        await asyncio.to_thread(self._taken, outgoing, response)

    def _failed(self, outgoing: Outgoing, error: str) -> None:
        get_logger().warning(
            "shop_request_failed", request_id=outgoing.request_id, attempts=outgoing.attempts, error=error
        )
        with transaction() as session:
            sending.settle_failed(session, outgoing, owner=self.owner, error=error, now=utc_now())

    def _taken(self, outgoing: Outgoing, response: httpx.Response) -> None:
        """The shop has it: with a decision in the response, else it will send one."""
        decision = _read(response)
        if decision is not None:
            try:
                # Before anything is noted down: killed here, the request is sent again and the shop repeats its decision.
                take_in(outgoing.request_id, decision)
            except DangolError as error:
                # Somebody decided otherwise in the meantime, or it has become impossible: staff see it pending.
                get_logger().warning("shop_decision_refused", request_id=outgoing.request_id, code=error.code)
        with transaction() as session:
            sending.settle_sent(session, outgoing.request_id, owner=self.owner, now=utc_now())


def _read(response: httpx.Response) -> Decision | None:
    if not response.content.strip() or len(response.content) > _ANSWER_LIMIT:
        return None
    try:
        return Decision.model_validate_json(response.content)
    except ValidationError:
        return None  # a receipt, not a decision
