"""What is kept, at two levels: in this process, and in a store that all gateways share, where there is one.

A. *Read* all keys of a fetch at once. Where there is a shared store, it is asked in any case, in one round
   trip: for what isn't here, and for what was purged since. Where it doesn't answer, nothing is known, and
   the subgraphs are asked as ever.
B. *Write* here at once, and to the shared store without waiting for it.
C. *Purge* in the shared store first. What couldn't be purged there is tried again, and nothing is read until
   it is done.
D. *One at a time*: who asks a subgraph for a key says so, so that others wait for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from math import log as logarithm
from time import monotonic, time
from typing import Any, NamedTuple, Protocol, TypeAlias

import structlog

from stitcher.caching.entries import Entry, pack, unpack
from stitcher.caching.near import Near, Page
from stitcher.caching.purges import Purges
from stitcher.stores import StoreUnavailableError

__all__ = ["Ending", "News", "ResponseCache", "SharedStore", "Tally", "Waiting"]

log = structlog.get_logger(__name__)

WRITING = 100
"""How many fetches' entries may be on their way to the shared store at once; it isn't kept up with else."""

LEARNED = 10_000
"""How many selections are remembered of which services said something that no SDL says."""

Waiting: TypeAlias = "asyncio.Future[None]"


class News(NamedTuple):
    """What a shared store says: values in the order of their keys, purges after a place, the log's floor."""

    values: Sequence[bytes | None]
    purges: Sequence[tuple[int, Sequence[str]]]
    floor: int


class SharedStore(Protocol):
    """Keeps packed entries and the log of purges, for all gateways; raises StoreUnavailableError."""

    async def read(self, keys: Sequence[str], after: int) -> News:
        """Return the values of keys, and what was purged after a place in the log."""
        ...

    async def write(self, values: Sequence[tuple[str, bytes, float]]) -> None:
        """Keep values under their keys, each for so many seconds."""
        ...

    async def purge(self, tags: Sequence[str]) -> int:
        """Add a purge to the log; return its place."""
        ...

    async def close(self) -> None:
        """Let go of the store."""
        ...


class Ending(Protocol):
    """What ends an answer that is kept as a whole."""

    @property
    def since(self) -> int:
        """The place in the log of purges before which nothing of it was asked."""
        ...

    @property
    def tags(self) -> Collection[str]:
        """The tags of what it was made of."""
        ...


@dataclass(slots=True)
class Tally:
    """What came of looking up one type of one subgraph: numbers of keys, and bytes that weren't asked for."""

    hits: int = 0
    misses: int = 0
    renewed: int = 0
    bytes: int = 0


