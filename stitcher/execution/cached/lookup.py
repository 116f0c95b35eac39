"""Fetches by way of the cache: what is kept isn't asked for, and what is asked for is kept.

A. *Look up* each root field, or each entity of each batch, by a key of its own. What is found is taken; what
   is stale, but may be given while it is asked for anew, is renewed when the client no longer waits.
B. *Wait* for what another request is asking for already, after the rest has been asked for. What it couldn't
   keep is asked for here.
C. *Ask* for what is missing, in one request. Where that fails, what is stale will do, if its service said so.
D. *Keep* what came, unless the answer has errors, under what the schema and the service's headers allow.

A client's request can say ``no-cache``, so that nothing is taken, and ``no-store``, so that nothing is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

from stitcher.cache_policies import CachePolicy, agreed
from stitcher.caching.cache import Waiting
from stitcher.caching.canonical import asked, kept
from stitcher.caching.entries import Entry
from stitcher.caching.parts import CachedFetch, CachedPart
from stitcher.caching.tags import tag
from stitcher.errors import SubgraphError
from stitcher.execution.cached.run import CachedRun
from stitcher.transport.base import SubgraphResponse
from stitcher.values import dumps, loads

__all__ = ["Lookup"]


class _Prepared(NamedTuple):
    """A part for one request: how its keys begin, and whether it is looked up; why not, where it isn't.

    ``own`` is for what is one client's.
    """

    part: CachedPart
    public: bytes
    own: bytes | None
    is_looked_up: bool
    why: str


class _Place(NamedTuple):
    """Where and for how long what comes of a part is kept."""

    prefix: bytes
    policy: CachePolicy


class Lookup:
    """One fetch's way through the cache; ``wanted`` are its keys, with the part of each."""

    def __init__(self, run: CachedRun, cached: CachedFetch) -> None:
        self.run = run
        self.cache = run.cache
        self.cached = cached
        self.parts: list[_Prepared | None] = []
        self.names: list[bytes] = []
        self._stale: dict[int, Entry] = {}
        self._kept: list[tuple[bytes, Entry]] = []
        self._headers = cached.headers_that_matter(run.headers)
        self._since = run.since
        self._began = self._took = self._now = 0.0
        self._tags: Sequence[str] = ()
        self._places: dict[int, _Place | None] = {}
        self._hits = self._renewed = 0
        self._bytes = 0
        run.tags |= cached.tags
        run.is_tagged &= cached.is_tagged

    # What a kind of fetch does

    async def take(self, found: Sequence[tuple[int, Any, int]]) -> None:
        """Take values by their numbers, each with its bytes."""
        raise NotImplementedError

    async def ask(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask the subgraph for what has these numbers."""
        raise NotImplementedError

    # A. Look up

    def prepare(self, part: CachedPart | None) -> _Prepared | None:
        """Return a part for this request; None for one of which nothing is known."""
        if part is None:
            return None
        policy = part.policy
        if policy is not None and policy.max_age <= 0:
            return _Prepared(part, b"", None, False, "it may not be kept")
        run, cache = self.run, self.cache
        public = part.prefix(run.variables, self._headers, None)
        is_personal = (
            part.is_personal
            or (policy is not None and policy.is_private)
            or cache.personal.get(part.identity) is not None
        )
        own = None
        if is_personal and run.who is not None:
            own = part.prefix(run.variables, self._headers, run.who)
        why = ""
        if is_personal and own is None:
            why = "it is one client's, and nobody knows which"
        elif policy is None and cache.unkept.get(part.identity):
            why = "nothing says how long it may be kept"
        elif not run.keeping.reads:
            why = "the client wants it anew"
        return _Prepared(part, public, own if is_personal else None, not why, why)

    def key(self, number: int) -> bytes:
        """Return the key that something is looked up by."""
        part = self.parts[number]
        assert part is not None  # noqa: S101 - for the type checker
        return (part.own or part.public) + self.names[number]

    async def serve(self) -> None:
        """Take what is kept, and ask for the rest."""
        numbers = [number for number, part in enumerate(self.parts) if part and part.is_looked_up]
        missing = [number for number, part in enumerate(self.parts) if not (part and part.is_looked_up)]
        renewed: list[int] = []
        if numbers:
            began = monotonic()
            entries = await self.cache.read([self.key(number) for number in numbers])
            self.cache.counts.reads += 1
            self.cache.counts.seconds += monotonic() - began
            self._since = self.cache.purges.newest
            found = self._usable(numbers, entries, missing, renewed)
            if found:
                await self.take(found)
        own: list[int] = []
        others: list[tuple[int, Waiting]] = []
        for number in missing:
            part = self.parts[number]
            waiting = self.cache.waiting_for(self.key(number)) if part and part.is_looked_up else None
            if waiting is None:
                own.append(number)
            else:
                others.append((number, waiting))
        if own:
            await self._ask_for(own)
        if others:
            rest = await self._await(others)
            if rest:
                await self.ask(rest)
        if renewed:
            self._renewed = len(renewed)
            self.cache.spawn(self._renew(renewed))
        self._count(len(missing))

    def _usable(
        self,
        numbers: Sequence[int],
        entries: Sequence[Entry | None],
        missing: list[int],
        renewed: list[int],
    ) -> list[tuple[int, Any, int]]:
        now = self.cache.now()
        found: list[tuple[int, Any, int]] = []
        for number, entry in zip(numbers, entries, strict=True):
            if entry is None:
                missing.append(number)
            elif now < entry.fresh or now < entry.while_asking:
                found.append(self._taken(number, entry, now))
                if now >= entry.fresh or self.cache.is_due(entry, now):
                    renewed.append(number)
            else:
                missing.append(number)
                if now < entry.if_error:
                    self._stale[number] = entry
        missing.sort()
        return found

    def _taken(self, number: int, entry: Entry, now: float) -> tuple[int, Any, int]:
        part = self.parts[number]
        assert part is not None  # noqa: S101 - for the type checker
        self._hits += 1
        self._bytes += len(entry.body)
        self.run.note(CachePolicy(max(0, int(entry.fresh - now)), entry.is_private))
        self.run.tags.update(entry.tags)
        self.run.since = min(self.run.since, entry.since)
        return number, asked(loads(entry.body), part.part.renaming), len(entry.body)

    # B. Wait

    async def _await(self, others: Sequence[tuple[int, Waiting]]) -> list[int]:
        """Wait for what others ask for and take it; return what they couldn't keep."""
        time = None if self.run.deadline is None else max(0.0, self.run.deadline - monotonic())
        await asyncio.wait({waiting for _, waiting in others}, timeout=time)
        now = self.cache.now()
        rest: list[int] = []
        found: list[tuple[int, Any, int]] = []
        for number, _ in others:
            entry = self.cache.near.get(self.key(number))
            if entry is None or now >= entry.fresh or self.cache.purges.have_ended(entry.since, entry.tags):
                rest.append(number)
            else:
                found.append(self._taken(number, entry, now))
        if found:
            await self.take(found)
        return rest

    # C. Ask

    async def _ask_for(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask for something for which others can wait."""
        keys = [self.key(number) for number in numbers if self._is_looked_up(number)]
        waiting = self.cache.claim(keys)
        try:
            await self.ask(numbers, is_renewal=is_renewal)
        finally:
            self.cache.release(keys, waiting)

    def _is_looked_up(self, number: int) -> bool:
        part = self.parts[number]
        return part is not None and part.is_looked_up

    async def _renew(self, numbers: Sequence[int]) -> None:
        """Ask anew for what was stale, unless somebody does already."""
        alone = [number for number in numbers if self.cache.waiting_for(self.key(number)) is None]
        if alone:
            with suppress(SubgraphError):  # which its transport has logged
                await self._ask_for(alone, is_renewal=True)

    def begin(self) -> None:
        """Note that the subgraph is being asked."""
        self._began = monotonic()
        self._kept = []

    def stale(self, numbers: Iterable[int]) -> list[tuple[int, Any, int]]:
        """Return what will do instead of what can't be had, of all that has these numbers."""
        now = self.cache.now()
        return [self._taken(number, self._stale[number], now) for number in numbers if number in self._stale]

    # D. Keep

    def receive(self, response: SubgraphResponse) -> None:
        """Find out where what has come may be kept."""
        self._took = monotonic() - self._began
        self._now = self.cache.now()
        self._tags = tuple(tag(self.cached.fetch.subgraph, written) for written in response.tags)
        self._places = {}
        for part in {id(part): part for part in self.parts if part}.values():
            self._places[id(part)] = None if response.errors else self._place(part, response.cache)

    def _place(self, prepared: _Prepared, said: CachePolicy | None) -> _Place | None:
        part, cache = prepared.part, self.cache
        policy = agreed(part.policy, said)
        if part.policy is None:
            cache.unkept.put(part.identity, policy is None, 64)
        if policy is None or policy.max_age <= 0:
            return None
        if not (part.is_personal or policy.is_private):
            # Where another answer to the same was one client's, this one is kept so, too.
            own = prepared.own
            return _Place(own or prepared.public, replace(policy, is_private=own is not None))
        if policy.is_private:
            cache.personal.put(part.identity, True, 64)
        if self.run.who is None:
            return None
        own = prepared.own or part.prefix(self.run.variables, self._headers, self.run.who)
        return _Place(own, replace(policy, is_private=True))

    def keep(self, number: int, value: Any, tags: Sequence[str] = ()) -> None:
        """Keep a value as it came, before anything is merged into it. Any thread may do so."""
        prepared = self.parts[number]
        if prepared is None or value is None:
            return
        part, place = prepared.part, self._places.get(id(prepared))
        found = part.tagger.find(value)
        found.update(self.names_of(number), self._tags)
        if tags:
            found.update(tag(part.subgraph, written) for written in tags)
        self.run.tags |= found
        if place is None:
            return
        policy = place.policy
        fresh = self._now + policy.max_age
        entry = Entry(
            dumps(kept(value, part.renaming)),
            fresh,
            fresh + policy.while_asking,
            fresh + policy.if_error,
            self._took,
            self._since,
            policy.is_private,
            (*part.tagger.fixed, *found),
        )
        self._kept.append((place.prefix + self.names[number], entry))

    def names_of(self, number: int) -> Sequence[str]:
        """Return the tags that something has before it comes."""
        raise NotImplementedError

    def finish(self) -> None:
        """Hand over all that is to be kept."""
        if self._kept and self.run.keeping.writes:
            self.cache.write(self._kept)
        self._kept = []

    def _count(self, missed: int) -> None:
        counts = self.cache.counts
        part = next((part.part for part in self.parts if part), None)
        at = (self.cached.fetch.subgraph, part.type_name if part else "")
        counts.keys[(*at, "hit")] += self._hits
        counts.keys[(*at, "miss")] += missed
        counts.keys[(*at, "renewed")] += self._renewed
        counts.bytes[at] += self._bytes
        told = self.run.keeping.told
        if told is not None:
            why = sorted({part.why if part else "it may not be kept" for part in self.parts} - {""})
            told.append(
                {
                    "fetch": self.cached.fetch.id + 1,
                    "subgraph": at[0],
                    "type": at[1],
                    "hits": self._hits,
                    "misses": missed,
                    "renewed": self._renewed,
                    **({"why": why} if why else {}),
                }
            )
