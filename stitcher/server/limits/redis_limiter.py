"""Counting in Redis, for all gateways together, in one round trip per request.

A script counts in all windows of a request or in none, so concurrent requests are admitted exactly up to a
limit. The ``limits`` library has no such call: a hit and its statistics are three round trips a window, which
cost five times the CPU of this one.

While Redis doesn't answer, this process counts by itself, the request that found out included.
"""

from __future__ import annotations

from collections.abc import Sequence

from stitcher.redis.client import RedisClient, RedisUnavailableError
from stitcher.redis.script import RedisScript
from stitcher.server.limits.limiter import Hit, MemoryLimiter, Verdict, judge

__all__ = ["RedisLimiter"]

PREFIX = "stitcher:limit:"

SCRIPT = """
-- KEYS: one counter per hit. ARGV: for each of them the amount, the window in milliseconds, and the cost.
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

    Attributes:
        redis: Where requests are counted.
        counted_here: How many requests were counted by this process instead.
    """

    def __init__(self, redis: RedisClient) -> None:
        self.redis = redis
        self._script = RedisScript(redis, SCRIPT)
        self._fallback = MemoryLimiter()
        self.counted_here = 0

    async def hit(self, hits: Sequence[Hit]) -> Verdict:
        """Count a request, unless one of its windows is used up."""
        arguments: list[int] = []
        for hit in hits:
            arguments += (hit.window.amount, hit.window.seconds * 1000, hit.cost)
        try:
            found = await self._script.call([PREFIX + hit.key for hit in hits], arguments)
        except RedisUnavailableError:
            self.counted_here += 1
            return await self._fallback.hit(hits)
        return judge(hits, found[::2], [milliseconds / 1000 for milliseconds in found[1::2]])
