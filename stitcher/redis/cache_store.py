"""What is kept of answers, in Redis, and the log of purges: a stream, whose ids are the places in it.

The log has to be older than what is kept: if it has gone, as after FLUSHALL or by eviction, it begins anew
with an id that is newer than whatever was kept before, so that nothing of that is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from stitcher.caching.cache import News
from stitcher.redis.client import Command, RedisClient

__all__ = ["RedisCacheStore"]

LOG = "purges"

LENGTH = 50_000
"""About how many purges the log has. What was kept before the first of them isn't used any more."""

AT_ONCE = 1000
"""The most purges that are read at once."""

SEQUENCE = 1_000_000
"""More than there are purges in one millisecond of Redis' clock."""


class RedisCacheStore:
    """A :class:`stitcher.caching.cache.SharedStore`.

    Args:
        redis: The Redis, with a connection of its own: what is kept must not hold up what is counted.
        prefix: How the names of all its keys begin.
    """

    def __init__(self, redis: RedisClient, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._log = prefix + LOG

    async def read(self, keys: Sequence[str], after: int) -> News:
        """Return the values of keys, and what was purged after a place in the log."""
        commands: list[Command] = [
            ("XRANGE", self._log, "-", "+", "COUNT", 1),
            ("XRANGE", self._log, f"({_id(after)}", "+", "COUNT", AT_ONCE),
        ]
        if keys:
            # Before the log: what is purged between the two is seen there.
            commands.insert(0, ("MGET", *(self._prefix + key for key in keys)))
        *values, first, purges = await self._redis.call_all(commands)
        if not first:
            await self._redis.call("XADD", self._log, "*", "begin", "")
            return await self.read(keys, after)
        news = [(_place(id), [tag.decode() for tag in fields[1::2]]) for id, fields in purges]
        while len(purges) == AT_ONCE:
            purges = await self._redis.call(
                "XRANGE", self._log, f"({_id(news[-1][0])}", "+", "COUNT", AT_ONCE
            )
            news += [(_place(id), [tag.decode() for tag in fields[1::2]]) for id, fields in purges]
        return News(values[0] if values else (), news, _place(first[0][0]))

    async def write(self, values: Sequence[tuple[str, bytes, float]]) -> None:
        """Keep values under their keys, each for so many seconds."""
        await self._redis.call_all(
            [
                ("SET", self._prefix + key, value, "PX", ceil(seconds * 1000))
                for key, value, seconds in values
                if seconds > 0
            ]
        )

    async def purge(self, tags: Sequence[str]) -> int:
        """Add a purge to the log; return its place."""
        fields = [part for tag in tags for part in ("tag", tag)]
        return _place(await self._redis.call("XADD", self._log, "MAXLEN", "~", LENGTH, "*", *fields))

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.close()


def _place(id: Any) -> int:
    milliseconds, _, sequence = id.partition(b"-")
    return int(milliseconds) * SEQUENCE + int(sequence)


def _id(place: int) -> str:
    return f"{place // SEQUENCE}-{place % SEQUENCE}"
