"""Sessions in Redis, for all gateways together.

While Redis doesn't answer there are no sessions: whoever comes with one is told so, and nobody is taken for
anonymous who isn't.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from stitcher.server.sessions import SessionsUnavailableError

__all__ = ["RedisSessionStore"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

PREFIX = "stitcher:session:"

TIMEOUT = 0.5
"""Seconds that Redis has for an answer."""

CONNECTIONS = 50


class RedisSessionStore:
    """Keeps sessions in Redis, which forgets them by itself when they end.

    Args:
        url: Redis' address, as redis-py takes it.
    """

    def __init__(self, url: str) -> None:
        # One immediate retry: it opens a new connection where a kept one was closed, as by a restart.
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._is_down = False

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        return cast("bytes | None", await self._answer(self._redis.get(PREFIX + key)))

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        await self._answer(self._redis.set(PREFIX + key, value, ex=seconds))

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        return bool(await self._answer(self._redis.delete(PREFIX + key)))

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._pool.aclose()

    async def _answer(self, command: Awaitable[T]) -> T:
        try:
            answer = await command
        except (RedisError, OSError) as error:
            if not self._is_down:
                log.warning("redis doesn't answer; sessions are refused", cause=repr(error))
            self._is_down = True
            raise SessionsUnavailableError from error
        if self._is_down:
            log.info("redis answers again; sessions go on")
        self._is_down = False
        return answer
