"""Values in Redis, which forgets them by itself when their time is over."""

from __future__ import annotations

from typing import cast

from stitcher.redis.client import RedisClient

__all__ = ["RedisStore"]


class RedisStore:
    """A :class:`stitcher.stores.Store` that all gateways share.

    Args:
        redis: The Redis that keeps the values.
        prefix: How the names of all its keys begin.
    """

    def __init__(self, redis: RedisClient, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        return cast("bytes | None", await self._redis.call("GET", self._prefix + key))

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        await self._redis.call("SET", self._prefix + key, value, "EX", seconds)

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        return bool(await self._redis.call("DEL", self._prefix + key))
