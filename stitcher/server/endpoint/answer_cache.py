"""Whole answers that may be kept, in this process's memory.

What may be kept, and for how long, ``@cacheControl`` and the services say (``stitcher.cache_policies``). The
key is that by which equal requests in flight share an answer: everything that an answer depends on, and who
asks. So no client gets an answer here that it couldn't have shared with the one for whom it was made.
"""

from __future__ import annotations

from collections.abc import Hashable
from time import monotonic

from stitcher.recent import Recent, footprint
from stitcher.server.endpoint.answers import Answer

__all__ = ["AnswerCache"]

NUMBER = 100_000
"""The most answers; the bytes are what bounds them."""

OVERHEAD = 1000
"""About how many bytes an answer takes beside its body and its key."""


class AnswerCache:
    """Keeps answers for as long as they say; those that were asked for last come first where room is short.

    Args:
        size: The most bytes that all of them take.

    Attributes:
        hits: How many requests were answered from here.
        misses: How many weren't, of those that might have been.
    """

    def __init__(self, size: int) -> None:
        self._recent: Recent[Hashable, Answer] = Recent(NUMBER, size)
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable) -> Answer | None:
        """Return an answer that may still be given, with its age; None if there is none."""
        kept = self._recent.get(key)
        age = 0.0 if kept is None else monotonic() - kept.since
        if kept is None or age >= kept.seconds:
            self.misses += 1
            return None
        self.hits += 1
        return kept._replace(headers=(*kept.headers, (b"age", b"%d" % age)))

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer that says that it may be kept."""
        self._recent.put(key, answer, len(answer.body) + footprint(key) + OVERHEAD)
