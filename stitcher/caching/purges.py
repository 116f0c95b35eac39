"""What was purged, and when: an entry is as good as gone if one of its tags was purged after it was made.

So purging touches no entry, and none can slip through that was asked for before a purge and comes after it.
"When" is a place in a log: entries carry the place that was the newest before their subgraph was asked.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Purges"]

REMEMBERED = 100_000
"""The most tags; beyond that, all that was made before is as good as purged."""


class Purges:
    """The log of purges, as far as it is known here.

    Attributes:
        newest: The place of the newest purge.
        floor: The place before which nothing is known any more.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self.newest = 0
        self.floor = 0

    def record(self, place: int, tags: Iterable[str]) -> None:
        """Note that tags were purged at a place."""
        for tag in tags:
            self._last[tag] = place
        self.newest = max(self.newest, place)
        if len(self._last) > REMEMBERED:
            self._last.clear()
            self.floor = self.newest

    def begin_at(self, floor: int) -> None:
        """Note that the log begins at a place."""
        self.floor = max(self.floor, floor)
        self.newest = max(self.newest, floor)

    def have_ended(self, since: int, tags: Iterable[str]) -> bool:
        """Say whether what has these tags was purged after a place."""
        if since >= self.newest:
            return False
        return since < self.floor or any(self._last.get(tag, -1) > since for tag in tags)
