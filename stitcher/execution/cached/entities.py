"""Entity fetches by way of the cache: each entity by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from stitcher.caching.parts import CachedFetch
from stitcher.execution.cached.lookup import Lookup
from stitcher.execution.cached.run import CachedRun
from stitcher.execution.entities import Data, Group
from stitcher.execution.failures import Batches
from stitcher.execution.lookups import entities_in
from stitcher.planning.plan import Batch, Fetch
from stitcher.transport.base import SubgraphResponse
from stitcher.values import dumps

__all__ = ["EntityLookup"]


class RequestEntities(Protocol):
    """Sends an entity fetch for some groups of each batch."""

    async def __call__(self, fetch: Fetch, asked: Batches, *, is_renewal: bool = False) -> SubgraphResponse:
        """Return the answer; raises SubgraphError."""
        ...


class EntityLookup(Lookup):
    """An entity fetch's way through the cache.

    Args:
        run: The request's.
        cached: The fetch.
        batches: The batches, each with the groups that are asked for.
        ask: Asks for some of them and merges what comes, keeping it by the lookup that it is given.
        request: Asks for some of them.
        merge: Merges entities into their groups' objects, given how many bytes they are.
    """

    def __init__(
        self,
        run: CachedRun,
        cached: CachedFetch,
        batches: Batches,
        ask: Callable[[Fetch, Batches, EntityLookup], Awaitable[None]],
        request: RequestEntities,
        merge: Callable[[Sequence[tuple[Batch, Group, Data]], int], Awaitable[None]],
    ) -> None:
        super().__init__(run, cached)
        self._batches = batches
        self._ask = ask
        self._request = request
        self._merge = merge
        self._groups: list[tuple[Batch, Group]] = []
        self._own_tags: dict[int, Sequence[str]] = {}
        for batch, groups in batches:
            part = self.prepare(cached.part_of(batch))
            for group in groups:
                self.parts.append(part)
                self.names.append(dumps(group.representation) if part else b"")
                self._groups.append((batch, group))
        self._numbers = {id(group): number for number, (_, group) in enumerate(self._groups)}

    async def take(self, found: Sequence[tuple[int, Any, int]]) -> None:
        """Merge entities into their groups' objects."""
        merged = [(*self._groups[number], value) for number, value, _ in found]
        await self._merge(merged, sum(size for *_, size in found))

    async def ask(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask for the entities of some groups."""
        chosen = {id(self._groups[number][1]) for number in numbers}
        asked_for = [
            (batch, [group for group in groups if id(group) in chosen]) for batch, groups in self._batches
        ]
        self.begin()
        if is_renewal:
            await self._renew_entities(asked_for)
        else:
            await self._ask(self.cached.fetch, asked_for, self)
        self.finish()

    async def _renew_entities(self, asked_for: Batches) -> None:
        response = await self._request(self.cached.fetch, asked_for, is_renewal=True)
        asked_for = [pair for pair in asked_for if pair[1]]
        self.receive(response, asked_for)
        for batch, groups in asked_for:
            entities = entities_in(batch, response.data or {}, groups) or ()
            for group, entity in zip(groups, entities, strict=False):
                if type(entity) is dict:
                    self.keep_entity(group, entity)

    def receive(self, response: SubgraphResponse, asked_for: Batches = ()) -> None:
        """Find out where what has come may be kept, and what it is tagged with."""
        super().receive(response)
        self._own_tags = {}
        if response.entity_tags:
            groups = [group for _, own in asked_for for group in own]
            is_one = len(asked_for) == 1 and len(response.entity_tags) == len(groups)
            every = [written for tags in response.entity_tags for written in tags]
            for number, group in enumerate(groups):
                self._own_tags[id(group)] = response.entity_tags[number] if is_one else every

    def keep_entity(self, group: Group, entity: Data) -> None:
        """Keep an entity as it came, before it is merged. Any thread may do so."""
        self.keep(self._numbers[id(group)], entity, self._own_tags.get(id(group), ()))

    async def fall_back(self, asked_for: Batches) -> Batches:
        """Take what is stale instead of what couldn't be had; return what there is nothing for."""
        numbers = [self._numbers[id(group)] for _, groups in asked_for for group in groups]
        stale = self.stale(numbers)
        if stale:
            await self.take(stale)
        there = {id(self._groups[number][1]) for number, *_ in stale}
        rest = [(batch, [group for group in groups if id(group) not in there]) for batch, groups in asked_for]
        return [pair for pair in rest if pair[1]]

    def names_of(self, number: int) -> Sequence[str]:
        """Return the tags of the entity itself."""
        batch, group = self._groups[number]
        return self.cached.tags_of_entity(batch.lookup.type_name, group.representation)
