"""The gateway's parts in one event loop: poller, update worker, turns, delivery."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from channels import rasa
from channels.outbound import deliver
from channels.telegram.bot import open_bot
from channels.telegram.deliver import make_sender
from channels.telegram.polling import CHANNEL, poll
from channels.telegram.updates import UpdateWorker
from channels.turns import TurnRunner
from core.logging import get_logger
from core.settings import Settings


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set. TokenRefusedError when Telegram does not know the bot."""
    async with open_bot(settings) as bot, rasa.make_client(settings) as client:
        runner = TurnRunner(client)
        worker = UpdateWorker(bot, runner, limited=settings.rate_limits.enabled)
        deliverer_stop = asyncio.Event()
        taking_in = [asyncio.create_task(poll(bot, worker.wake)), asyncio.create_task(worker.run())]
        delivering = asyncio.create_task(deliver(CHANNEL, make_sender(bot), deliverer_stop))
        stopping = asyncio.create_task(stop.wait())
        get_logger().info("telegram_started")
        try:
            await asyncio.wait([*taking_in, delivering, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # First nothing new, then the turns in hand, then what they said.
            await _cancel(stopping, *taking_in)
            await runner.stop()
            deliverer_stop.set()
            await asyncio.wait([delivering])
        for task in (*taking_in, delivering):
            if not task.cancelled():
                task.result()
        get_logger().info("telegram_stopped")


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task
