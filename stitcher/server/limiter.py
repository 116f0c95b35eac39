"""Counting a client's requests in this process."""

from __future__ import annotations

import math
import time
from typing import Protocol

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter, RateLimiter

__all__ = ["Limiter", "MemoryLimiter", "hit"]


class Limiter(Protocol):
    """Decides whether a client may make one more request."""

    async def refuse(self, client: str) -> int | None:
        """Count one request; return None where it may go on, else the seconds to wait before the next."""
        ...

    async def close(self) -> None:
        """Release connections. Called once, when the gateway ends."""
        ...


class MemoryLimiter:
    """Counts in memory, in fixed windows that begin with a client's first request.

    Args:
        limits: In the notation of the ``limits`` library, such as ``10/second;1000/hour``.
    """

    def __init__(self, limits: str) -> None:
        self._limits = parse_many(limits)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def refuse(self, client: str) -> int | None:
        """Count one request; return None where it may go on, else the seconds to wait before the next."""
        return await hit(self._limiter, self._limits, client)

    async def close(self) -> None:
        """Do nothing: there are no connections."""


async def hit(limiter: RateLimiter, limits: list[RateLimitItem], client: str) -> int | None:
    """Count one request against each limit; return the wait, in seconds, for the first that is used up."""
    for limit in limits:
        if not await limiter.hit(limit, client):
            reset = (await limiter.get_window_stats(limit, client)).reset_time
            return max(1, math.ceil(reset - time.time()))
    return None
