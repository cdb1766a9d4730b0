"""The worker process: ticks of all that is due by the clock, not by a request."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from channels import notices, rasa
from channels.mail import sender as mail
from channels.shop_port import sender as shop_port
from channels.turns import TurnRunner
from core.clock import utc_now
from core.logging import configure_logging, get_logger
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.cases.agreed import resolve_refunded
from crm_store.conversations.ownership import close_idle
from crm_store.conversations.queries import list_due_conversations
from crm_store.events import service as events
from crm_store.loyalty import notices as loyalty_notices
from crm_store.loyalty import tiers
from crm_store.orders.refunds import pay_due
from crm_store.orders.service import confirm_due
from crm_store.outbox import service as outbox
from crm_store.points import service as points
from crm_store.ratelimits import service as ratelimits
from crm_store.wishes import service as wishes
from dangol import account_jobs

IDLE = timedelta(days=1)


def _due_conversations() -> list[str]:
    with db.reading() as session:
        return list(list_due_conversations(session, utc_now()))


def _mark_lost() -> None:
    with db.transaction() as session:
        outbox.mark_lost(session, utc_now())


def _expire_points() -> None:
    written = True
    while written:  # a batch a transaction, until nothing is left that expired
        with db.transaction() as session:
            written = bool(points.expire_due(session, now=utc_now()))


def _settle_orders() -> None:
    """Purchases that count from now on, refunds that leave today, returns that are over with them."""
    for batch in (confirm_due, pay_due, resolve_refunded):
        done = 1
        while done:
            with db.transaction() as session:
                done = batch(session, utc_now())


def _tell_customers() -> None:
    """Goods that are back; regular deliveries announced and ordered."""
    for batch in (notices.tell_restocked, notices.announce_regular, notices.order_regular):
        done = 1
        while done:
            with db.transaction() as session:
                done = batch(session, utc_now())


def _review_members() -> None:
    """Tiers on their review day; points about to expire are told."""
    for batch in (tiers.review_due, loyalty_notices.warn_expiring):
        done = 1
        while done:
            with db.transaction() as session:
                done = batch(session, utc_now())


def _tidy() -> None:
    now = utc_now()
    with db.transaction() as session:
        close_idle(session, now - IDLE, now)
        events.purge(session, now - events.KEEP)
        wishes.purge_views(session, now)
        ratelimits.forget_windows(session, now - timedelta(hours=1))


async def every(seconds: float, stop: asyncio.Event, job: Callable[[], Awaitable[None]]) -> None:
    """Run a job again and again until told to stop; one that fails is logged and tried at the next beat."""
    while not stop.is_set():
        try:
            await job()
        except Exception as error:
            get_logger().error("tick_failed", job=getattr(job, "__name__", "job"), exc_info=error)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Tick until `stop` is set."""
    async with rasa.make_client(settings) as client, shop_port.make_client() as shop_client:
        runner = TurnRunner(client)
        sender = shop_port.Sender.of(shop_client, settings)

        async def recover_turns() -> None:
            for conversation_id in await asyncio.to_thread(_due_conversations):
                runner.start(conversation_id)

        async def ask_shop() -> None:
            if sender is not None:
                await sender.send_due()

        def in_thread(work: Callable[[], None]) -> Callable[[], Awaitable[None]]:
            async def job() -> None:
                await asyncio.to_thread(work)

            job.__name__ = getattr(work, "func", work).__name__
            return job

        await asyncio.gather(
            every(1.0, stop, recover_turns),
            every(1.0, stop, ask_shop),
            every(60.0, stop, in_thread(_settle_orders)),
            every(15.0, stop, in_thread(_mark_lost)),
            every(30.0, stop, in_thread(_tell_customers)),
            every(600.0, stop, in_thread(_expire_points)),
            every(600.0, stop, in_thread(_review_members)),
            every(600.0, stop, in_thread(_tidy)),
            mail.run(settings, stop),
            every(2.0, stop, in_thread(partial(account_jobs.send_exports, settings))),
            every(60.0, stop, in_thread(partial(account_jobs.erase_due, settings))),
            every(3600.0, stop, in_thread(account_jobs.remind_of_consents)),
            every(3600.0, stop, in_thread(account_jobs.forget_old)),
        )
        await runner.stop()


async def _main() -> None:
    configure_logging("worker")
    settings = load_settings()
    db.configure(settings.store_url, pool_size=4)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, stop)


if __name__ == "__main__":
    asyncio.run(_main())
