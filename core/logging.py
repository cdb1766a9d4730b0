"""Structured logs, one JSON object a line, with conversation and turn ids, never message text or personal data."""

from __future__ import annotations

import logging
import sys

import structlog

# Keys that could carry what a customer said or who they are: dropped whoever logs them.
_PRIVATE_KEYS = frozenset(
    {"text", "body", "payload", "email", "phone", "name", "address", "token", "password", "identity"}
)


def _drop_private(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for key in _PRIVATE_KEYS & event.keys():
        event[key] = "[private]"
    return event


def configure_logging(process: str) -> None:
    """Set up this process's logs on standard error; `process` names it in every line."""
    structlog.contextvars.clear_contextvars()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _drop_private,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.contextvars.bind_contextvars(process=process)


def get_logger() -> structlog.stdlib.BoundLogger:
    """A logger; bind ids with structlog.contextvars at the edge of a turn."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