class ResponseCache:
    """Keeps what subgraphs answered.

    Args:
        size: The most bytes that are kept in this process.
        shared: The store that all gateways share; None if there is none.
        now: The time, in seconds, as all gateways have it.

    Attributes:
        near: What is kept here; whole answers have their place in it, too.
        purges: What was purged, as far as it is known here.
        tallies: What came of looking up, by subgraph and type.
        reads: How often something was looked up, and ``seconds`` how long that took in all.
        purged: How often something was purged here.
        personal: The selections of which a service said that an answer is one client's.
        unkept: Those of which the last answer wasn't to be kept: they aren't looked up, or waited for.
    """

    def __init__(self, size: int, shared: SharedStore | None = None, now: Callable[[], float] = time) -> None:
        self.near = Near(size)
        self.shared = shared
        self.now = now
        self.purges = Purges()
        self.tallies: dict[tuple[str, str], Tally] = {}
        self.reads = self.purged = 0
        self.seconds = 0.0
        self.personal: set[str] = set()
        self.unkept: set[str] = set()
        self._asked: dict[str, Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = 0
        self._unpurged: set[str] = set()

    # A. Read

    async def read(self, keys: Sequence[str]) -> list[Entry | Page | None]:
        """Return what is kept under keys, in their order; some of it may be stale.

        A page is fresh, and holds the values of several of the keys. Alone, it holds those of all.
        """
        began = monotonic()
        page = self.near.page(keys)
        found: list[Entry | Page | None] = [page] if page else self.near.find(keys)
        if self.shared is not None:
            absent = [index for index, entry in enumerate(found) if entry is None]
            values = await self._ask(self.shared, [keys[index] for index in absent])
            if values is None:
                found, page = [None] * len(keys), None
            else:
                for index, value in zip(absent, values, strict=True):
                    if value is not None and (entry := unpack(value)) is not None:
                        found[index] = entry
                        self.near.put_entry(keys[index], entry)
        if page is not None:
            is_current = page.told.since >= self.purges.newest and self.now() < page.fresh
            found = [page] if is_current else self._current(keys, self.near.find(keys))
        elif found.count(None) < len(found):
            found = self._current(keys, found)
        self.reads += 1
        self.seconds += monotonic() - began
        return found

    def _current(
        self, keys: Sequence[str], found: Sequence[Entry | Page | None]
    ) -> list[Entry | Page | None]:
        """Return what hasn't been purged. Pages of which some may have been, and stale ones, are opened."""
        newest, have_ended = self.purges.newest, self.purges.have_ended
        now = self.now()
        current: list[Entry | Page | None] = []
        for key, each in zip(keys, found, strict=True):
            entry: Entry | None
            if isinstance(each, Page):
                if each.told.since >= newest and now < each.fresh:
                    current.append(each)
                    continue
                entry = self.near.get(key)
            else:
                entry = each
            is_ended = entry is not None and entry.since < newest and have_ended(entry.since, entry.tags)
            current.append(None if is_ended else entry)
        return current

    async def is_up_to_date(self) -> bool:
        """Learn of purges; say whether all are known that have been made."""
        return self.shared is None or await self._ask(self.shared, ()) is not None

    async def is_current(self, ending: Ending) -> bool:
        """Say whether nothing was purged that concerns what is kept here as a whole."""
        if not await self.is_up_to_date():
            return False
        return ending.since >= self.purges.newest or not self.purges.have_ended(ending.since, ending.tags)

    async def _ask(self, shared: SharedStore, keys: Sequence[str]) -> Sequence[bytes | None] | None:
        """Return what the shared store has, and learn of purges; None where it can't be said."""
        try:
            if self._unpurged:
                await self._purge_again(shared)
            news = await shared.read(keys, self.purges.newest)
        except StoreUnavailableError:
            return None
        self.purges.begin_at(news.floor)
        for place, tags in news.purges:
            self.purges.record(place, tags)
        return news.values

    def is_due(self, entry: Entry, now: float) -> bool:
        """Say whether an entry is better asked for anew before it ends.

        By chance, more likely the nearer its end and the longer it takes to ask: so of all who use a hot
        entry, one asks in time. Source: Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache
        Stampede Prevention", 2015.
        """
        chance = 1.0 - random.random()  # noqa: S311 - no secret; not 0
        return now - entry.took * logarithm(chance) >= entry.fresh

    # B. Write

    def write(self, page: Page) -> None:
        """Keep what is on a page."""
        if self.near.add(page) and self.shared is not None and self._writing < WRITING:
            self._writing += 1
            self.spawn(self._write(self.shared, page))

    async def _write(self, shared: SharedStore, page: Page) -> None:
        now = self.now()
        try:
            entries = [(key, pack(entry), entry.ends - now) for key, entry in page.entries()]
            await shared.write(entries)
        except StoreUnavailableError:
            pass  # it was logged; others will ask for themselves
        finally:
            self._writing -= 1

    def learn(self, known: set[str], identity: str, *, is_so: bool) -> None:
        """Remember what a service said of a selection."""
        if not is_so:
            known.discard(identity)
        elif identity not in known:
            if len(known) >= LEARNED:
                known.clear()
            known.add(identity)

    # C. Purge

    async def purge(self, tags: Iterable[str]) -> None:
        """End all that has one of some tags, here and, where there is a shared store, for all gateways.

        Raises:
            StoreUnavailableError: the shared store doesn't answer. It will be tried again.
        """
        wanted = sorted(set(tags))
        if not wanted:
            return
        self.purged += 1
        if self.shared is None:
            self.purges.record(self.purges.newest + 1, wanted)
            return
        try:
            await self.shared.purge(wanted)
        except BaseException:  # a client that leaves, too
            self._unpurged.update(wanted)
            raise

    async def _purge_again(self, shared: SharedStore) -> None:
        tags = sorted(self._unpurged)
        await shared.purge(tags)
        self._unpurged.difference_update(tags)

    # D. One at a time

    @property
    def is_asking(self) -> bool:
        """Whether anything is being asked for."""
        return bool(self._asked)

    def waiting_for(self, key: str) -> Waiting | None:
        """Return what is done once another request has asked for a key; None if none does."""
        return self._asked.get(key)

    def claim(self, keys: Sequence[str]) -> Waiting:
        """Say that keys are being asked for, for which nobody is, until ``release``."""
        waiting: Waiting = asyncio.get_running_loop().create_future()
        self._asked.update(dict.fromkeys(keys, waiting))
        return waiting

    def release(self, keys: Sequence[str], waiting: Waiting) -> None:
        """Say that keys have been asked for."""
        asked = self._asked
        for key in keys:
            asked.pop(key, None)
        waiting.set_result(None)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work for which no client waits."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("what is kept can't be renewed", exc_info=error)

    async def close(self) -> None:
        """End the work that is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.shared is not None:
            await self.shared.close()
