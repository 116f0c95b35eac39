"""Counting what clients do, in this process, and judging whether they may do more.

Windows are fixed: one begins with the first hit that it counts and ends when its time is over. Several hits
are one request: it is counted in all of their windows if there is room in each, else in none.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from stitcher.windows import Window

__all__ = ["Hit", "Limiter", "MemoryLimiter", "State", "Verdict", "judge"]

CAPACITY = 100_000
"""The most counters that are kept for windows of one length; the oldest goes first."""


class Hit(NamedTuple):
    """One use, or ``cost`` uses at once, of what a window limits; no key comes twice in a request."""

    key: str
    window: Window
    cost: int = 1


class State(NamedTuple):
    """How much is left of a window, and for how many seconds."""

    window: Window
    remaining: int
    resets_in: float


class Verdict(NamedTuple):
    """Whether a request is admitted. ``states`` are of all its windows, or of those that refuse it."""

    is_admitted: bool
    states: tuple[State, ...]

    @property
    def retry_after(self) -> int:
        """Seconds, at least 1, until the last of the windows ends."""
        return max(1, *(math.ceil(state.resets_in) for state in self.states))


class Limiter(Protocol):
    """Decides whether a client may do what it asks for."""

    async def hit(self, hits: Sequence[Hit]) -> Verdict:
        """Count a request, unless one of its windows is used up; raises nothing."""
        ...


def judge(hits: Sequence[Hit], used: Sequence[int], resets_in: Sequence[float]) -> Verdict:
    """Return the verdict on a request, from what each of its windows had counted before it."""
    full = tuple(
        State(hit.window, max(0, hit.window.amount - count), ends)
        for hit, count, ends in zip(hits, used, resets_in, strict=True)
        if count + hit.cost > hit.window.amount
    )
    if full:
        return Verdict(False, full)
    rest = (
        State(hit.window, hit.window.amount - count - hit.cost, ends)
        for hit, count, ends in zip(hits, used, resets_in, strict=True)
    )
    return Verdict(True, tuple(rest))


@dataclass(slots=True)
class _Counter:
    count: int
    ends: float


class MemoryLimiter:
    """Counts in memory, in constant time a hit.

    The memory storage of ``limits`` walks all of its counters on each hit: 13 ms where there are 100,000.
    Here, counters of windows of one length are kept in the order of their beginnings, and so of their ends.
    """

    def __init__(self) -> None:
        self._counters: dict[int, OrderedDict[str, _Counter]] = {}

    async def hit(self, hits: Sequence[Hit]) -> Verdict:
        """Count a request, unless one of its windows is used up."""
        now = time.monotonic()
        found = [self._current(hit.window, now).get(hit.key) for hit in hits]
        verdict = judge(
            hits,
            [kept.count if kept else 0 for kept in found],
            [kept.ends - now if kept else hit.window.seconds for hit, kept in zip(hits, found, strict=True)],
        )
        if verdict.is_admitted:
            for hit, counter in zip(hits, found, strict=True):
                if counter:
                    counter.count += hit.cost
                else:
                    self._begin(hit, now)
        return verdict

    def _current(self, window: Window, now: float) -> OrderedDict[str, _Counter]:
        """Return the counters of windows of this length, after dropping those that have ended."""
        counters = self._counters.setdefault(window.seconds, OrderedDict())
        while counters and next(iter(counters.values())).ends <= now:
            counters.popitem(last=False)
        return counters

    def _begin(self, hit: Hit, now: float) -> None:
        counters = self._counters[hit.window.seconds]
        if len(counters) >= CAPACITY:
            counters.popitem(last=False)
        counters[hit.key] = _Counter(hit.cost, now + hit.window.seconds)
