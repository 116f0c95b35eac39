"""Counting a client's requests in Redis, for all gateways together.

While Redis doesn't answer, each gateway counts on its own; Redis is tried again once a second.
"""

from __future__ import annotations

import math
import time
from typing import Any

import structlog
from limits import parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from stitcher.server.limiter import MemoryLimiter, hit

__all__ = ["RedisLimiter"]

log = structlog.get_logger(__name__)

TIMEOUT = 0.5
"""Seconds that Redis has for an answer, before counting goes on without it."""

RETRY_AFTER = 1.0
"""Seconds after which Redis is tried again."""

CONNECTIONS = 50


class RedisLimiter:
    """Counts in Redis, in fixed windows that begin with a client's first request.

    Args:
        limits: In the notation of the ``limits`` library, such as ``10/second;1000/hour``.
        url: Redis' address, as redis-py takes it.
    """

    def __init__(self, limits: str, url: str) -> None:
        self._limits = parse_many(limits)
        # One immediate retry: it opens a new connection where a kept one was closed, as by a restart.
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
        options: dict[str, Any] = {"connection_pool": self._pool, "key_prefix": "stitcher"}
        self._limiter = FixedWindowRateLimiter(
            RedisStorage("async+redis://", implementation="redispy", **options)
        )
        self._fallback = MemoryLimiter(limits)
        self._down_until = -math.inf
        self._is_down = False

    async def refuse(self, client: str) -> int | None:
        """Count one request; return None where it may go on, else the seconds to wait before the next."""
        if time.monotonic() < self._down_until:
            return await self._fallback.refuse(client)
        try:
            wait = await hit(self._limiter, self._limits, client)
        except (RedisError, OSError) as error:
            self._went_down(error)
            return await self._fallback.refuse(client)
        self._came_back()
        return wait

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._pool.aclose()

    def _went_down(self, error: Exception) -> None:
        self._down_until = time.monotonic() + RETRY_AFTER
        if not self._is_down:
            log.warning("redis doesn't answer; this gateway counts on its own", cause=repr(error))
        self._is_down = True

    def _came_back(self) -> None:
        if self._is_down:
            log.info("redis answers again; requests are counted there")
        self._is_down = False
