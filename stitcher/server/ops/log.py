"""Logging: one structlog pipeline for Stitcher's own events and those of the standard library."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterable
from typing import Literal, TypeAlias

import structlog
from structlog.typing import Processor

__all__ = ["configure_logging", "is_pretty"]


Style: TypeAlias = Literal["auto", "pretty", "json"]


def is_pretty(style: Style) -> bool:
    """Say whether the log is for people: ``auto`` is so on a terminal."""
    return style == "pretty" or (style == "auto" and sys.stderr.isatty())


def configure_logging(style: Style, level: str, levels: Iterable[str] = ()) -> None:
    """Log to stderr: pretty, or one JSON object a line.

    Args:
        style: Which of the two.
        level: The least that is logged.
        levels: Those of loggers that have another, such as ``stitcher.transport=debug``.
    """
    pretty = is_pretty(style)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # structlog's own choice shows local variables: passwords and tokens of what failed.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
        if pretty
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.getLogger("uvicorn.error").addFilter(_is_of_use)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, _, own in (text.partition("=") for text in levels):
        logging.getLogger(name).setLevel(own.upper())


def _is_of_use(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says of each client that leaves, and its advice to install a WebSocket library."""
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        return False
    return not record.getMessage().startswith(("Unsupported upgrade request", "No supported WebSocket"))
