"""Root fetches by way of the cache: each root field by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from stitcher.caching.parts import CachedFetch
from stitcher.execution.cached.lookup import Lookup
from stitcher.execution.cached.run import CachedRun
from stitcher.execution.entities import Data
from stitcher.planning.plan import Fetch
from stitcher.transport.base import SubgraphResponse

__all__ = ["RootLookup"]


class RequestRoot(Protocol):
    """Sends a root fetch; for a renewal, whatever time the client has."""

    async def __call__(self, fetch: Fetch, *, is_renewal: bool = False) -> SubgraphResponse:
        """Return the answer; raises SubgraphError."""
        ...


class RootLookup(Lookup):
    """A root fetch's way through the cache.

    Args:
        run: The request's.
        cached: The fetch.
        wanted: The numbers of the root fields that are asked for.
        request: Sends a fetch for some of them.

    Attributes:
        data: What was found and answered.
        errors: What the subgraph said of its failures.
    """

    def __init__(
        self, run: CachedRun, cached: CachedFetch, wanted: Sequence[int], request: RequestRoot
    ) -> None:
        super().__init__(run, cached)
        self._wanted = wanted
        self._request = request
        self.parts = [self.prepare(cached.parts[number]) for number in wanted]
        self.names = [b""] * len(wanted)
        self.data: Data | None = {}
        self.errors: list[Mapping[str, Any]] = []
        self.size = 0

    async def take(self, found: Sequence[tuple[int, Any, int]]) -> None:
        """Take the values of root fields."""
        for number, value, size in found:
            self._put({self._key(number): value})
            self.size += size

    async def ask(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask for some root fields.

        Raises:
            Exception: it can't be done, and nothing else will do.
        """
        self.begin()
        try:
            some = self.cached.some(tuple(self._wanted[number] for number in numbers))
            response = await self._request(some, is_renewal=is_renewal)
        except Exception:
            stale = self.stale(numbers)
            if is_renewal or len(stale) < len(numbers):
                raise
            await self.take(stale)
            return
        data = response.data
        if data is not None:
            self.receive(response)
            for number in numbers:
                self.keep(number, data.get(self._key(number)))
            self.finish()
        if is_renewal:
            return
        if data is None and response.errors and len(stale := self.stale(numbers)) == len(numbers):
            await self.take(stale)
            return
        self.errors.extend(response.errors)
        if data is None:
            self.data = self.data or None
        else:
            self._put(data)

    def names_of(self, number: int) -> Sequence[str]:
        """Return the tags that the field's arguments make."""
        part = self.parts[number]
        return part.part.tags_of_arguments(self.run.variables) if part else ()

    def _put(self, values: Data) -> None:
        self.data = {**(self.data or {}), **values}

    def _key(self, number: int) -> str:
        selection = self.cached.fetch.selections[self._wanted[number]]
        return getattr(selection, "key", "")
