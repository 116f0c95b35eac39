"""Values that are kept for a time: what a store does, and one in this process."""

from __future__ import annotations

import heapq
import time
from typing import Protocol

from stitcher.errors import StitcherError

__all__ = ["MemoryStore", "Store", "StoreUnavailableError"]


class StoreUnavailableError(StitcherError):
    """A store doesn't answer. Its message isn't for clients."""


class Store(Protocol):
    """Keeps values for a time, for all who share it; any method may raise StoreUnavailableError."""

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        ...

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        ...

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        ...


class MemoryStore:
    """Keeps values in this process; they end with it."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, bytes]] = {}
        self._ends: list[tuple[float, str]] = []

    def __len__(self) -> int:
        """Return how many values take up memory."""
        return len(self._values)

    async def read(self, key: str) -> bytes | None:
        """Return a value, or None where there is none, or no longer."""
        end, value = self._values.get(key, (0.0, None))
        return value if end > time.monotonic() else None

    async def write(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds; what has ended meanwhile is thrown away."""
        now = time.monotonic()
        while self._ends and self._ends[0][0] <= now:
            end, ended = heapq.heappop(self._ends)
            if self._values.get(ended, (end, b""))[0] <= now:  # else it has been written again
                self._values.pop(ended, None)
        self._values[key] = (now + seconds, value)
        heapq.heappush(self._ends, (now + seconds, key))

    async def delete(self, key: str) -> bool:
        """Forget a value at once; say whether there was one."""
        there = await self.read(key) is not None
        self._values.pop(key, None)
        return there
