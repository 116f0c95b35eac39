"""The CPU time that a piece of work takes, without what measuring coverage adds to it.

A virtual machine whose neighbours are busy takes up to three times as long for the same work. So a fixed
piece of work is timed before and after, and what was measured is scaled to a machine that does it in 10 ms.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan

__all__ = ["CpuTime", "cpu_time"]

FIXED_WORK = 0.010
"""Seconds that the fixed work takes on a machine that has nothing else to do."""


@dataclass(slots=True)
class CpuTime:
    """What a block of work took, in seconds; not a number before it has ended."""

    seconds: float = nan


@contextmanager
def cpu_time() -> Iterator[CpuTime]:
    """Measure what this process does within the block, whose lines don't count as covered.

    Seconds are those of a machine that is free.
    """
    taken = CpuTime()
    trace = sys.gettrace()
    sys.settrace(None)
    before = _fixed_work()
    start = time.process_time()
    try:
        yield taken
    finally:
        measured = time.process_time() - start
        taken.seconds = measured / max(1.0, before, _fixed_work())
        sys.settrace(trace)


def _fixed_work() -> float:
    """Do the fixed work; return how many times as long it took as on a machine that is free."""
    start = time.process_time()
    counts: dict[int, int] = {}
    for number in range(48_000):
        counts[number & 1023] = counts.get(number & 1023, 0) + len(str(number))
    return (time.process_time() - start) / FIXED_WORK
