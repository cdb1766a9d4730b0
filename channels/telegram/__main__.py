"""Start the Telegram gateway: `python -m channels.telegram`."""

from __future__ import annotations

import asyncio
import signal
import sys

from channels.telegram import gateway
from channels.telegram.polling import TokenRefusedError
from core.logging import configure_logging
from core.settings import Settings, load_settings
from crm_store import db


async def _main(settings: Settings) -> None:
    db.configure(settings.store_url, pool_size=8)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await gateway.run(settings, stop)
    finally:
        db.current_engine().dispose()


def main() -> None:
    """Serve until stopped; ends with one line where the token is missing or refused."""
    configure_logging("telegram")
    settings = load_settings()
    if settings.telegram.token is None or not settings.telegram.token.get_secret_value():
        sys.exit("telegram: DANGOL_TELEGRAM__TOKEN is not set; get a token from @BotFather")
    try:
        asyncio.run(_main(settings))
    except TokenRefusedError:
        sys.exit("telegram: Telegram refuses DANGOL_TELEGRAM__TOKEN; check it with @BotFather")


if __name__ == "__main__":
    main()
