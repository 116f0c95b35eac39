"""One line in the log for each request: who asked what, what came of it, and how long it took where.

Those that went wrong or took long are always there; of the others, as many as are wanted. JSON is made and
written by the shortest way, some lines at a time: structlog's would take as long as a fifth of a request.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from random import random
from time import time
from typing import Any

import orjson
import structlog

from stitcher.events import Event, FetchEnded, RequestEnded

__all__ = ["RequestLog"]

NAME = "stitcher.requests"

log = structlog.get_logger(NAME)

SOON = 0.05
"""Seconds that a line waits for others …"""

MANY = 200
"""… unless there are so many."""


class RequestLog:
    """Writes a line for a request.

    Args:
        share: Of those that went well and fast, from 0 to 1.
        slow: Seconds from which on one counts as slow.
        is_json: Whether a line is JSON; else it is for people.
    """

    def __init__(self, share: float, slow: float, *, is_json: bool) -> None:
        self._share = share
        self._slow = slow
        self._write = _Lines() if is_json else None
        self._is_on = {
            level: logging.getLogger(NAME).isEnabledFor(level) for level in (logging.INFO, logging.WARNING)
        }

    async def close(self) -> None:
        """Write what is left."""
        if self._write is not None:
            self._write.flush()

    def notice(self, event: Event) -> None:
        """Write a request's line."""
        if type(event) is not RequestEnded:
            return
        trail = event.trail
        codes = (*trail.codes, *(trail.seen.codes if trail.seen else ()))
        is_bad = event.status >= 500 or event.status == 0
        is_of_note = is_bad or codes or event.status >= 400 or event.seconds >= self._slow
        level = logging.WARNING if is_bad else logging.INFO
        if not self._is_on[level] or not (is_of_note or self._share >= 1 or random() < self._share):  # noqa: S311
            return
        told: dict[str, Any] = {
            "request_id": event.request_id,
            "method": event.method,
            "path": event.path,
            "status": event.status,
            "seconds": round(event.seconds, 6),
            "bytes": event.size,
        }
        if trail.seen is not None:
            told["operation"] = trail.seen.name
            told["kind"] = trail.seen.kind
            told["hash"] = trail.seen.digest
        if event.client[0] is not None:
            told["client"], told["client_version"] = event.client
        if trail.user is not None:
            told["user"] = trail.user
        if codes:
            told["codes"] = sorted(set(codes))
        if trail.fetches:
            told["services"] = _by_service(trail.fetches)
        if trail.came_by is not None:
            told["came_by"] = trail.came_by
        if event.status == 0:
            told["left"] = True  # the client has gone
        if self._write is None:
            log.log(level, "request", **told)
            return
        told["event"], told["level"] = "request", "warning" if is_bad else "info"
        told["logger"] = NAME
        told["timestamp"] = self._write.timestamp()
        self._write.add(orjson.dumps(told, default=str, option=orjson.OPT_APPEND_NEWLINE))


def _by_service(fetches: list[FetchEnded]) -> dict[str, dict[str, Any]]:
    """Return what each service was asked: how often, for how long in all, and with which bytes."""
    found: dict[str, dict[str, Any]] = {}
    for subgraph, seconds, size, code in fetches:
        own = found.get(subgraph)
        if own is None:
            found[subgraph] = own = {"requests": 0, "seconds": 0.0, "bytes": 0}
        own["requests"] += 1
        own["seconds"] = round(own["seconds"] + seconds, 6)
        own["bytes"] += size
        if code is not None:
            own["failed"] = own.get("failed", 0) + 1
    return found


class _Lines:
    """Lines that are written together, soon."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._second, self._written = 0, ""

    def add(self, line: bytes) -> None:
        """Write a line, which ends with a newline."""
        self._lines.append(line)
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(SOON, self.flush)
        elif len(self._lines) >= MANY:
            self.flush()

    def timestamp(self) -> str:
        """Return the time as structlog writes it."""
        now = time()
        if int(now) != self._second:
            self._second = int(now)
            self._written = datetime.fromtimestamp(self._second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._written}.{int(now % 1 * 1_000_000):06}Z"

    def flush(self) -> None:
        """Write all lines now."""
        lines, self._lines = self._lines, []
        if lines:
            with suppress(OSError, ValueError):  # nobody reads the log any more
                sys.stderr.buffer.write(b"".join(lines))
                sys.stderr.buffer.flush()
