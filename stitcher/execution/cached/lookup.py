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
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import repeat
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from stitcher.cache_policies import NOT_KEPT, CachePolicy, agreed
from stitcher.caching.cache import Tally, Waiting
from stitcher.caching.canonical import asked, kept
from stitcher.caching.entries import Entry
from stitcher.caching.near import Page, Told
from stitcher.caching.parts import CachedFetch, CachedPart
from stitcher.errors import SubgraphError
from stitcher.execution.cached.run import CachedRun
from stitcher.execution.entities import copied
from stitcher.transport.base import SubgraphResponse
from stitcher.values import dumps, loads

__all__ = ["Found", "Lookup", "Prepared", "raw_of"]

NEARLY = 20
"""An entry is never asked for anew while its end is further away than so many times what asking takes."""

Found: TypeAlias = tuple[int, Any, int]
"""The number of something that was wanted, its value, and the value's bytes."""


class Prepared(NamedTuple):
    """A part for one request: how its keys begin, and whether it is looked up; why not, where it isn't.

    ``prefix`` is of what is one client's where the part is known to be, else of what is everybody's.
    """

    part: CachedPart
    prefix: str
    is_personal: bool
    why: str = ""


class Lookup(ABC):
    """One fetch's way through the cache.

    Attributes:
        keys: Those of all that is wanted; None for what isn't looked up.
        parts: The part of each.
        only_part: The part of all of them, if there is but one.
    """

    def __init__(self, run: CachedRun, cached: CachedFetch) -> None:
        self.run = run
        self.cache = run.cache
        self.cached = cached
        self.keys: list[str | None] = []
        self.parts: list[Prepared | None] = []
        self.only_part: CachedPart | None = None
        self._headers = (
            cached.headers_that_matter(run.headers, is_verified=run.keeping.is_verified)
            if run.headers
            else ()
        )
        self._stale: dict[int, Entry] = {}
        self._since = run.since
        self._began = 0.0
        self._hits = self._bytes = 0

    # What a kind of fetch does

    @abstractmethod
    async def take(self, found: Sequence[Found]) -> None:
        """Take values."""

    @abstractmethod
    async def ask(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask the subgraph for what has these numbers."""

    # A. Look up

    def prepare(self, part: CachedPart | None) -> Prepared | None:
        """Return a part for this request; None for one of which nothing is known."""
        if part is None:
            return None
        run, policy, identity = self.run, part.policy, part.identity
        if policy is not None and policy.max_age <= 0:
            return Prepared(part, "", False, "it may not be kept")
        is_personal = part.is_always_personal or identity in self.cache.personal
        if is_personal and run.who is None:
            return Prepared(part, "", True, "it is one client's, and nobody knows which")
        prefix = part.prefix(run.variables, self._headers, run.who if is_personal else None)
        if identity in self.cache.unkept:
            return Prepared(part, prefix, is_personal, "its service didn't let it be kept")
        if not run.keeping.reads:
            return Prepared(part, prefix, is_personal, "the client wants it anew")
        return Prepared(part, prefix, is_personal)

    async def serve(self) -> None:
        """Take what is kept, and ask for the rest."""
        keys, cache = self.keys, self.cache
        own: Sequence[int] = range(len(keys))
        others: list[tuple[int, Waiting]] = []
        renewed: list[int] = []
        if cache.shared is not None or not cache.near.has_none(keys):
            own = await self._look_up(renewed)
        else:
            self._since = cache.purges.newest
        if own and cache.is_asking:
            others = [
                (number, waiting)
                for number in own
                if (key := keys[number]) is not None and (waiting := cache.waiting_for(key))
            ]
            others_only = {number for number, _ in others}
            own = [number for number in own if number not in others_only]
        missed = len(own) + len(others)
        if own:
            await self._ask_for(own)
        if others:
            rest = await self._await(others)
            if rest:
                await self.ask(rest)
        if renewed:
            cache.spawn(self._renew(renewed))
        self._count(missed, len(renewed))

    async def _look_up(self, renewed: list[int]) -> list[int]:
        """Take what is kept; return the numbers of what is missing."""
        keys, cache = self.keys, self.cache
        numbers = [number for number, key in enumerate(keys) if key is not None]
        if not numbers:
            return list(range(len(keys)))
        wanted = [key for key in keys if key is not None]
        entries = await cache.read(wanted)
        self._since = cache.purges.newest
        if entries.count(None) == len(entries):
            return list(range(len(keys)))
        missing = (
            [number for number, key in enumerate(keys) if key is None] if len(wanted) < len(keys) else []
        )
        if isinstance(page := entries[0], Page) and page.keys == wanted:
            found = self._taken_page(page, numbers, page.read(), missing)
        else:
            found = self._found(numbers, entries, missing, renewed)
        if found:
            self._hits = len(found)
            await self.take(found)
        missing.sort()
        return missing

    def _found(
        self,
        numbers: Sequence[int],
        entries: Sequence[Entry | Page | None],
        missing: list[int],
        renewed: list[int],
    ) -> list[Found]:
        """Return what may be taken; note what is missing, and what is to be asked for anew."""
        cache, now = self.cache, self.cache.now()
        on_pages: dict[int, tuple[Page, list[int]]] = {}
        taken: list[tuple[int, Entry]] = []
        for number, entry in zip(numbers, entries, strict=True):
            if entry is None:
                missing.append(number)
            elif isinstance(entry, Page):
                on_pages.setdefault(id(entry), (entry, []))[1].append(number)
            elif now < entry.while_asking:
                taken.append((number, entry))
                if now > entry.fresh - entry.took * NEARLY and cache.is_due(entry, now):
                    renewed.append(number)
            else:
                missing.append(number)
                if now < entry.if_error:
                    self._stale[number] = entry
        found = self._taken(taken, now)
        for page, on_page in on_pages.values():
            values: dict[str | None, Any] = dict(zip(page.keys, page.read(), strict=True))
            of_keys = [values.get(self.keys[number]) for number in on_page]
            found += self._taken_page(page, on_page, of_keys, missing)
        return found

    def _taken_page(
        self, page: Page, numbers: Sequence[int], values: Sequence[Any], missing: list[int]
    ) -> list[Found]:
        """Return what of a page is wanted; add the numbers of what isn't on it to those that are missing."""
        self._bytes += len(page.raw)
        policy = page.policy or NOT_KEPT
        self.run.note(page.fresh - self.cache.now(), policy.is_private, page.told.since, [page])
        size = len(page.raw) // len(page.keys)
        found = list(zip(numbers, values, repeat(size)))
        if None in values:
            missing += [number for number, value, _ in found if value is None]
            found = [each for each in found if each[1] is not None]
        if page.part is self.only_part:  # so that keys are different, and values as they are wanted
            return found
        own: list[Found] = []
        used: set[str | None] = set()
        for number, value, _ in found:
            key, prepared = self.keys[number], self.parts[number]
            if key in used:  # each gets its own
                value = copied(value)
            used.add(key)
            if prepared is not None and prepared.part is not page.part:
                value = asked(kept(value, page.part.renaming), prepared.part.renaming)
            own.append((number, value, size))
        return own

    def _taken(self, entries: Sequence[tuple[int, Entry]], now: float) -> list[Found]:
        """Return the values of entries, all read at once."""
        if not entries:
            return []
        self.run.note(
            min(entry.fresh for _, entry in entries) - now,
            any(entry.is_private for _, entry in entries),
            min(entry.since for _, entry in entries),
            [entry.tags for _, entry in entries],
        )
        bodies = [entry.body for _, entry in entries]
        values = loads(b"[" + b",".join(bodies) + b"]")
        found: list[Found] = []
        for (number, _), value, body in zip(entries, values, bodies, strict=True):
            prepared = self.parts[number]
            if prepared is not None and prepared.part.renaming is not None:
                value = asked(value, prepared.part.renaming)
            found.append((number, value, len(body)))
        self._bytes += sum(map(len, bodies))
        return found

    # B. Wait

    async def _await(self, others: Sequence[tuple[int, Waiting]]) -> list[int]:
        """Wait for what others ask for and take it; return what they couldn't keep."""
        deadline = self.run.deadline
        time = None if deadline is None else max(0.0, deadline - monotonic())
        await asyncio.wait({waiting for _, waiting in others}, timeout=time)
        cache, now = self.cache, self.cache.now()
        rest: list[int] = []
        taken: list[tuple[int, Entry]] = []
        for number, _ in others:
            entry: Entry | None = cache.near.get(self.keys[number])
            if entry is None or now >= entry.fresh or cache.purges.have_ended(entry.since, entry.tags):
                rest.append(number)
            else:
                taken.append((number, entry))
        if taken:
            self._hits += len(taken)
            await self.take(self._taken(taken, now))
        return rest

    # C. Ask

    async def _ask_for(self, numbers: Sequence[int], *, is_renewal: bool = False) -> None:
        """Ask for something for which others can wait."""
        all_keys = self.keys
        keys = [key for number in numbers if (key := all_keys[number]) is not None]
        if not keys:
            await self.ask(numbers, is_renewal=is_renewal)
            return
        waiting = self.cache.claim(keys)
        try:
            await self.ask(numbers, is_renewal=is_renewal)
        finally:
            self.cache.release(keys, waiting)

    async def _renew(self, numbers: Sequence[int]) -> None:
        """Ask anew for what was stale, unless somebody does already."""
        alone = [
            number
            for number in numbers
            if (key := self.keys[number]) is not None and self.cache.waiting_for(key) is None
        ]
        if alone:
            with suppress(SubgraphError):  # which its transport has logged
                await self._ask_for(alone, is_renewal=True)

    def stale(self, numbers: Iterable[int]) -> list[Found]:
        """Return what will do instead of what can't be had, of all that has these numbers."""
        if not self._stale:
            return []
        entries = [(number, self._stale[number]) for number in numbers if number in self._stale]
        return self._taken(entries, self.cache.now())

    # D. Keep

    def begin(self) -> None:
        """Note that the subgraph is being asked."""
        self._began = monotonic()

    def told(self) -> Told:
        """Return how an answer that has just come did."""
        return Told(self.cache.now(), monotonic() - self._began, self._since)

    def place(self, prepared: Prepared, response: SubgraphResponse) -> tuple[str, CachePolicy] | None:
        """Return how the keys of what has come begin, and how long it is kept; None for not at all."""
        part, cache, run = prepared.part, self.cache, self.run
        policy = agreed(part.policy, response.cache)
        if response.errors:
            return None
        is_kept = policy is not None and policy.max_age > 0
        cache.learn(cache.unkept, part.identity, is_so=not is_kept)
        if policy is None or not is_kept or not run.keeping.writes:
            return None
        if prepared.is_personal:
            # Where another answer to the same was one client's, this one is kept so, too.
            return (prepared.prefix, replace(policy, is_private=True)) if prepared.prefix else None
        if not policy.is_private:
            return prepared.prefix, policy
        cache.learn(cache.personal, part.identity, is_so=True)
        if run.who is None:
            return None
        return part.prefix(run.variables, self._headers, run.who), policy

    def hand_over(self, page: Page) -> None:
        """Keep what is on a page, and note what would end it."""
        self.run.sources.append(page)
        if page.policy is not None:
            self.cache.write(page)

    def _count(self, missed: int, renewed: int) -> None:
        at = self.cached.fetch.subgraph, self.cached.type_name
        tally = self.cache.tallies.get(at) or self.cache.tallies.setdefault(at, Tally())
        tally.misses += missed
        if self._hits:
            tally.hits += self._hits
            tally.renewed += renewed
            tally.bytes += self._bytes
        told = self.run.keeping.told
        if told is not None:
            whys = {part.why if part else "it may not be kept" for part in self.parts}
            why = sorted(whys - {""})
            told.append(
                {
                    "fetch": self.cached.fetch.id + 1,
                    "subgraph": self.cached.fetch.subgraph,
                    "type": self.cached.type_name,
                    "hits": self._hits,
                    "misses": missed,
                    "renewed": renewed,
                    **({"why": why} if why else {}),
                }
            )


def raw_of(response: SubgraphResponse) -> bytes:
    """Return an answer as it came; one that never was bytes is made some, before it is merged."""
    return response.raw or dumps({"data": response.data})
