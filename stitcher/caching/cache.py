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
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterable, Sequence
from math import log as logarithm
from time import time
from typing import Any, NamedTuple, Protocol, TypeAlias

import structlog

from stitcher.caching.entries import Entry, pack, unpack
from stitcher.caching.purges import Purges
from stitcher.recent import Recent
from stitcher.stores import StoreUnavailableError

__all__ = ["Counts", "News", "ResponseCache", "SharedStore"]

log = structlog.get_logger(__name__)

NUMBER = 1_000_000
"""The most entries here; the bytes are what bounds them."""

OVERHEAD = 400
"""About how many bytes an entry takes here beside its body, its key and its tags."""

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

    async def read(self, keys: Sequence[bytes], after: int) -> News:
        """Return the values of keys, and what was purged after a place in the log."""
        ...

    async def write(self, values: Sequence[tuple[bytes, bytes, float]]) -> None:
        """Keep values under their keys, each for so many seconds."""
        ...

    async def purge(self, tags: Sequence[str]) -> int:
        """Add a purge to the log; return its place."""
        ...

    async def close(self) -> None:
        """Let go of the store."""
        ...


class Counts:
    """What came of looking up, by subgraph and type: counters of keys, bytes and seconds."""

    def __init__(self) -> None:
        self.keys: Counter[tuple[str, str, str]] = Counter()
        self.bytes: Counter[tuple[str, str]] = Counter()
        self.seconds = 0.0
        self.reads = 0
        self.purges = 0


class ResponseCache:
    """Keeps what subgraphs answered.

    Args:
        size: The most bytes that are kept in this process.
        shared: The store that all gateways share; None if there is none.
        now: The time, in seconds, as all gateways have it.

    Attributes:
        near: What is kept here; whole answers have their place in it, too.
        purges: What was purged, as far as it is known here.
        counts: What came of looking up.
        personal: The selections of which a service said that an answer is one client's.
        unkept: Those of which nothing said how long an answer may be kept.
    """

    def __init__(self, size: int, shared: SharedStore | None = None, now: Callable[[], float] = time) -> None:
        self.near: Recent[Hashable, Any] = Recent(NUMBER, size)
        self.shared = shared
        self.now = now
        self.purges = Purges()
        self.counts = Counts()
        self.personal: Recent[bytes, bool] = Recent(LEARNED, LEARNED * 64)
        self.unkept: Recent[bytes, bool] = Recent(LEARNED, LEARNED * 64)
        self._asked: dict[bytes, Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = 0
        self._unpurged: set[str] = set()

    # A. Read

    async def read(self, keys: Sequence[bytes]) -> list[Entry | None]:
        """Return what is kept under keys, in their order; some of it may be stale."""
        found: list[Entry | None] = [self.near.get(key) for key in keys]
        if self.shared is not None:
            absent = [index for index, entry in enumerate(found) if entry is None]
            values = await self._ask([keys[index] for index in absent])
            if values is None:
                return [None] * len(keys)
            for index, value in zip(absent, values, strict=True):
                if value is not None and (entry := unpack(value)) is not None:
                    found[index] = entry
                    self._keep(keys[index], entry)
        if self.purges.newest:
            ended = self.purges.have_ended
            found = [None if entry is None or ended(entry.since, entry.tags) else entry for entry in found]
        return found

    async def is_up_to_date(self) -> bool:
        """Learn of purges; say whether all are known that have been made."""
        return self.shared is None or await self._ask(()) is not None

    async def is_current(self, since: int, tags: Collection[str]) -> bool:
        """Say whether nothing was purged that concerns what is kept here since a place in the log."""
        return await self.is_up_to_date() and not self.purges.have_ended(since, tags)

    async def _ask(self, keys: Sequence[bytes]) -> Sequence[bytes | None] | None:
        """Return what the shared store has, and learn of purges; None where it can't be said."""
        assert self.shared is not None  # noqa: S101 - for the type checker
        try:
            if self._unpurged:
                await self._purge_again()
            news = await self.shared.read(keys, self.purges.newest)
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

    def write(self, entries: Sequence[tuple[bytes, Entry]]) -> None:
        """Keep entries."""
        for key, entry in entries:
            self._keep(key, entry)
        if self.shared is not None and entries and self._writing < WRITING:
            self._writing += 1
            self.spawn(self._write(self.shared, entries))

    def _keep(self, key: bytes, entry: Entry) -> None:
        size = len(key) + len(entry.body) + OVERHEAD + sum(map(len, entry.tags))
        self.near.put(key, entry, size)

    async def _write(self, shared: SharedStore, entries: Sequence[tuple[bytes, Entry]]) -> None:
        now = self.now()
        try:
            await shared.write([(key, pack(entry), entry.ends - now) for key, entry in entries])
        except StoreUnavailableError:
            pass  # it was logged; others will ask for themselves
        finally:
            self._writing -= 1

    # C. Purge

    async def purge(self, tags: Iterable[str]) -> None:
        """End all that has one of some tags, here and, where there is a shared store, for all gateways.

        Raises:
            StoreUnavailableError: the shared store doesn't answer. It will be tried again.
        """
        wanted = sorted(set(tags))
        if not wanted:
            return
        self.counts.purges += 1
        if self.shared is None:
            self.purges.record(self.purges.newest + 1, wanted)
            return
        self._unpurged.update(wanted)
        await self._purge_again()

    async def _purge_again(self) -> None:
        assert self.shared is not None  # noqa: S101 - for the type checker
        tags = sorted(self._unpurged)
        await self.shared.purge(tags)
        self._unpurged.difference_update(tags)

    # D. One at a time

    def waiting_for(self, key: bytes) -> Waiting | None:
        """Return what is done once another request has asked for a key; None if none does."""
        return self._asked.get(key)

    def claim(self, keys: Iterable[bytes]) -> Waiting:
        """Say that keys are being asked for, until ``release``."""
        waiting: Waiting = asyncio.get_running_loop().create_future()
        for key in keys:
            self._asked.setdefault(key, waiting)
        return waiting

    def release(self, keys: Iterable[bytes], waiting: Waiting) -> None:
        """Say that keys have been asked for."""
        for key in keys:
            if self._asked.get(key) is waiting:
                del self._asked[key]
        if not waiting.done():
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
