"""Entity fetches by way of the cache: each entity by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Protocol

from stitcher.caching.near import Page
from stitcher.caching.parts import CachedFetch
from stitcher.execution.cached.lookup import Found, Lookup, Prepared, raw_of
from stitcher.execution.cached.run import CachedRun
from stitcher.execution.entities import Data, Group
from stitcher.execution.failures import Batches
from stitcher.execution.lookups import entities_in
from stitcher.planning.plan import Batch, Fetch
from stitcher.transport.base import SubgraphResponse
from stitcher.values import dumps

__all__ = ["EntityLookup"]


NO_GROUP = Group({})
"""Stands for one where its order alone tells which entity is its."""


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
        ask: Asks for some of them and merges what comes, which it hands to the lookup before.
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
        self._numbers: Sequence[int] = ()
        for batch, groups in batches:
            prepared = self.prepare(cached.part_of(batch))
            if prepared is None or prepared.why:
                self.keys += [None] * len(groups)
            else:
                prefix = prepared.prefix
                self.keys += [prefix + name for name in _names(batch, groups)]
            self.parts += [prepared] * len(groups)
        if len(batches) == 1 and prepared is not None:
            self.only_part = prepared.part

    @cached_property
    def _groups(self) -> list[tuple[Batch, Group]]:
        """The groups by their numbers, each with its batch."""
        return [(batch, group) for batch, groups in self._batches for group in groups]

    async def take(self, found: Sequence[Found]) -> None:
        """Merge entities into their groups' objects."""
        groups = self._groups
        merged = [(*groups[number], value) for number, value, _ in found]
        await self._merge(merged, sum([size for *_, size in found]))

    async def ask(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask for the entities of some groups."""
        batches = self._batches
        if len(numbers) < len(self.keys):
            chosen = {id(self._groups[number][1]) for number in numbers}
            batches = [(batch, [each for each in groups if id(each) in chosen]) for batch, groups in batches]
        self._numbers = numbers
        self.begin()
        if is_renewal:
            response = await self._request(self.cached.fetch, batches, is_renewal=True)
            self.receive(response, [pair for pair in batches if pair[1]])
        else:
            await self._ask(self.cached.fetch, batches, self)

    def receive(self, response: SubgraphResponse, asked_for: Batches) -> None:
        """Keep what has come, before it is merged."""
        run = self.run
        if response.cache is None and run.is_for_services_to_say:
            run.is_tagged = False  # so that the answer as a whole isn't kept
        ends = 0
        for batch, groups in asked_for:
            begins, ends = ends, ends + len(groups)
            numbers = self._numbers[begins:ends]
            prepared = self.parts[numbers[0]]
            where = self.place(prepared, response) if prepared else None
            if prepared is None or not (where or run.is_tagged):
                continue
            representations = [group.representation for group in groups]
            page = Page(
                prepared.part,
                raw_of(response),
                partial(_values, batch, representations),
                partial(self.cached.tags_of_entity, batch.lookup.type_name, representations),
                _tags(response, len(groups), is_one=len(asked_for) == 1),
                self.told(),
            )
            if where is not None:
                prefix, page.policy = where
                page.keys = self._keys(numbers, prepared, prefix)
            self.hand_over(page)

    def _keys(self, numbers: Sequence[int], prepared: Prepared, prefix: str) -> list[str]:
        """Return the keys that groups are kept under: mostly those that they were looked up by."""
        if prefix == prepared.prefix and not prepared.why:
            keys = self.keys
            return [keys[number] for number in numbers]  # type: ignore[misc]
        groups = [self._groups[number][1] for number in numbers]
        return [prefix + name for name in _names(self._groups[numbers[0]][0], groups)]

    async def fall_back(self, asked_for: Batches) -> Batches:
        """Take what is stale instead of what couldn't be had; return what there is nothing for."""
        numbers = {id(group): number for number, (_, group) in enumerate(self._groups)}
        stale = self.stale(numbers[id(group)] for _, groups in asked_for for group in groups)
        if stale:
            await self.take(stale)
        there = {id(self._groups[number][1]) for number, *_ in stale}
        rest = [(batch, [group for group in groups if id(group) not in there]) for batch, groups in asked_for]
        return [pair for pair in rest if pair[1]]


def _names(batch: Batch, groups: Sequence[Group]) -> list[str]:
    """Return what tells entities from others of their batch: their keys, as JSON; text alone with a mark."""
    flat = batch.flat
    if flat is not None and len(flat) == 1:
        name = flat[0][0]
        return [
            f"={value}" if type(value := group.representation[name]) is str else _as_json(group)
            for group in groups
        ]
    return list(map(_as_json, groups))


def _as_json(group: Group) -> str:
    return dumps(group.representation).decode()


def _values(batch: Batch, representations: Sequence[Data], data: Mapping[str, Any]) -> list[Any]:
    """Return the entities of an answer, in the order of their representations; None for what is none."""
    groups = [Group(each) for each in representations] if batch.by_key else [NO_GROUP] * len(representations)
    entities = entities_in(batch, data, groups)
    if entities is None:
        return [None] * len(representations)
    return [entity if type(entity) is dict else None for entity in entities]


def _tags(response: SubgraphResponse, number: int, *, is_one: bool) -> Sequence[Sequence[str]]:
    """Return the tags that a service gave to each of a batch's entities."""
    if not (response.tags or response.entity_tags):
        return ()
    if is_one and len(response.entity_tags) == number:
        return [(*response.tags, *own) for own in response.entity_tags]
    every = (*response.tags, *(written for own in response.entity_tags for written in own))
    return [every] * number
