"""Root fetches by way of the cache: each root field by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from stitcher.caching.near import Page
from stitcher.caching.parts import CachedFetch, CachedPart
from stitcher.execution.cached.lookup import Found, Lookup, raw_of
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
        size: How many bytes were found.
    """

    def __init__(
        self, run: CachedRun, cached: CachedFetch, wanted: Sequence[int], request: RequestRoot
    ) -> None:
        super().__init__(run, cached)
        self._wanted = wanted
        self._request = request
        self.parts = [self.prepare(cached.parts[number]) for number in wanted]
        self.keys = [part.prefix if part and not part.why else None for part in self.parts]
        self.data: Data | None = {}
        self.errors: list[Mapping[str, Any]] = []
        self.size = 0

    async def take(self, found: Sequence[Found]) -> None:
        """Take the values of root fields."""
        self.data = {**(self.data or {}), **{self._key(number): value for number, value, _ in found}}
        self.size += sum(size for *_, size in found)

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
            self._receive(response, numbers)
        if is_renewal:
            return
        if data is None and response.errors and len(stale := self.stale(numbers)) == len(numbers):
            await self.take(stale)
            return
        self.errors.extend(response.errors)
        self.data = (self.data or None) if data is None else {**(self.data or {}), **data}

    def _receive(self, response: SubgraphResponse, numbers: Sequence[int]) -> None:
        """Keep what has come, before it is merged."""
        run = self.run
        if response.cache is None and run.is_for_services_to_say:
            run.is_tagged = False  # so that the answer as a whole isn't kept
        for number in numbers:
            prepared = self.parts[number]
            where = self.place(prepared, response) if prepared else None
            if prepared is None or not (where or run.is_tagged):
                continue
            page = Page(
                prepared.part,
                raw_of(response),
                partial(_value, self._key(number)),
                partial(_names, prepared.part, run.variables),
                [response.tags] if response.tags else (),
                self.told(),
            )
            if where is not None:
                prefix, page.policy = where
                page.keys = [prefix]
            self.hand_over(page)

    def _key(self, number: int) -> str:
        selection = self.cached.fetch.selections[self._wanted[number]]
        return getattr(selection, "key", "")


def _value(key: str, data: Mapping[str, Any]) -> list[Any]:
    return [data.get(key)]


def _names(part: CachedPart, variables: Mapping[str, Any], _: int) -> Iterable[str]:
    return part.tags_of_arguments(variables)
