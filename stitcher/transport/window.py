"""Counts what happened in the last ten seconds, in constant time and space."""

from __future__ import annotations

__all__ = ["SECONDS", "Window"]

SECONDS = 10


class Window:
    """A count for each of the last ten seconds."""

    __slots__ = ("_counts", "_latest")

    def __init__(self) -> None:
        self._counts = [0] * SECONDS
        self._latest = 0

    def add(self, now: float) -> None:
        """Count one more.

        Args:
            now: The time, in seconds; it never goes back.
        """
        second = int(now)
        if second != self._latest:
            self._advance(second)
        self._counts[second % SECONDS] += 1

    def sum(self, now: float) -> int:
        """Return the count of the last ten seconds."""
        second = int(now)
        if second != self._latest:
            self._advance(second)
        return sum(self._counts)

    def current(self, now: float) -> int:
        """Return the count of the second that has begun."""
        second = int(now)
        if second != self._latest:
            self._advance(second)
        return self._counts[second % SECONDS]

    def _advance(self, second: int) -> None:
        for passed in range(self._latest + 1, min(second, self._latest + SECONDS) + 1):
            self._counts[passed % SECONDS] = 0
        if second - self._latest >= SECONDS:
            self._counts = [0] * SECONDS
        self._latest = second
