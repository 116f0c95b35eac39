"""Sessions in Redis, for all gateways together.

Most of what asking Redis costs is the same for one session and for many. So while one question is under way,
those that come meanwhile gather, and are asked together when it is answered. None joins a question that was
sent before: what has ended by then has ended.

While Redis doesn't answer there are no sessions: whoever comes with one is told so, and nobody is taken for
anonymous who isn't.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import TypeAlias, TypeVar, cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ClosedError
from redis.exceptions import RedisError

from stitcher.server.sessions.sessions import SessionsUnavailableError

__all__ = ["RedisSessionStore"]

log = structlog.get_logger(__name__)

T = TypeVar("T")
_Reading: TypeAlias = "asyncio.Future[bytes | None]"

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
        # One immediate retry: it opens a new connection where a kept one was closed, as by a restart. One
        # that doesn't answer isn't asked again.
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1, supported_errors=(ClosedError,)),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._is_down = False
        self._gathered: list[tuple[str, _Reading]] = []
        self._asking: asyncio.Task[None] | None = None

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        reading: _Reading = asyncio.get_running_loop().create_future()
        self._gathered.append((PREFIX + key, reading))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await reading

    async def _ask(self) -> None:
        """Ask for what has gathered, until nothing more has."""
        try:
            while self._gathered:
                asked, self._gathered = self._gathered, []
                with suppress(SessionsUnavailableError):
                    await self._ask_for(asked)
        finally:
            self._asking = None

    async def _ask_for(self, asked: Sequence[tuple[str, _Reading]]) -> None:
        try:
            values = await self._answer(self._redis.mget([key for key, _ in asked]))
            for (_, reading), value in zip(asked, values, strict=True):
                if not reading.done():  # as is that of a request which was broken off
                    reading.set_result(cast("bytes | None", value))
        finally:
            for _, reading in asked:
                if not reading.done():
                    reading.set_exception(SessionsUnavailableError())

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
