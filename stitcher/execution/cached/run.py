"""The cache, as one request sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from stitcher.cache_policies import CachePolicy
from stitcher.caching.cache import ResponseCache
from stitcher.caching.near import Page
from stitcher.caching.parts import CachedFetch
from stitcher.execution.entities import Data
from stitcher.planning.plan import Fetch

__all__ = ["CachedRun", "Ending", "Keeping"]


class Keeping(NamedTuple):
    """What a request brings along of the cache.

    ``fetches`` are those of its plan of which something may be kept. ``who`` says whose answers those are
    that are for one client alone; None for nobody's, so that they aren't kept. ``policy`` is what the schema
    says of keeping the answer as a whole; None where it says nothing. With ``is_verified``, the gateway has
    verified the client's token. ``told`` takes what became of each fetch, where somebody wants to know.
    """

    cache: ResponseCache
    fetches: Mapping[int, CachedFetch]
    who: Callable[[], bytes | None]
    policy: CachePolicy | None = None
    is_verified: bool = False
    reads: bool = True
    writes: bool = True
    told: list[Data] | None = None


class CachedRun:
    """The cache, as one request sees it.

    Attributes:
        since: The place in the log of purges before which nothing of the answer was asked.
        sources: What the answer was made of, each of which knows its tags.
        policy: How long what was taken may be kept on; None if nothing was.
        is_tagged: Whether that is all of it: else the answer as a whole isn't kept.
        is_for_services_to_say: Whether the schema leaves it to them how long the answer may be kept.
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
        self.sources: list[Page | tuple[str, ...]] = []
        self.policy: CachePolicy | None = None
        self.is_tagged = keeping.policy is None or keeping.policy.max_age > 0
        self.is_for_services_to_say = keeping.policy is None
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
        if cached is not None and not cached.is_tagged:
            self.is_tagged = False
        if cached is None or self._is_idle(cached):
            self.is_tagged = False
            return None
        return cached

    def _is_idle(self, cached: CachedFetch) -> bool:
        """Say whether the last answers to all parts weren't to be kept, and nobody wants to know more."""
        if self.is_tagged and not self.is_for_services_to_say:
            return False  # the answer as a whole may be kept all the same
        return cached.looked_up <= self.cache.unkept and self.keeping.told is None

    def learn(self, fetch: Fetch) -> None:
        """Note that an answer to a fetch has said how long it may be kept."""
        cached = self.keeping.fetches.get(fetch.id)
        if cached is not None:
            self.cache.unkept -= cached.looked_up

    def note(
        self, seconds: float, is_private: bool, since: int, sources: Sequence[Page | tuple[str, ...]]
    ) -> None:
        """Note that something was taken, which may be kept on for so many seconds."""
        policy = self.policy
        if policy is None or seconds < policy.max_age or (is_private and not policy.is_private):
            own = CachePolicy(max(0, int(seconds)), is_private)
            self.policy = own if policy is None else own.narrowed(policy)
        if since < self.since:
            self.since = since
        if self.is_tagged:
            self.sources += sources

    def ending(self) -> Ending | None:
        """Return what would end the answer as a whole; None if that can't be said."""
        return Ending(self.since, tuple(self.sources)) if self.is_tagged else None


class Ending:
    """What ends an answer that is kept: a purge of a tag ``since`` a place in the log.

    The tags are found out when there was a purge at all.
    """

    __slots__ = ("_sources", "_tags", "since")

    def __init__(self, since: int, sources: Sequence[Page | tuple[str, ...]]) -> None:
        self.since = since
        self._sources: Sequence[Page | tuple[str, ...]] = sources
        self._tags: frozenset[str] | None = None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(
            source.size if isinstance(source, Page) else sum(map(len, source)) for source in self._sources
        )

    @property
    def tags(self) -> frozenset[str]:
        """Those of all that the answer was made of."""
        if self._tags is None:
            found: set[str] = set()
            for source in self._sources:
                found.update(source.all_tags() if isinstance(source, Page) else source)
            self._tags, self._sources = frozenset(found), ()
        return self._tags
