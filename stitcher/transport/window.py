"""Counts what happened in the last ten seconds, in constant time and space."""

from __future__ import annotations

__all__ = ["Window"]

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
        self._counts[self._advance(now)] += 1

    def sum(self, now: float) -> int:
        """Return the count of the last ten seconds."""
        self._advance(now)
        return sum(self._counts)

    def current(self, now: float) -> int:
        """Return the count of the second that has begun."""
        return self._counts[self._advance(now)]

    def _advance(self, now: float) -> int:
        """Forget what is too old; return where the second that has begun is counted."""
        second = int(now)
        if second == self._latest:
            return second % SECONDS
        for begun in range(self._latest + 1, min(second, self._latest + SECONDS) + 1):
            self._counts[begun % SECONDS] = 0
        self._latest = second
        return second % SECONDS
