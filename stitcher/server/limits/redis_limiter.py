"""Counting in Redis, for all gateways together, in one round trip a request.

A script counts in all windows of a request or in none, so concurrent requests are admitted exactly up to a
limit. The ``limits`` library has no such call: a hit and its statistics are three round trips a window, which
cost five times the CPU of this one.

A. While Redis answers, it counts.
B. Once it doesn't in time, this process counts by itself, the request that found out included.
C. From then on a task tries Redis again, so that no further request waits for it; when it answers, back to A.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from stitcher.redis.script import RedisScript
from stitcher.server.limits.limiter import Hit, MemoryLimiter, Verdict, judge
from stitcher.windows import Window

__all__ = ["RedisLimiter"]

log = structlog.get_logger(__name__)

TIMEOUT = 0.3
"""Seconds that Redis has for an answer, a connection included, before counting goes on without it."""

RETRY_AFTER = 1.0
"""Seconds after which Redis is tried again."""

PREFIX = "stitcher:limit:"

PROBE = Hit("probe", Window("probe", amount=1, seconds=1))
"""What is asked of a Redis that was lost: it has to be able to count, not only to answer."""

SCRIPT = """
-- KEYS: a counter a hit. ARGV: for each of them the amount, the window in milliseconds, and the cost.
-- Returns what each had counted before, and the milliseconds until it ends.
local found, room = {}, true
for i, key in ipairs(KEYS) do
    local used = tonumber(redis.call('GET', key) or 0)
    local left = redis.call('PTTL', key)
    found[2 * i - 1] = used
    found[2 * i] = left < 0 and tonumber(ARGV[3 * i - 1]) or left
    room = room and used + tonumber(ARGV[3 * i]) <= tonumber(ARGV[3 * i - 2])
end
if room then
    for i, key in ipairs(KEYS) do
        if found[2 * i - 1] == 0 then
            redis.call('SET', key, ARGV[3 * i], 'PX', ARGV[3 * i - 1])
        else
            redis.call('INCRBY', key, ARGV[3 * i])
        end
    end
end
return found
"""


class RedisLimiter:
    """Counts in Redis, and by itself while Redis doesn't answer.

    Args:
        url: Redis' address, as redis-py takes it.

    Attributes:
        outages: How often Redis was lost.
        counted_here: How many requests were counted by this process instead.
    """

    def __init__(self, url: str) -> None:
        self._script = RedisScript(url, SCRIPT, TIMEOUT)
        self._fallback = MemoryLimiter()
        self._recovery: asyncio.Task[None] | None = None
        self.outages = 0
        self.counted_here = 0

    @property
    def is_down(self) -> bool:
        """Whether this process counts by itself."""
        return self._recovery is not None

    async def hit(self, hits: Sequence[Hit]) -> Verdict:
        """Count a request, unless one of its windows is used up."""
        if self._recovery is None:
            try:
                return await self._ask(hits)  # A
            except Exception as error:  # noqa: BLE001 - whatever it is, requests are counted
                self._lose(error)
        self.counted_here += 1
        return await self._fallback.hit(hits)  # B

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._recovery is not None:
            self._recovery.cancel()
        await self._script.close()

    async def _ask(self, hits: Sequence[Hit]) -> Verdict:
        arguments: list[int] = []
        for hit in hits:
            arguments += (hit.window.amount, hit.window.seconds * 1000, hit.cost)
        found = await self._script.call([PREFIX + hit.key for hit in hits], arguments)
        return judge(hits, found[::2], [milliseconds / 1000 for milliseconds in found[1::2]])

    def _lose(self, error: Exception) -> None:
        if self._recovery is None:  # else another request has found out meanwhile
            log.warning("redis doesn't answer; this gateway counts by itself", cause=repr(error))
            self.outages += 1
            self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:  # C
        while True:
            await asyncio.sleep(RETRY_AFTER)
            try:
                await self._ask([PROBE])
            except Exception:  # noqa: BLE001, S112 - it is the outage that was logged
                continue
            log.info("redis answers again; requests are counted there")
            self._recovery = None
            return
