"""The cache, as one request sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stitcher.cache_policies import CachePolicy
from stitcher.caching.cache import ResponseCache
from stitcher.caching.parts import CachedFetch
from stitcher.execution.entities import Data
from stitcher.planning.plan import Fetch

__all__ = ["CachedRun", "Keeping"]


class Keeping(NamedTuple):
    """What a request brings along of the cache.

    ``fetches`` are those of its plan of which something may be kept. ``who`` says whose answers those are
    that are for one client alone; None for nobody's, so that they aren't kept. ``told`` takes what became of
    each fetch, where somebody wants to know.
    """

    cache: ResponseCache
    fetches: Mapping[int, CachedFetch]
    who: Callable[[], bytes | None]
    reads: bool = True
    writes: bool = True
    told: list[Data] | None = None


class CachedRun:
    """The cache, as one request sees it.

    Attributes:
        since: The place in the log of purges before which nothing of the answer was asked.
        tags: Those of the answer.
        policy: How long what was taken may be kept on; None if nothing was.
        is_tagged: Whether these are all of them: else the answer as a whole isn't kept.
    """

    def __init__(
        self,
        keeping: Keeping,
        variables: Mapping[str, Any],
        headers: Mapping[str, str],
        deadline: float | None = None,
    ) -> None:
        self.keeping = keeping
        self.cache = keeping.cache
        self.variables = variables
        self.headers = headers
        self.deadline = deadline
        self.since = keeping.cache.purges.newest
        self.tags: set[str] = set()
        self.policy: CachePolicy | None = None
        self.is_tagged = True
        self._who: tuple[bytes | None] | None = None

    @property
    def who(self) -> bytes | None:
        """Who asks; None for nobody in particular."""
        if self._who is None:
            self._who = (self.keeping.who(),)
        return self._who[0]

    def of(self, fetch: Fetch) -> CachedFetch | None:
        """Return what of a fetch may be kept; None for nothing."""
        cached = self.keeping.fetches.get(fetch.id)
        if cached is None:
            self.is_tagged = False
        return cached

    def note(self, policy: CachePolicy) -> None:
        """Note how long something that was taken may be kept on."""
        self.policy = policy.narrowed(self.policy) if self.policy else policy
