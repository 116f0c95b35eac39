"""Whole answers that may be kept, in this process's memory.

What may be kept, and for how long, ``@cacheControl`` and the services say (``stitcher.cache_policies``). The
key is that by which equal requests in flight share an answer: everything that an answer depends on, and who
asks. So no client gets an answer here that it couldn't have shared with the one for whom it was made. What
ends a part of an answer ends it, too.
"""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic
from typing import NamedTuple

from stitcher.caching.cache import ResponseCache
from stitcher.execution.cached.run import Ending
from stitcher.recent import footprint
from stitcher.server.endpoint.answers import Answer

__all__ = ["AnswerCache"]

OVERHEAD = 1000
"""About how many bytes an answer takes beside its body, its key and its tags."""


class _Kept(NamedTuple):
    """An answer, and what ends it."""

    answer: Answer
    ending: Ending


class AnswerCache:
    """Keeps answers for as long as they say; those that were asked for last come first where room is short.

    Args:
        cache: Where there is room for them, and what was purged is known.

    Attributes:
        hits: How many requests were answered from here.
        misses: How many weren't, of those that might have been.
    """

    def __init__(self, cache: ResponseCache) -> None:
        self._cache = cache
        self.hits = 0
        self.misses = 0

    async def get(self, key: Hashable) -> Answer | None:
        """Return an answer that may still be given, with its age; None if there is none."""
        kept: _Kept | None = self._cache.near.get(key)
        if kept is not None:
            answer, ending = kept
            age = monotonic() - answer.since
            if age < answer.seconds and await self._cache.is_current(ending):
                self.hits += 1
                return answer._replace(headers=(*answer.headers, (b"age", b"%d" % age)))
        self.misses += 1
        return None

    def put(self, key: Hashable, answer: Answer, ending: Ending) -> None:
        """Keep an answer that says that it may be kept."""
        size = len(answer.body) + footprint(key) + ending.size + OVERHEAD
        self._cache.near.put(key, _Kept(answer, ending), size)
